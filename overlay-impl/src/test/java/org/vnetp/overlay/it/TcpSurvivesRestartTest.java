package org.vnetp.overlay.it;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A node is killed with -9 and started again under a running TCP stream of its guest: the stream
/// goes on, no byte is lost.
@Tag("netns")
@Timeout(120)
class TcpSurvivesRestartTest {
    private static final int CHUNK = 16 << 20;

    @Test
    void ofEitherNode() throws Exception {
        TwoHosts.require("ip", "socat", "ss");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.both(TwoHosts.Format.VNET, "persist");
            final TcpStream stream = hosts.stream(1, 5001, 4 * CHUNK);
            final Thread writer = stream.writeRest(CHUNK, 1500);
            for (int node = 1; node <= 2; node++) {
                stream.awaitReceived(node * (long) CHUNK / 2);
                hosts.kill(node);
                hosts.restart(node, TwoHosts.Format.VNET, "persist");
            }
            writer.join();
            stream.arrivesWhole();
        }
    }
}

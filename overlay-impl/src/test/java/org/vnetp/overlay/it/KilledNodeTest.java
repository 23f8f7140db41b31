package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A node is killed with -9 and started again under traffic of its guest.
@Tag("netns")
@Timeout(120)
class KilledNodeTest {
    private static final int CHUNK = 16 << 20;

    @Test
    void aStreamGoesOnAndLosesNothing() throws Exception {
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

    /// Guests ping each other all the time, so that both nodes know much of the other's life before.
    @ParameterizedTest(name = "{0}")
    @CsvSource({"VNET, 3", "VXLAN, 1"})
    void noPingIsLostOnceTheNodeIsThereAgain(TwoHosts.Format format, int restarts) throws Exception {
        TwoHosts.require("ip", "ping");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.both(format, "persist", "--warm-up", "0");
            for (int guest = 1; guest <= 2; guest++) {
                hosts.start(hosts.guest(guest), "ping", "-q", "-i", "0.005", TwoHosts.guestAddress(3 - guest));
            }
            hosts.in(hosts.guest(1), "ping -c 50 -i 0.01 -W 2 10.77.0.2");
            for (int restart = 1; restart <= restarts; restart++) {
                final int node = 2 - restart % 2;
                hosts.kill(node);
                hosts.restart(node, format, "persist", "--warm-up", "0");
                final String pings = hosts.in(hosts.guest(1), "ping -c 10 -i 0.01 -W 2 10.77.0.2");
                assertTrue(pings.contains(" 10 received"), "restart " + restart + ": " + pings);
            }
        }
    }
}

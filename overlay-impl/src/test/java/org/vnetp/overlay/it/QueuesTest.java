package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A TAP with several queues carries all flows, however many loops read it.
@Tag("netns")
class QueuesTest {
    /// Enough for the hash of the kernel to use every queue; iperf3 starts only when all its connections stand.
    private static final String FLOWS = "-P 8 -t 1";

    // Some 100 ms of a stream, into which a change falls.
    private static final int SLICE = 128 << 10;
    private static final int STRETCH = 8 * SLICE;
    private static final int CHANGES = 8;

    @Test
    void flowsReachTheReaderWithMoreAndFewerDispatchersThanQueues() throws Exception {
        TwoHosts.require("ip", "iperf3", "ss");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "");
            NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, "queues 2");
            assertTrue(hosts.iperf("10.77.0.2", FLOWS) > 1_000_000, "one dispatcher, two queues");
            node.ask("dispatch dispatchers 2");
            assertTrue(hosts.iperf("10.77.0.2", FLOWS) > 1_000_000, "two dispatchers, two queues");
            node.ask("dispatch dispatchers 3");
            assertTrue(hosts.iperf("10.77.0.2", FLOWS) > 1_000_000, "three dispatchers, two queues");
            node.ask("dispatch dispatchers 1");
            assertTrue(hosts.iperf("10.77.0.2", FLOWS) > 1_000_000, "one dispatcher again");
        }
    }

    @Test
    void aStreamOutlivesDispatchersThatComeAndGo() throws Exception {
        TwoHosts.require("ip", "socat", "ss");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final List<NodeProcess> both = hosts.both(TwoHosts.Format.VNET, "queues 2");
            final TcpStream stream = hosts.stream(1, 5001, CHANGES * STRETCH);
            int end = 0;
            for (final int dispatchers : new int[] {2, 1, 2, 1}) {
                for (final NodeProcess node : both) {
                    end += STRETCH;
                    final Thread writer = stream.writeUpTo(end, SLICE, 10);
                    node.ask("dispatch dispatchers " + dispatchers);
                    writer.join();
                    stream.awaitReceived(end);
                }
            }
            stream.arrivesWhole();
        }
    }
}

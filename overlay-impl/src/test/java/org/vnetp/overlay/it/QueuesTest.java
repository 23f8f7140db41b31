package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A TAP with several queues carries all flows, however many loops read it.
@Tag("netns")
class QueuesTest {
    /// Enough for the hash of the kernel to use every queue; iperf3 starts only when all its connections stand.
    private static final String FLOWS = "-P 8 -t 1";

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
}

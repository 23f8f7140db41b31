package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class RingTest {
    @Test
    void aFullRingPushesBackInsteadOfLosingFrames() throws Exception {
        TwoHosts.require("ip", "iperf3", "tc");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "");
            hosts.node(1, TwoHosts.Format.VXLAN, "");
            String link = hosts.in(hosts.guest(1), "ip link show g");
            assertTrue(link.contains("qdisc noqueue") && link.contains("qlen 64"), link);
            hosts.iperf("10.77.0.2", "-n 200M");
            String dropped = hosts.in(hosts.guest(1), "nstat -az TcpRetransSegs");
            // Nearly all retransmissions would come from the guest's own ring, had it overflowed without a word.
            assertEquals(
                    0, Integer.parseInt(dropped.replaceAll("(?s).*TcpRetransSegs\\s+(\\d+).*", "$1")) / 100, dropped);
        }
    }
}

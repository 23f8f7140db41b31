package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is too big for a link is answered as a router would, so that the guest learns the path's MTU.
@Tag("netns")
class MtuTest {
    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "iperf3", "ping", "ss");
    }

    @Test
    void aGuestWithTooLargeAnMtuLearnsWhatTheLinkCarries() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "");
            // A guest administrator's mistake: jumbo frames over an ordinary underlay.
            hosts.node(1, TwoHosts.Format.VXLAN, "mtu 9000");
            final String ping = hosts.tryIn(hosts.guest(1), "ping -c 2 -i 0.3 -W 1 -M do -s 3000 10.77.0.2");
            assertTrue(ping.contains("mtu=1450") || ping.contains("mtu = 1450"), ping);
            final String route = hosts.in(hosts.guest(1), "ip route get 10.77.0.2");
            assertTrue(route.contains("mtu 1450"), route);
            final String ping6 = hosts.tryIn(hosts.guest(1), "ping -c 2 -i 0.3 -W 1 -M do -s 3000 fd77::2");
            assertTrue(ping6.contains("mtu=1450") || ping6.contains("mtu = 1450"), ping6);
            assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 1 -W 1 -M do -s 1423 10.77.0.2"), "one byte too much");
            hosts.in(hosts.guest(1), "ping -c 1 -W 2 -M do -s 1422 10.77.0.2");
            // Fragmented by the guest, and TCP with the smaller segments: nothing hangs.
            hosts.in(hosts.guest(1), "ping -c 1 -W 2 -M dont -s 3000 10.77.0.2");
            assertTrue(hosts.iperf("10.77.0.2", "-n 20M") > 10_000_000);
            assertTrue(hosts.iperf("fd77::2", "-n 20M") > 10_000_000);
        }
    }
}

package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The underlay changes while flows are under way: nodes go by what it is like now.
@Tag("netns")
@Timeout(90)
class FollowsNetworkTest {
    private static final int SLICE = 4 << 20;
    /// IPv4 28, VXLAN header 8, Ethernet 14.
    private static final int VXLAN_OVERHEAD = 50;

    private static final int ICMP_HEADERS = 28;

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "ping", "ethtool", "socat", "ss", "iperf3");
    }

    /// Guest 1's MTU is set by hand and too large, so that the node has to tell it what fits; guest 2's follows.
    @Test
    void theUnderlaysMtuShrinksAndGrowsUnderWarmFlows() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess first = hosts.node(1, TwoHosts.Format.VXLAN, "fastpath mtu 9000");
            final NodeProcess second = hosts.node(2, TwoHosts.Format.VXLAN, "fastpath");
            final int[] mtus = {1500, 1400, 1500, 9000};
            final TcpStream[] streams = new TcpStream[3];
            for (int i = 1; i <= 2; i++) {
                // As a real interface: nothing longer than its MTU leaves.
                hosts.in(hosts.host(i), "ethtool -K u tx off tso off gso off tx-udp_tnl-segmentation off");
                streams[i] = hosts.stream(i, 5000 + i, mtus.length * SLICE);
            }
            for (int step = 0; step < mtus.length; step++) {
                final int mtu = mtus[step];
                final int guestMtu = mtu - VXLAN_OVERHEAD;
                for (int i = 1; i <= 2; i++) {
                    hosts.ip(hosts.host(i), "link set u mtu " + mtu);
                }
                for (final NodeProcess node : List.of(first, second)) {
                    Namespaces.await(() -> guestMtu == link(node, "guest_mtu_bytes"));
                    assertEquals(mtu - 28, link(node, "datagram_bytes"));
                }
                Namespaces.await(
                        () -> hosts.in(hosts.guest(2), "ip link show g").contains("mtu " + guestMtu));
                // A guest remembers the path to an address that it was told, so each step has one of its own.
                final String address = "10.77.0." + (10 + step);
                hosts.ip(hosts.guest(2), "addr add " + address + "/32 dev g");
                hosts.ip(hosts.guest(1), "route replace " + address + "/32 dev g");
                final String told = hosts.tryIn(hosts.guest(1), ping(address, 8972) + " -c 1");
                if (mtu < 9000) {
                    assertTrue(told.contains("mtu=" + guestMtu) || told.contains("mtu = " + guestMtu), told);
                }
                hosts.in(hosts.guest(1), ping(address, guestMtu - ICMP_HEADERS) + " -c 5");
                assertFalse(hosts.succeeds(hosts.guest(1), ping(address, guestMtu - ICMP_HEADERS + 1) + " -c 1"));
                hosts.in(hosts.guest(2), ping("10.77.0.1", guestMtu - ICMP_HEADERS) + " -c 3");
                Namespaces.await(() -> flows(first) >= 2);
                for (int i = 1; i <= 2; i++) {
                    streams[i].write(SLICE);
                    streams[i].awaitReceived((long) SLICE * (step + 1));
                }
            }
            streams[1].arrivesWhole();
            streams[2].arrivesWhole();
        }
    }

    private static String ping(String address, int size) {
        return "ping -i 0.02 -W 2 -M do -s " + size + " " + address;
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"VXLAN, fastpath, 1450", "VXLAN, queues 1, 1450", "VNET, queues 1, 1430"})
    void linksGoWhereTheRoutingTableLeads(TwoHosts.Format format, String option, int guestMtu) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final boolean fast = "fastpath".equals(option);
            final NodeProcess node = hosts.both(format, option).getFirst();
            reach(hosts, node, fast, "u");

            // Another cable, and the way to the other node goes by it.
            Namespaces.run(("ip link add w netns " + hosts.host(1) + " type veth peer name w netns " + hosts.host(2))
                    .split(" "));
            for (int i = 1; i <= 2; i++) {
                hosts.ip(hosts.host(i), "addr add 10.98.0." + i + "/24 dev w");
                hosts.ip(hosts.host(i), "link set w up");
            }
            for (int i = 1; i <= 2; i++) {
                hosts.ip(
                        hosts.host(i),
                        "route add " + TwoHosts.address(3 - i) + "/32 via 10.98.0." + (3 - i) + " dev w src "
                                + TwoHosts.address(i));
            }
            awaitShown(node, "\"leaves_by\":\"w\"");
            reach(hosts, node, fast, "w");
            hosts.ip(hosts.host(1), "link set u down");
            reach(hosts, node, fast, "w");

            // The other end of the cable is pulled, then this one, then nothing is left.
            hosts.ip(hosts.host(2), "link set w down");
            awaitShown(node, "down: interface w has no carrier");
            isLost(hosts, node, fast);
            hosts.ip(hosts.host(1), "link del w");
            awaitShown(node, "down: no route to 10.99.0.2");
            isLost(hosts, node, fast);
            hosts.ip(hosts.host(1), "link del u");
            awaitShown(node, "down: 10.99.0.1 is no address of this host");
            isLost(hosts, node, fast);
            if (fast) {
                assertTrue(node.ask("show nics").contains("no: link peer: 10.99.0.1 is no address"), "says why");
            }

            hosts.underlay(1500);
            awaitShown(node, "\"state\":\"up\"");
            reach(hosts, node, fast, "u");
            assertEquals(1472, link(node, "datagram_bytes"));
            assertEquals(guestMtu, link(node, "guest_mtu_bytes"));
            assertTrue(hosts.in(hosts.guest(1), "ip link show g").contains("mtu " + guestMtu));
        }
    }

    /// Pings, and sees that it went by an interface, carried by the kernel where it may be.
    private static void reach(TwoHosts hosts, NodeProcess node, boolean fast, String by) throws Exception {
        Namespaces.await(() -> hosts.succeeds(hosts.guest(1), "ping -c 1 -W 1 10.77.0.2"));
        final long before = sent(hosts, by);
        hosts.in(hosts.guest(1), "ping -c 10 -i 0.02 -W 2 10.77.0.2");
        assertTrue(sent(hosts, by) >= before + 10, "leaves by " + by);
        assertTrue(node.ask("show links --json").contains("\"leaves_by\":\"" + by + "\""));
        if (fast) {
            Namespaces.await(() -> flows(node) >= 2);
            final String nics = node.ask("show nics --json");
            assertTrue(nics.contains("\"fastpath\":\"on\"") && nics.contains("\"leaves_by\":\"" + by + "\""), nics);
        }
    }

    private static long sent(TwoHosts hosts, String by) throws Exception {
        return Long.parseLong(hosts.in(hosts.host(1), "cat /sys/class/net/" + by + "/statistics/tx_packets")
                .strip());
    }

    /// Every frame is a drop with its reason, and none is counted as sent.
    private static void isLost(TwoHosts hosts, NodeProcess node, boolean fast) throws Exception {
        if (fast) {
            assertEquals(0, flows(node), "the flows came back");
        }
        final long drops = node.sum("link-down");
        final long sent = node.counter("peer", "frames_out");
        // The address of the neighbour may have to be asked for; then it is these frames that are lost.
        assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 5 -i 0.02 -W 1 10.77.0.2"));
        assertTrue(node.sum("link-down") > drops, "drops");
        assertEquals(sent, node.counter("peer", "frames_out"), "frames sent");
    }

    /// A guest's interface with the fast path, whose frames go through the node.
    @Test
    void superframesStayWholeWhereTheNodeCarriesThem() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node =
                    hosts.both(TwoHosts.Format.VNET, "fastpath").getFirst();
            final String nics = node.ask("show nics");
            assertTrue(nics.contains("fastpath=no: link peer: its format is vnet"), nics);
            assertTrue(node.ask("show links").contains("fastpath=no: its format is vnet"));
            assertTrue(hosts.iperf("10.77.0.2", "-n 300M") > 200_000_000);
            final long bytes = node.counter("g", "bytes_in");
            final long frames = node.counter("g", "frames_in");
            // Had the kernel cut them, each frame would have some 1400 bytes.
            assertTrue(bytes / frames > 10_000, () -> bytes + " bytes in " + frames + " frames");
            for (int i = 1; i <= 2; i++) {
                final String dropped = hosts.in(hosts.host(i), "cat /sys/class/net/g.tap/statistics/tx_dropped")
                        .strip();
                assertEquals("0", dropped, "frames that the TAP lost");
            }
        }
    }

    @Test
    void aPathTooNarrowForTheFormatIsNamedAndLeftWhenItWidens() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(TwoHosts.Format.VNET, "").getFirst();
            hosts.in(hosts.guest(1), "ping -c 2 -i 0.05 -W 2 10.77.0.2");
            for (int i = 1; i <= 2; i++) {
                hosts.ip(hosts.host(i), "link set u mtu 280");
            }
            awaitShown(node, "down: the path's MTU is 280 bytes; the link's format needs 300");
            isLost(hosts, node, false);
            final AssertionError refused =
                    assertThrows(AssertionError.class, () -> node.ask("link add b 10.99.0.3:4789 encap vnet"));
            assertTrue(
                    refused.getMessage().contains("MTU is 280 bytes; the vnet format needs at least 300"),
                    refused.getMessage());
            for (int i = 1; i <= 2; i++) {
                hosts.ip(hosts.host(i), "link set u mtu 1500");
            }
            awaitShown(node, "\"state\":\"up\"");
            hosts.in(hosts.guest(1), "ping -c 2 -i 0.05 -W 2 -M do -s 1402 10.77.0.2");
            assertFalse(node.printed().contains("Exception"), node.printed());
        }
    }

    /// What a router told is forgotten by the kernel without a word.
    @Test
    void aPathThatWasNarrowBehindARouterGrowsBack() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final String router = hosts.add("r");
            hosts.ip(hosts.host(1), "link del u");
            for (int i = 1; i <= 2; i++) {
                Namespaces.run(
                        ("ip link add u netns " + hosts.host(i) + " type veth peer name u" + i + " netns " + router)
                                .split(" "));
                hosts.ip(router, "link set u" + i + " up");
                hosts.ip(router, "addr add 10.98.0.254/32 dev u" + i);
                hosts.ip(router, "route add " + TwoHosts.address(i) + " dev u" + i);
                hosts.ip(hosts.host(i), "addr add " + TwoHosts.address(i) + "/32 dev u");
                hosts.ip(hosts.host(i), "link set u up");
                hosts.ip(hosts.host(i), "route add 10.98.0.254 dev u");
                hosts.ip(hosts.host(i), "route add " + TwoHosts.address(3 - i) + " via 10.98.0.254 dev u");
            }
            hosts.in(router, "sysctl -qw net.ipv4.ip_forward=1");
            hosts.in(hosts.host(1), "sysctl -qw net.ipv4.route.mtu_expires=2");
            narrow(hosts, router, 1400);
            final NodeProcess node = hosts.both(TwoHosts.Format.VNET, "").getFirst();
            final TcpStream stream = hosts.stream(1, 5001, 3 * SLICE);
            stream.write(SLICE);
            stream.awaitReceived(SLICE);
            Namespaces.await(() -> link(node, "datagram_bytes") == 1372);
            Namespaces.await(() -> hosts.in(hosts.guest(1), "ip link show g").contains("mtu 1330"));
            narrow(hosts, router, 1500);
            Namespaces.await(() -> link(node, "datagram_bytes") == 1472);
            Namespaces.await(() -> hosts.in(hosts.guest(1), "ip link show g").contains("mtu 1430"));
            stream.write(2 * SLICE);
            stream.arrivesWhole();
        }
    }

    private static void narrow(TwoHosts hosts, String router, int mtu) throws Exception {
        hosts.ip(router, "link set u2 mtu " + mtu);
        hosts.ip(hosts.host(2), "link set u mtu " + mtu);
    }

    private static void awaitShown(NodeProcess node, String text) throws Exception {
        Namespaces.await(() -> node.ask("show links --json").contains(text));
    }

    private static long link(NodeProcess node, String field) throws Exception {
        return NodeProcess.number(node.ask("show links --json"), "\"" + field + "\":\\s*(\\d+)");
    }

    private static long flows(NodeProcess node) throws Exception {
        // The first question counts, the second tells.
        node.ask("show stats");
        return NodeProcess.number(node.ask("show nics --json"), "\"kernel_flows\":\\s*(\\d+)");
    }
}

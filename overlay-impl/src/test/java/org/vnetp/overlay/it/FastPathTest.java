package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.fastpath.Tagger;
import org.vnetp.overlay.frame.EthernetHeader;

/// Flows that the kernel carries by the node's programs.
@Tag("netns")
class FastPathTest {
    private static final String FAST = "fastpath persist";
    private static final String PING = "ping -c 5 -i 0.02 -W 2 10.77.0.2";
    private static final int SLICE = 256 << 10;
    /// Some 300 ms of a stream that is written slice by slice.
    private static final int STRETCH = 32 * SLICE;

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "iperf3", "ping", "ethtool", "socat", "ss");
    }

    @Test
    void theKernelCarriesKnownFlowsAndTheNodeCountsThem() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final List<NodeProcess> both = hosts.both(TwoHosts.Format.VXLAN, FAST);
            final NodeProcess first = both.getFirst();
            final NodeProcess second = both.getLast();
            KernelVxlanInteropTest.reach(hosts, 1450);
            KernelVxlanInteropTest.stream(hosts);
            assertEquals(0, first.counter("peer", "drops_out"));
            for (final NodeProcess node : both) {
                final long frames = node.counter("peer", "frames_in") + node.counter("peer", "frames_out");
                assertTrue(frames > 4000, () -> "frames: " + frames);
                final long rounds = loopRounds(node.ask("show stats --json"));
                assertTrue(rounds < frames / 10, () -> "the node worked " + rounds + " times on " + frames);
                assertTrue(node.counter("g", "superframes_in") > 0, "whole superframes went through");
            }
            // What one node sent the other got, superframes or not; the last packets may be under way.
            Namespaces.await(
                    () -> Math.abs(first.counter("peer", "bytes_out") - second.counter("peer", "bytes_in")) < 4000);
            KernelVxlanInteropTest.tags(hosts);
        }
    }

    @Test
    void aNodeWithFastPathTalksToAKernelDevice() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "noudpcsum");
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, FAST);
            KernelVxlanInteropTest.reach(hosts, 1450);
            KernelVxlanInteropTest.stream(hosts);
            KernelVxlanInteropTest.tags(hosts);
            awaitFlows(node);
        }
    }

    @Test
    void aNodeWithFastPathTalksToOneWithout() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(9000)) {
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, FAST);
            hosts.node(2, TwoHosts.Format.VXLAN, "");
            KernelVxlanInteropTest.reach(hosts, 8950);
            KernelVxlanInteropTest.stream(hosts);
            Namespaces.await(() -> flows(node) >= 1);
        }
    }

    @Test
    void superframesAreCutForAnUnderlayThatTakesNone() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            for (int i = 1; i <= 2; i++) {
                hosts.in(hosts.host(i), "ethtool -K u tx off tso off gso off gro off tx-udp_tnl-segmentation off");
                hosts.node(i, TwoHosts.Format.VXLAN, FAST);
            }
            KernelVxlanInteropTest.reach(hosts, 1450);
            KernelVxlanInteropTest.stream(hosts);
        }
    }

    @Test
    void aChangedRouteCountsForTheNextFrame() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(TwoHosts.Format.VXLAN, FAST).getFirst();
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            awaitFlows(node);
            node.ask("route del any any edge peer interface g");
            assertEquals(0, flows(node), "the flows have come back");
            assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 2 -i 0.1 -W 1 10.77.0.2"));
            node.ask("route add any any edge peer interface g");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            awaitFlows(node);
            node.ask("learn on relay");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            assertEquals(0, flows(node));
            awaitShown(node, "off while learning relays, as copies of a frame have to be told apart", null);
            node.ask("learn on age 900ms");
            awaitShown(node, "off while learned addresses age within a second", null);
            node.ask("learn off");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            awaitFlows(node);
        }
    }

    @Test
    void aStreamGoesOnWhileTheFastPathIsSwitchedOffAndOn() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(TwoHosts.Format.VXLAN, FAST).getFirst();
            final TcpStream stream = hosts.stream(1, 5001, 5 * STRETCH);
            stream.write(STRETCH);
            awaitFlows(node);
            Thread writer = stream.writeUpTo(2 * STRETCH, SLICE, 10);
            node.ask("fastpath off");
            writer.join();
            stream.awaitReceived(2 * STRETCH);
            assertEquals(0, flows(node));
            final long frames = node.counter("g", "frames_in");
            final long rounds = loopRounds(node.ask("show stats --json"));
            stream.write(STRETCH);
            stream.awaitReceived(3 * STRETCH);
            assertEquals(0, flows(node), "the flows have come back");
            assertTrue(node.counter("g", "frames_in") > frames, "the node carries on");
            assertTrue(loopRounds(node.ask("show stats --json")) > rounds, "in its own loop");
            writer = stream.writeUpTo(4 * STRETCH, SLICE, 10);
            node.ask("fastpath on");
            writer.join();
            stream.write(STRETCH);
            awaitFlows(node);
            stream.arrivesWhole();
        }
    }

    @Test
    void whatIsTooBigIsStillAnsweredByTheNode() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "");
            hosts.node(1, TwoHosts.Format.VXLAN, "mtu 9000 " + FAST);
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.02 -W 2 10.77.0.2");
            final String ping = hosts.tryIn(hosts.guest(1), "ping -c 2 -i 0.3 -W 1 -M do -s 3000 10.77.0.2");
            assertTrue(ping.contains("mtu=1450") || ping.contains("mtu = 1450"), ping);
            assertTrue(hosts.iperf("10.77.0.2", "-n 20M") > 10_000_000);
        }
    }

    @Test
    void aKilledNodeLeavesTheGuestsInterfaceAndItsSuccessorTakesItOver() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.both(TwoHosts.Format.VXLAN, FAST);
            final TcpStream stream = hosts.stream(1, 5001, 3 * STRETCH);
            stream.write(STRETCH);
            stream.awaitReceived(STRETCH);
            final Thread writer = stream.writeUpTo(2 * STRETCH, SLICE, 10);
            hosts.kill(1);
            assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 1 -W 1 10.77.0.2"), "programs end with their node");
            hosts.restart(1, TwoHosts.Format.VXLAN, FAST);
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 10.77.0.2");
            writer.join();
            stream.write(STRETCH);
            stream.arrivesWhole();
        }
    }

    @Test
    void nothingStaysBehindAndWhatCannotBeFastIsCarriedByTheNode() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, "fastpath");
            assertTrue(hosts.in(hosts.host(1), "ip -o link").contains("g.veth"));
            node.ask("route del any any edge peer interface g");
            node.ask("route del any any interface g edge peer");
            node.ask("nic del g");
            final String left = hosts.in(hosts.host(1), "ip -o link");
            assertFalse(left.contains("g.veth") || left.contains("g.tap"), left);
            // No namespace of its own: an ordinary TAP, and the reason.
            node.ask("nic h tap fastpath");
            assertTrue(node.ask("show nics").contains("no: the guest needs a network namespace"));
            final AssertionError refused = org.junit.jupiter.api.Assertions.assertThrows(
                    AssertionError.class, () -> node.ask("nic elevenchars tap netns x fastpath"));
            assertTrue(refused.getMessage().contains("at most 10 characters"), refused.getMessage());
        }
    }

    /// Only IP frames are sent, all of which the kernel carries: the guests know each other's address by hand.
    @Test
    void learnedAddressesStayYoungWhileOnlyTheKernelCarriesTheirFrames() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = learning(hosts, "2s");
            hosts.in(hosts.guest(1), PING);
            awaitFlows(node);
            final long offered = offered(node);
            // Twice the age.
            hosts.in(hosts.guest(1), "ping -c 40 -i 0.1 -W 2 10.77.0.2");
            assertEquals(offered, offered(node), "the kernel had the flows all the time");
            assertEquals(2, flows(node));
            final String learned = node.ask("show learned");
            assertTrue(learned.contains(TwoHosts.mac(1)) && learned.contains(TwoHosts.mac(2)), learned);

            // Nobody sends: the addresses are forgotten, and what would go by them comes back.
            Namespaces.await(() -> !node.ask("show learned").contains(TwoHosts.mac(2)));
            Namespaces.await(() -> flows(node) == 0);
            hosts.in(hosts.guest(1), PING);
            awaitFlows(node);
        }
    }

    /// Guest 2's address is heard from a second guest of node 1, then at guest 2 again.
    @Test
    void aLearnedAddressThatMovesTakesItsFlowsAlong() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = learning(hosts, "300s");
            hosts.in(hosts.guest(1), PING);
            awaitFlows(node);

            final String other = hosts.add("x");
            node.ask("nic w2 tap mac " + TwoHosts.mac(3) + " netns /run/netns/" + other);
            hosts.ip(other, "link set w2 down");
            hosts.ip(other, "link set w2 address " + TwoHosts.mac(2));
            hosts.ip(other, "addr add 10.77.0.2/24 dev w2");
            hosts.in(hosts.guest(1), PING);
            awaitFlows(node);
            hosts.ip(hosts.guest(2), "link set g down");
            hosts.ip(other, "link set w2 up");
            Namespaces.await(() -> hosts.succeeds(other, "ping -c 1 -W 1 10.77.0.1"));
            Namespaces.await(() -> flows(node) == 0);
            hosts.in(hosts.guest(1), PING);
            final String learned = node.ask("show learned");
            assertTrue(learned.contains("nic w2"), learned);

            hosts.ip(other, "link set w2 down");
            hosts.ip(hosts.guest(2), "link set g up");
            Namespaces.await(() -> hosts.succeeds(hosts.guest(2), "ping -c 1 -W 1 10.77.0.1"));
            hosts.in(hosts.guest(1), PING);
            awaitFlows(node);
        }
    }

    /// Two nodes; the first, which is returned, learns and has no rules. The guests need no ARP.
    private static NodeProcess learning(TwoHosts hosts, String age) throws Exception {
        final NodeProcess node = hosts.both(TwoHosts.Format.VXLAN, "fastpath").getFirst();
        for (int i = 1; i <= 2; i++) {
            hosts.ip(
                    hosts.guest(i),
                    "neigh replace " + TwoHosts.guestAddress(3 - i) + " lladdr " + TwoHosts.mac(3 - i)
                            + " dev g nud permanent");
        }
        node.ask("learn on age " + age);
        node.ask("route del any any edge peer interface g");
        node.ask("route del any any interface g edge peer");
        return node;
    }

    @Test
    void itIsSaidWhichLinksOfANicTheKernelServesAndWhyNotTheOthers() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, "fastpath");
            node.ask("link add v 10.99.0.3:4789");
            hosts.ip(hosts.host(1), "route add 10.123.0.0/24 via 10.99.0.2");
            node.ask("link add far 10.123.0.1:4789 encap vxlan");
            hosts.ip(hosts.host(1), "route del 10.123.0.0/24 via 10.99.0.2");
            node.ask("link add self 10.99.0.1:4790 encap vxlan");
            awaitShown(node, "on", "peer");

            // Only what a rule joins to the NIC is of concern to it.
            node.ask("route add any " + TwoHosts.mac(3) + " edge v interface g");
            awaitShown(node, "partly: link v: its format is vnet", "peer");
            node.ask("route add any " + TwoHosts.mac(4) + " edge far any");
            awaitShown(
                    node,
                    "partly: link v: its format is vnet; "
                            + "link far: no route to 10.123.0.1: network is unreachable (ENETUNREACH)",
                    "peer");
            node.ask("route del any " + TwoHosts.mac(3) + " edge v interface g");
            node.ask("route del any " + TwoHosts.mac(4) + " edge far any");
            node.ask("route add any " + TwoHosts.mac(5) + " edge self interface g");
            awaitShown(node, "partly: link self: it leaves by lo, which is no Ethernet towards another host", "peer");
            node.ask("route del any any edge peer interface g");
            node.ask("route del any any interface g edge peer");
            awaitShown(node, "no: link self: it leaves by lo, which is no Ethernet towards another host", null);
            node.ask("route del any " + TwoHosts.mac(5) + " edge self interface g");
            awaitShown(node, "no: neither a rule nor learning joins it to a link", null);
            node.ask("route add any any edge peer interface g");
            awaitShown(node, "on", "peer");
            node.ask("fastpath off");
            awaitShown(node, "off", null);
            node.ask("fastpath on");
            for (final String name : List.of("v", "far", "self")) {
                node.ask("link del " + name);
            }
            node.ask("listen 0.0.0.0:4789 network 42");
            awaitShown(node, "no: the node listens on 0.0.0.0; expected one address", null);
            node.ask("listen 10.99.0.1:4789 network 42");
            awaitShown(node, "on", "peer");
        }
    }

    @Test
    void overIpv6TheKernelCarriesFlowsOnceTheNodesKnowEachOther() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.overIpv6();
            final List<NodeProcess> both = hosts.both(TwoHosts.Format.VXLAN, FAST);
            hosts.in(hosts.guest(1), PING);
            for (final NodeProcess node : both) {
                awaitShown(node, "on", "peer");
            }
            KernelVxlanInteropTest.reach(hosts, 1430);
            KernelVxlanInteropTest.stream(hosts);
            awaitFlows(both.getFirst());
            for (final NodeProcess node : both) {
                final long frames = node.counter("peer", "frames_in") + node.counter("peer", "frames_out");
                final long rounds = loopRounds(node.ask("show stats --json"));
                assertTrue(rounds < frames / 10, () -> "the node worked " + rounds + " times on " + frames);
            }
            KernelVxlanInteropTest.tags(hosts);
        }
    }

    /// A Linux device drops datagrams of IPv6 without a checksum unless it is told to take them.
    @ParameterizedTest
    @CsvSource({"false, ''", "true, udp6zerocsumtx udp6zerocsumrx"})
    void aKernelDeviceOverIpv6IsServedIfItTakesDatagramsWithoutChecksum(boolean served, String options)
            throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.overIpv6();
            hosts.kernel(2, 1430, options);
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, FAST);
            KernelVxlanInteropTest.reach(hosts, 1430);
            awaitShown(
                    node,
                    served
                            ? "on"
                            : "no: link peer: it goes over IPv6, and the other end has not shown yet that it takes "
                                    + "datagrams without a checksum",
                    served ? "peer" : null);
            KernelVxlanInteropTest.stream(hosts);
            assertEquals(served, flows(node) >= 2);
        }
    }

    /// The guests' interfaces give every frame a tag, and take it off.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void framesWithATagAreCarriedToo(boolean ipv6) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            if (ipv6) {
                hosts.overIpv6();
            }
            final List<NodeProcess> both = hosts.both(TwoHosts.Format.VXLAN, FAST);
            for (int i = 1; i <= 2; i++) {
                hosts.awaitOutput(hosts.java(hosts.guest(i), Tagger.class.getName(), "g", "7"), "tagging");
            }
            Namespaces.await(() -> hosts.succeeds(hosts.guest(1), PING));
            for (final NodeProcess node : both) {
                awaitShown(node, "on", "peer");
            }
            KernelVxlanInteropTest.reach(hosts, ipv6 ? 1426 : 1446);
            KernelVxlanInteropTest.stream(hosts);
            for (final NodeProcess node : both) {
                final long frames = node.counter("peer", "frames_in") + node.counter("peer", "frames_out");
                final long rounds = loopRounds(node.ask("show stats --json"));
                assertTrue(rounds < frames / 10, () -> "the node worked " + rounds + " times on " + frames);
                assertTrue(node.counter("g", "superframes_in") > 0, "whole superframes went through");
            }
        }
    }

    /// Frames of a kernel's flow arrive with the tag that they were sent with.
    @Test
    void aTagStaysTheSame() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(TwoHosts.Format.VXLAN, FAST).getFirst();
            hosts.in(hosts.guest(1), PING);
            awaitFlows(node);
            final long rounds = loopRounds(node.ask("show stats --json"));
            KernelVxlanInteropTest.tags(hosts, EthernetHeader.TYPE_IPV4);
            assertTrue(loopRounds(node.ask("show stats --json")) < rounds + 20, "the kernel carried them");
        }
    }

    /// Waits until `show nics` says this about the NIC `g`, as ways are looked at a moment after a statement.
    ///
    /// @param links served, or null for none
    private static void awaitShown(NodeProcess node, String state, String links) throws Exception {
        final String next = links == null ? "\"kernel_flows\"" : "\"fastpath_links\":\"" + links + "\"";
        final String expected = "\"fastpath\":\"" + state + "\"," + next;
        Namespaces.await(() -> node.ask("show nics --json").contains(expected));
    }

    /// A flow each way, which the kernel carries from now on.
    private static void awaitFlows(NodeProcess node) throws Exception {
        Namespaces.await(() -> flows(node) >= 2);
    }

    private static long flows(NodeProcess node) throws Exception {
        // The first question counts, the second tells.
        node.ask("show stats");
        return NodeProcess.number(node.ask("show nics --json"), "\"kernel_flows\":\\s*(\\d+)");
    }

    private static long offered(NodeProcess node) throws Exception {
        return NodeProcess.number(node.ask("show nics --json"), "\"flows_offered\":\\s*(\\d+)");
    }

    private static long loopRounds(String stats) {
        return NodeProcess.number(stats, "\"name\":\\s*\"loop0\".*?\"work_rounds\":\\s*(\\d+)");
    }
}

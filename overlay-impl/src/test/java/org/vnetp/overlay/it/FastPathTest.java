package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Flows that the kernel carries by the node's programs.
@Tag("netns")
class FastPathTest {
    private static final String FAST = "fastpath persist";

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "iperf3", "ping", "ethtool", "ss");
    }

    @Test
    void theKernelCarriesKnownFlowsAndTheNodeCountsThem() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final Path first = hosts.node(1, FAST, "");
            final Path second = hosts.node(2, FAST, "");
            KernelVxlanInteropTest.reach(hosts, 1450);
            KernelVxlanInteropTest.stream(hosts);
            assertEquals(0, KernelVxlanInteropTest.counter(hosts, first, "peer", "drops_out"));
            for (final Path node : new Path[] {first, second}) {
                final long frames = count(hosts, node, "peer", "frames_in") + count(hosts, node, "peer", "frames_out");
                assertTrue(frames > 4000, () -> "frames: " + frames);
                final long rounds = loopRounds(hosts.ask(node, "show stats --json"));
                assertTrue(rounds < frames / 10, () -> "the node worked " + rounds + " times on " + frames);
                assertTrue(count(hosts, node, "g", "superframes_in") > 0, "whole superframes went through");
            }
            // What one node sent the other got, superframes or not; the last packets may be under way.
            final long sent = count(hosts, first, "peer", "bytes_out");
            final long got = count(hosts, second, "peer", "bytes_in");
            assertTrue(Math.abs(sent - got) < 4000, () -> sent + " bytes sent, " + got + " received");
            KernelVxlanInteropTest.tags(hosts);
        }
    }

    @Test
    void aNodeWithFastPathTalksToAKernelDevice() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "noudpcsum");
            final Path node = hosts.node(1, FAST, "");
            KernelVxlanInteropTest.reach(hosts, 1450);
            KernelVxlanInteropTest.stream(hosts);
            KernelVxlanInteropTest.tags(hosts);
            assertTrue(flows(hosts, node) >= 2);
        }
    }

    @Test
    void aNodeWithFastPathTalksToOneWithout() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(9000)) {
            final Path node = hosts.node(1, FAST, "");
            hosts.node(2, "", "");
            KernelVxlanInteropTest.reach(hosts, 8950);
            KernelVxlanInteropTest.stream(hosts);
            assertTrue(flows(hosts, node) >= 1);
        }
    }

    @Test
    void superframesAreCutForAnUnderlayThatTakesNone() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            for (int i = 1; i <= 2; i++) {
                hosts.in(hosts.host(i), "ethtool -K u tx off tso off gso off gro off tx-udp_tnl-segmentation off");
                hosts.node(i, FAST, "");
            }
            KernelVxlanInteropTest.reach(hosts, 1450);
            KernelVxlanInteropTest.stream(hosts);
        }
    }

    @Test
    void aChangedRouteCountsForTheNextFrame() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final Path node = hosts.node(1, FAST, "");
            hosts.node(2, FAST, "");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            assertTrue(flows(hosts, node) >= 2);
            hosts.ask(node, "route del any any edge peer interface g");
            assertEquals(0, flows(hosts, node), "the flows have come back");
            assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 2 -i 0.1 -W 1 10.77.0.2"));
            hosts.ask(node, "route add any any edge peer interface g");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            // Learned addresses age by what the node sees, so it sees everything.
            hosts.ask(node, "learn on");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            assertEquals(0, flows(hosts, node));
            assertTrue(hosts.ask(node, "show nics").contains("off while learning is on"));
            hosts.ask(node, "learn off");
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            assertTrue(flows(hosts, node) >= 2);
        }
    }

    @Test
    void aStreamGoesOnWhileTheFastPathIsSwitchedOffAndOn() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final Path node = hosts.node(1, FAST, "");
            hosts.node(2, FAST, "");
            final Process server = hosts.start(hosts.guest(2), "iperf3", "-s", "-1");
            Thread.sleep(300);
            final Process client = hosts.start(hosts.guest(1), "iperf3", "-c", "10.77.0.2", "-t", "6");
            Thread.sleep(1000);
            hosts.ask(node, "fastpath off");
            final long before = count(hosts, node, "g", "frames_in");
            Thread.sleep(300);
            assertEquals(0, flows(hosts, node));
            final long byNode = loopRounds(hosts.ask(node, "show stats --json"));
            assertTrue(count(hosts, node, "g", "frames_in") > before, "the node carries on");
            assertTrue(byNode > 50, () -> "rounds of the node: " + byNode);
            hosts.ask(node, "fastpath on");
            assertEquals(0, client.waitFor());
            assertEquals(0, server.waitFor());
            assertTrue(flows(hosts, node) >= 2);
        }
    }

    @Test
    void whatIsTooBigIsStillAnsweredByTheNode() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "");
            hosts.node(1, "mtu 9000 " + FAST, "");
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.02 -W 2 10.77.0.2");
            final String ping = hosts.tryIn(hosts.guest(1), "ping -c 2 -i 0.3 -W 1 -M do -s 3000 10.77.0.2");
            assertTrue(ping.contains("mtu=1450") || ping.contains("mtu = 1450"), ping);
            assertTrue(hosts.iperf("10.77.0.2", "-n 20M") > 10_000_000);
        }
    }

    @Test
    void aKilledNodeLeavesTheGuestsInterfaceAndItsSuccessorTakesItOver() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.node(1, FAST, "");
            hosts.node(2, FAST, "");
            final Process server = hosts.start(hosts.guest(2), "iperf3", "-s", "-1");
            Thread.sleep(300);
            final Process client = hosts.start(hosts.guest(1), "iperf3", "-c", "10.77.0.2", "-t", "4");
            Thread.sleep(700);
            hosts.kill(1);
            assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 1 -W 1 10.77.0.2"), "programs end with their node");
            hosts.restart(1, FAST, "");
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 10.77.0.2");
            assertEquals(0, client.waitFor(), "the TCP stream went on");
            assertEquals(0, server.waitFor());
        }
    }

    @Test
    void nothingStaysBehindAndWhatCannotBeFastIsCarriedByTheNode() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final Path node = hosts.node(1, "fastpath", "");
            assertTrue(hosts.in(hosts.host(1), "ip -o link").contains("g.veth"));
            hosts.ask(node, "route del any any edge peer interface g");
            hosts.ask(node, "route del any any interface g edge peer");
            hosts.ask(node, "nic del g");
            final String left = hosts.in(hosts.host(1), "ip -o link");
            assertFalse(left.contains("g.veth") || left.contains("g.tap"), left);
            // No namespace of its own: an ordinary TAP, and the reason.
            hosts.ask(node, "nic h tap fastpath");
            assertTrue(hosts.ask(node, "show nics").contains("no: the guest needs a network namespace"));
            final AssertionError refused = org.junit.jupiter.api.Assertions.assertThrows(
                    AssertionError.class, () -> hosts.ask(node, "nic elevenchars tap netns x fastpath"));
            assertTrue(refused.getMessage().contains("at most 10 characters"), refused.getMessage());
        }
    }

    private static long count(TwoHosts hosts, Path node, String port, String counter) throws Exception {
        return KernelVxlanInteropTest.counter(hosts, node, port, counter);
    }

    private static long flows(TwoHosts hosts, Path node) throws Exception {
        // The first question counts, the second tells.
        hosts.ask(node, "show stats");
        return number(hosts.ask(node, "show nics --json"), "\"kernel_flows\":\\s*(\\d+)");
    }

    private static long loopRounds(String stats) {
        return number(stats, "\"name\":\\s*\"loop0\".*?\"work_rounds\":\\s*(\\d+)");
    }

    private static long number(String text, String pattern) {
        final Matcher found = Pattern.compile(pattern).matcher(text);
        assertTrue(found.find(), () -> "no " + pattern + " in " + text);
        return Long.parseLong(found.group(1));
    }
}

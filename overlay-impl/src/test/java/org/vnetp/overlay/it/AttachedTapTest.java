package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The fast path on a TAP that somebody else holds, as a virtual machine's monitor does ([Monitor]).
@Tag("netns")
class AttachedTapTest {
    private static final String TAP = "t0";

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "iperf3", "ping", "ss", "ethtool");
    }

    /// A monitor on host 1, and its guest.
    private static Process monitor(TwoHosts hosts) throws Exception {
        Process monitor =
                hosts.java(hosts.host(1), "org.vnetp.overlay.it.Monitor", TAP, hosts.guest(1), "g", TwoHosts.mac(1));
        hosts.awaitOutput(monitor, "relays");
        hosts.ip(hosts.guest(1), "addr add 10.77.0.1/24 dev g");
        hosts.ip(hosts.guest(1), "addr add fd77::1/64 dev g nodad");
        return monitor;
    }

    private static NodeProcess node(TwoHosts hosts) throws Exception {
        NodeProcess node = hosts.launchNode(
                hosts.host(1),
                "n1",
                List.of(
                        "listen 10.99.0.1:4789 network 42",
                        "nic " + TAP + " attach fastpath",
                        "link add peer 10.99.0.2:4789 encap vxlan",
                        "route add any any edge peer interface " + TAP,
                        "route add any any interface " + TAP + " edge peer"));
        node.awaitReady();
        return node;
    }

    private static String tunnelFeatures(TwoHosts hosts) throws Exception {
        return hosts.in(hosts.host(1), "ethtool -k " + TAP)
                .lines()
                .filter(line -> line.contains("udp_tnl"))
                .toList()
                .toString();
    }

    private static void end(Process monitor) throws Exception {
        monitor.destroyForcibly().waitFor();
    }

    private static long flows(NodeProcess node) throws Exception {
        node.ask("show stats");
        return NodeProcess.number(node.ask("show nics --json"), "\"kernel_flows\":\\s*(\\d+)");
    }

    private static long workRounds(NodeProcess node) throws Exception {
        return NodeProcess.number(node.ask("show stats --json"), "\"name\":\\s*\"loop0\".*?\"work_rounds\":\\s*(\\d+)");
    }

    @Test
    void theKernelCarriesAMachinesFlowsAndTheNodeTheOthers() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            monitor(hosts);
            NodeProcess node = node(hosts);
            hosts.node(2, TwoHosts.Format.VXLAN, "fastpath");
            KernelVxlanInteropTest.reach(hosts, 1450);
            Namespaces.await(() -> flows(node) >= 2);
            long roundsBefore = workRounds(node);
            KernelVxlanInteropTest.stream(hosts);
            long frames = node.counter("peer", "frames_in") + node.counter("peer", "frames_out");
            assertTrue(frames > 4000, () -> "frames: " + frames);
            long rounds = workRounds(node) - roundsBefore;
            assertTrue(rounds < frames / 10, () -> "the node worked " + rounds + " times on " + frames);
            assertTrue(node.counter(TAP, "superframes_in") > 0, "the machine's superframes went whole");
            String shown = node.ask("show nics");
            assertTrue(shown.contains("fastpath=on"), shown);
        }
    }

    /// The node has what the kernel cannot carry: all of it, where the other end speaks the other format.
    @Test
    void theNodeCarriesWhatTheKernelCannot() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            monitor(hosts);
            NodeProcess node = node(hosts);
            hosts.node(2, TwoHosts.Format.VXLAN, "");
            node.ask("fastpath off");
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 10.77.0.2");
            long arrived = hosts.iperf("10.77.0.2", "-n 20M");
            assertTrue(arrived > 10_000_000, arrived + " bytes");
            assertEquals(0, flows(node));
            assertTrue(node.counter(TAP, "superframes_in") > 0, "whole superframes came to the node");
        }
    }

    @Test
    void aMachineGoesAndComesBack() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            Process monitor = monitor(hosts);
            NodeProcess node = node(hosts);
            hosts.node(2, TwoHosts.Format.VXLAN, "fastpath");
            for (int i = 0; i < 2; i++) {
                hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 10.77.0.2");
                Namespaces.await(() -> flows(node) >= 2);
                end(monitor);
                Namespaces.await(() -> node.ask("show nics").contains("state=gone"));
                assertFalse(hosts.in(hosts.host(1), "ip -o link").contains(TAP + ".tap"));
                monitor = monitor(hosts);
                Namespaces.await(() -> node.ask("show nics").contains("state=present"));
            }
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 10.77.0.2");
        }
    }

    @Test
    void theMachinesTapStaysAsItWasWithoutTheNode() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            monitor(hosts);
            final String features = tunnelFeatures(hosts);
            NodeProcess node = node(hosts);
            assertFalse(tunnelFeatures(hosts).contains(": on"), tunnelFeatures(hosts));
            node.ask("route del any any edge peer interface " + TAP);
            node.ask("route del any any interface " + TAP + " edge peer");
            node.ask("nic del " + TAP);
            String left = hosts.in(hosts.host(1), "ip -o link");
            assertTrue(left.contains(" " + TAP + ": "), left);
            assertFalse(left.contains(TAP + ".tap"), left);
            assertEquals(features, tunnelFeatures(hosts));
            node.ask("nic " + TAP + " attach fastpath");
            node.kill();
            left = hosts.in(hosts.host(1), "ip -o link");
            assertTrue(left.contains(" " + TAP + ": "), left);
            assertFalse(left.contains(TAP + ".tap"), left);
        }
    }

    @Test
    void whatIsNoMachinesTapIsRefused() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            NodeProcess node = hosts.launchNode(hosts.host(1), "n1", List.of("listen 10.99.0.1:4789 network 42"));
            node.awaitReady();
            AssertionError refused = assertThrows(AssertionError.class, () -> node.ask("nic u attach fastpath"));
            assertTrue(
                    refused.getMessage().contains("an interface of the driver 'veth'; expected a TAP"),
                    refused::getMessage);
            refused = assertThrows(AssertionError.class, () -> node.ask("nic t9 attach fastpath"));
            assertTrue(refused.getMessage().contains("find the interface 't9'"), refused::getMessage);
            refused = assertThrows(AssertionError.class, () -> node.ask("nic elevenchars1 attach fastpath"));
            assertTrue(refused.getMessage().contains("at most 10 characters"), refused::getMessage);
            assertFalse(hosts.in(hosts.host(1), "ip -o link").contains(".tap"));
        }
    }
}

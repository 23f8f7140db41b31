package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class RingTest {
    /// Frames of iperf3's control connection and of ARP.
    private static final long CONTROL_FRAMES = 40;

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

    /// What the guest's kernel could not give to the node, nor the node to the guest, is counted by its reason.
    @Test
    void whatAGuestSendsArrivesOrIsCounted() throws Exception {
        TwoHosts.require("ip", "iperf3");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            // One frame a datagram, so that all counts are of frames; a ring that overflows for certain.
            final var nodes = hosts.both(TwoHosts.Format.VXLAN, "ring 8");
            hosts.iperf("10.77.0.2", "-u -b 0 -l 100 -k 40000");
            final long sent = udp(hosts, 1, "OutDatagrams") + udp(hosts, 1, "SndbufErrors");
            assertTrue(sent >= 40_000, () -> sent + " datagrams sent");
            Namespaces.await(() -> Math.abs(sent - arrivedOrDropped(hosts, nodes)) <= CONTROL_FRAMES);
            final long full = nodes.getFirst().sum("ring-full");
            assertTrue(full > 0, "a ring of 8 frames was never full");
            // The guest's own account of it; its TCP is pushed back too.
            assertTrue(full - udp(hosts, 1, "SndbufErrors") <= CONTROL_FRAMES, () -> full + " of a full ring");
            assertTrue(nodes.getFirst().counter("g", "drops_in") >= full);
            final String nics = nodes.getFirst().ask("show nics");
            assertTrue(nics.contains(" " + nodes.getFirst().counter("g", "drops_in") + " "), nics);
        }
    }

    private static long arrivedOrDropped(TwoHosts hosts, java.util.List<NodeProcess> nodes) throws Exception {
        long sum = udp(hosts, 2, "InDatagrams") + udp(hosts, 2, "NoPorts") + udp(hosts, 2, "InErrors");
        for (final NodeProcess node : nodes) {
            sum += node.sum("drops_total");
        }
        return sum;
    }

    private static long udp(TwoHosts hosts, int guest, String counter) throws Exception {
        return NodeProcess.number(
                hosts.in(hosts.guest(guest), "nstat -asz Udp" + counter), "Udp" + counter + "\\s+(\\d+)");
    }
}

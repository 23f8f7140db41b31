package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.fastpath.RingBudget;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.posix.InterfaceDrops;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.TapDevice;

@Tag("netns")
class RingTest {
    private static final int BURST = 900;
    private static final int RING = 1024;

    /// Frames of iperf3's control connection, of ARP and of IPv6's housekeeping.
    private static final long CONTROL_FRAMES = 40;

    /// Bytes of a datagram.
    private static final long PAYLOAD = 100;

    @Test
    void aFullRingPushesBackInsteadOfLosingFrames() throws Exception {
        TwoHosts.require("ip", "iperf3", "tc");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.kernel(2, 1450, "");
            hosts.node(1, TwoHosts.Format.VXLAN, "");
            String link = hosts.in(hosts.guest(1), "ip link show g");
            assertTrue(link.contains("qdisc noqueue") && link.contains("qlen 1024"), link);
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
            hosts.iperf("10.77.0.2", "-u -b 0 -l " + PAYLOAD + " -k 40000");
            final long sent = udp(hosts, 1, "OutDatagrams") + udp(hosts, 1, "SndbufErrors");
            assertTrue(sent >= 40_000, () -> sent + " datagrams sent");
            final NodeProcess from = nodes.getFirst();
            final NodeProcess to = nodes.get(1);
            try {
                Namespaces.await(() -> Math.abs(sent - from.sum("drops_total") - to.counter("peer", "datagrams_in"))
                        <= CONTROL_FRAMES);
                // By the bytes that the other guest's IP got: of superframes that overflow a socket, Linux 6.18's UDP
                // leaves some out of all its counters.
                Namespaces.await(() -> counted(hosts, 2, "IpExtInOctets")
                        >= PAYLOAD * (to.counter("peer", "datagrams_in") - to.sum("drops_total") - CONTROL_FRAMES));
            } catch (AssertionError e) {
                throw new AssertionError(
                        sent + " sent\n" + from.ask("show stats") + "\n" + to.ask("show stats") + "\n"
                                + hosts.in(hosts.guest(1), "nstat -as") + hosts.in(hosts.guest(2), "nstat -as"),
                        e);
            }
            final long full = nodes.getFirst().sum("ring-full");
            assertTrue(full > 0, "a ring of 8 frames was never full");
            // The guest's own account of it; its TCP is pushed back too.
            assertTrue(full - udp(hosts, 1, "SndbufErrors") <= CONTROL_FRAMES, () -> full + " of a full ring");
            assertTrue(nodes.getFirst().counter("g", "drops_in") >= full);
            final String nics = nodes.getFirst().ask("show nics");
            assertTrue(nics.contains(" " + nodes.getFirst().counter("g", "drops_in") + " "), nics);
        }
    }

    /// A node that waits for a processor must not cost the guest its small frames.
    @Test
    void aBurstOfSmallFramesWaitsForTheNode() throws Exception {
        TwoHosts.require("ip", "socat", "nstat");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(TwoHosts.Format.VNET, "").getFirst();
            hosts.in(hosts.guest(1), "ping -c 1 -W 2 10.77.0.2");
            final Path burst = hosts.directory().resolve("burst");
            Files.write(burst, new byte[BURST * 100]);
            final long noise = node.sum("ring-full");
            stop(node, true);
            hosts.in(hosts.guest(1), "socat -u -b 100 OPEN:" + burst + " UDP4-SENDTO:10.77.0.2:9");
            stop(node, false);
            Namespaces.await(() -> udp(hosts, 2, "NoPorts") == BURST);
            assertEquals(noise, node.sum("ring-full"));
        }
    }

    /// The bytes that wait are bounded, not only the frames; what the reader takes makes room again.
    @Test
    void bytesThatWaitAreBounded() throws Exception {
        TwoHosts.require("ip", "socat");
        try (Namespaces all = new Namespaces()) {
            final String guest = all.add("g");
            final TapDevice.Opened tap = TapDevice.open(
                    new TapDevice.Request("g", "/run/netns/" + guest, 1, -1, 1500, 0, 1024, false, true, false, true));
            all.ip(guest, "addr add 10.77.0.1/24 dev g");
            all.ip(guest, "neigh add 10.77.0.2 lladdr 02:00:00:00:00:02 dev g");
            final Path burst = all.directory().resolve("burst");
            Files.write(burst, new byte[100 * 958]);
            final Posix posix = new Posix();
            try (Arena arena = Arena.ofConfined();
                    RingBudget budget = RingBudget.at(tap.descriptors()[0], 50_000)) {
                final TapNic nic =
                        new TapNic(tap.descriptors()[0], budget.queue(0), tap.offload() == TapDevice.Offload.TUNNELS);
                for (int round = 0; round < 2; round++) {
                    final long before =
                            InterfaceDrops.of("/run/netns/" + guest, "g").sent();
                    all.in(guest, "socat -u -b 958 OPEN:" + burst + " UDP4-SENDTO:10.77.0.2:9");
                    int large = 0;
                    int length = nic.read(posix, arena.allocate(70_100), 64, 70_000);
                    while (length > 0) {
                        large += length == VirtioNetHeader.LENGTH + 1000 ? 1 : 0;
                        length = nic.read(posix, arena.allocate(70_100), 64, 70_000);
                    }
                    final long dropped =
                            InterfaceDrops.of("/run/netns/" + guest, "g").sent() - before;
                    // The guest's own IPv6 messages may be among them.
                    assertTrue(large >= 45 && large <= 51, large + " frames of 1000 bytes");
                    assertTrue(dropped >= 100 - large, dropped + " dropped");
                }
            }
            posix.close(tap.descriptors()[0]);
        }
    }

    /// What waits at one of several queues takes nothing of the others' room, and a persistent device is bounded too.
    @Test
    void eachQueueHasABoundOfItsOwn() throws Exception {
        TwoHosts.require("ip", "socat");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node =
                    hosts.both(TwoHosts.Format.VNET, "queues 4 persist").getFirst();
            hosts.in(hosts.guest(1), "ping -c 1 -W 2 10.77.0.2");
            final String ring = hosts.in(hosts.guest(1), "ip link show g");
            assertTrue(ring.contains("qlen " + RING), ring);
            // As many queues are used as there are loops to read them.
            node.ask("dispatch dispatchers 4");
            final Path burst = hosts.directory().resolve("burst");
            Files.write(burst, new byte[BURST * 100]);
            final long noise = node.sum("ring-full");
            final long before = udp(hosts, 2, "NoPorts");
            final long refusedBefore = udp(hosts, 1, "SndbufErrors");
            stop(node, true);
            // Flows that the kernel shares out among the queues, more frames than one ring takes.
            for (int port = 9; port < 17; port++) {
                hosts.in(hosts.guest(1), "socat -u -b 100 OPEN:" + burst + " UDP4-SENDTO:10.77.0.2:" + port);
            }
            stop(node, false);
            final long refused = udp(hosts, 1, "SndbufErrors") - refusedBefore;
            Namespaces.await(() -> udp(hosts, 2, "NoPorts") - before + refused == 8L * BURST);
            assertTrue(8L * BURST - refused > RING, "more than one queue's ring");
            // The node's account of it; the guest's router solicitations meet a full ring too.
            final long full = node.sum("ring-full") - noise;
            assertTrue(full >= refused && full - refused <= CONTROL_FRAMES, () -> full + " of a full ring");
        }
    }

    private static void stop(NodeProcess node, boolean stopped) throws Exception {
        Namespaces.run(
                "kill",
                stopped ? "-STOP" : "-CONT",
                Long.toString(node.process().pid()));
    }

    private static long udp(TwoHosts hosts, int guest, String counter) throws Exception {
        return counted(hosts, guest, "Udp" + counter);
    }

    private static long counted(TwoHosts hosts, int guest, String counter) throws Exception {
        return NodeProcess.number(hosts.in(hosts.guest(guest), "nstat -asz " + counter), counter + "\\s+(\\d+)");
    }
}

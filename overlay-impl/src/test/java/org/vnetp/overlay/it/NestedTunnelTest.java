package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.fastpath.Tagger;

/// A kernel VXLAN device inside each guest, over the guest's NIC: superframes of its streams.
@Tag("netns")
@Timeout(180)
class NestedTunnelTest {
    private static final String VLAN = "7";
    private static final int BYTES = 30_000_000;
    private static final int SUPERFRAME = 20_000;
    private static final int ALL_SUPERFRAMES = 65_536;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({"VNET, noudpcsum", "VNET, udpcsum", "VXLAN, udpcsum"})
    void aTunnelOfTheGuestsCarriesItsStreamWhole(TwoHosts.Format format, String options) throws Exception {
        TwoHosts.require("ip", "socat", "ping");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final List<NodeProcess> nodes = hosts.both(format, "");
            final int plain = longestSuperframe(hosts);
            assertTrue(plain < ALL_SUPERFRAMES, "a plain stream's fit one send, but may have " + plain + " bytes");
            carries(hosts, nodes, format, options);
            if (nodes.getFirst().ask("show nics").contains("offload=tunnels")) {
                assertEquals(ALL_SUPERFRAMES, longestSuperframe(hosts), "the tunnel's are cut by nobody");
            }
        }
    }

    private static int longestSuperframe(TwoHosts hosts) throws Exception {
        return (int) NodeProcess.number(hosts.in(hosts.guest(1), "ip -d link show g"), "\\bgso_max_size (\\d+)");
    }

    /// The kernel puts the VLAN's tag into the frame, but does not count it in with the offsets that it tells.
    @ParameterizedTest
    @CsvSource({"VNET, udpcsum", "VXLAN, noudpcsum"})
    void aTunnelOnAVlanOfTheGuestsCarriesItsStreamWhole(TwoHosts.Format format, String options) throws Exception {
        TwoHosts.require("ip", "socat", "ping");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final List<NodeProcess> nodes = hosts.both(format, "");
            for (int i = 1; i <= 2; i++) {
                hosts.awaitOutput(hosts.java(hosts.guest(i), Tagger.class.getName(), "g", VLAN), "tagging");
            }
            carries(hosts, nodes, format, options);
        }
    }

    /// The guests' kernels cut the tunnel's superframes, and the hosts' kernels carry what they become.
    @ParameterizedTest
    @ValueSource(strings = {"noudpcsum", "udpcsum"})
    void theFastPathCarriesATunnelOfTheGuests(String options) throws Exception {
        TwoHosts.require("ip", "socat", "ping", "ethtool");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final List<NodeProcess> nodes = hosts.both(TwoHosts.Format.VXLAN, "fastpath");
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 5 10.77.0.2");
            carries(hosts, nodes, TwoHosts.Format.VXLAN, options);
            for (final NodeProcess node : nodes) {
                final long frames = node.counter("peer", "frames_in") + node.counter("peer", "frames_out");
                final long rounds = NodeProcess.number(node.ask("show stats --json"), "\"work_rounds\":\\s*(\\d+)");
                assertTrue(frames > BYTES / 1300, frames + " frames, as the kernel cuts them");
                assertTrue(rounds < frames / 10, () -> "the node worked " + rounds + " times on " + frames);
            }
            assertTrue(cutsTunnels(hosts));
            nodes.getFirst().ask("fastpath off");
            assertFalse(cutsTunnels(hosts), "the node takes superframes whole");
            nodes.getFirst().ask("fastpath on");
            assertTrue(cutsTunnels(hosts));
        }
    }

    private static boolean cutsTunnels(TwoHosts hosts) throws Exception {
        return hosts.in(hosts.guest(1), "ethtool -k g").contains("tx-udp_tnl-segmentation: off");
    }

    private static void carries(TwoHosts hosts, List<NodeProcess> nodes, TwoHosts.Format format, String options)
            throws Exception {
        for (int i = 1; i <= 2; i++) {
            hosts.ip(
                    hosts.guest(i),
                    "link add inner mtu 1300 type vxlan id 7 dstport 4790 local " + TwoHosts.guestAddress(i)
                            + " remote " + TwoHosts.guestAddress(3 - i) + " " + options);
            hosts.ip(hosts.guest(i), "addr add 10.78.0." + i + "/24 dev inner");
            hosts.ip(hosts.guest(i), "link set inner up");
        }
        hosts.in(hosts.guest(1), "ping -c 2 -i 0.1 -W 5 10.78.0.2");
        final long before = nodes.getFirst().counter("g", "frames_in");
        final TcpStream stream = new TcpStream(hosts, hosts.guest(1), hosts.guest(2), "10.78.0.2", 7001, BYTES);
        stream.write(BYTES);
        stream.arrivesWhole();
        for (final NodeProcess node : nodes) {
            assertEquals(0, node.sum("bad-offload"));
        }
        if (nodes.getFirst().ask("show nics").contains("offload=tunnels") && format == TwoHosts.Format.VNET) {
            final long frames = nodes.getFirst().counter("g", "frames_in") - before;
            // The stream's frames are longer than any MTU; the guest's kernel cut none of them.
            assertTrue(BYTES / frames > 1500, frames + " frames");
            assertTrue(nodes.get(1).counter("peer", "superframes_in") > BYTES / SUPERFRAME / 10);
        }
    }
}

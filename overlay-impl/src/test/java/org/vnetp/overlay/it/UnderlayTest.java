package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vnetp.overlay.control.StatementException;

/// What nodes make of an underlay that is not a veth cable with IPv4 and every offload.
@Tag("netns")
@Timeout(60)
class UnderlayTest {
    private static final int BYTES = 16 << 20;

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "socat", "ping", "ss");
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = {"VNET", "VXLAN"})
    void whereTheKernelRefusesSegmentedSendsDatagramsGoOneByOne(TwoHosts.Format format) throws Throwable {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(format, "").getFirst();
            final TcpStream stream = hosts.stream(1, 5001, 3 * BYTES);
            stream.write(BYTES);
            stream.awaitReceived(BYTES);
            assertTrue(node.counter("peer", "gso_sends") > 0, "segmented sends before");
            assertEquals(0, node.counter("peer", "offload_fallbacks"));
            assertTrue(node.ask("show links").contains("gso=on"));
            ForeignSockets.refuseSegmentation(node.process(), true);
            final long segmented = node.counter("peer", "gso_sends");
            stream.write(BYTES);
            stream.awaitReceived(2 * BYTES);
            assertTrue(node.counter("peer", "offload_fallbacks") > 0, "refusals are counted");
            assertEquals(segmented, node.counter("peer", "gso_sends"), "segmented sends while refused");
            final String off = node.ask("show links");
            assertTrue(off.contains("gso=off since 2") && off.contains("EINVAL"), off);
            ForeignSockets.refuseSegmentation(node.process(), false);
            while (!node.ask("show links").contains("gso=on")) {
                stream.write(BYTES / 128);
                Thread.sleep(50);
            }
            stream.writeRest(BYTES, 0).join();
            stream.arrivesWhole();
            assertTrue(node.counter("peer", "gso_sends") > segmented, "segmented sends again");
            // The datagrams of the refused send went again.
            assertEquals(0, node.sum("link-error"));
        }
    }

    @Test
    void aPathThatShrinksUnderAStreamKeepsSegmentedSends() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node = hosts.both(TwoHosts.Format.VNET, "").getFirst();
            final TcpStream stream = hosts.stream(1, 5001, 3 * BYTES);
            stream.write(BYTES);
            stream.awaitReceived(BYTES);
            for (int i = 1; i <= 2; i++) {
                hosts.ip(hosts.host(i), "link set u mtu 1300");
            }
            stream.write(BYTES);
            stream.awaitReceived(2 * BYTES);
            assertEquals(0, node.counter("peer", "offload_fallbacks"), "a narrower path is no lack of offload");
            assertEquals(1300 - 28, NodeProcess.number(node.ask("show links --json"), "\"datagram_bytes\":\\s*(\\d+)"));
            final long segmented = node.counter("peer", "gso_sends");
            stream.write(BYTES);
            stream.arrivesWhole();
            assertTrue(node.counter("peer", "gso_sends") > segmented, "segmented sends after");
        }
    }

    /// Links are bound to where the node listens and bear its network's number: all are opened anew, or none.
    @ParameterizedTest(name = "{0}")
    @EnumSource
    void theNetworkIsRenumberedUnderAStream(TwoHosts.Format format) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final List<NodeProcess> nodes = hosts.both(format, "");
            final TcpStream stream = hosts.stream(1, 5001, 3 * BYTES);
            stream.write(BYTES);
            stream.awaitReceived(BYTES);
            for (int i = 1; i <= 2; i++) {
                nodes.get(i - 1).ask("listen " + TwoHosts.address(i) + ":4789 network 4242");
            }
            stream.write(BYTES);
            stream.awaitReceived(2 * BYTES);

            final AssertionError refusal =
                    assertThrows(AssertionError.class, () -> nodes.getFirst().ask("listen 192.0.2.1:4789 network 7"));
            assertInstanceOf(StatementException.class, refusal.getCause());
            assertTrue(refusal.getMessage().contains("listen 192.0.2.1:4789: "), refusal.getMessage());
            stream.write(BYTES);
            stream.arrivesWhole();
        }
    }

    /// 1500 bytes less IPv6 and UDP 48, Ethernet 14, and vnet header 16 with virtio_net_hdr 12, or VXLAN header 8.
    @ParameterizedTest(name = "{0}")
    @CsvSource({"VNET, 1410", "VXLAN, 1430"})
    void nodesReachEachOtherOverIpv6(TwoHosts.Format format, int guestMtu) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.overIpv6();
            final NodeProcess node = hosts.both(format, "").getFirst();
            assertEquals(guestMtu, NodeProcess.number(node.ask("show nics --json"), "\"mtu_bytes\":\\s*(\\d+)"));
            // The largest packet that fits, not to be fragmented.
            hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 -M do -s " + (guestMtu - 28) + " 10.77.0.2");
            final TcpStream stream = hosts.stream(1, 5001, BYTES);
            stream.write(BYTES);
            stream.arrivesWhole();
            assertTrue(node.counter("peer", "gso_sends") > 0, "segmented sends");
            assertTrue(node.counter("peer", "wire_bytes_out") > BYTES, "over the link");
            // Without links the node prepares for one of the vnet format, over what it listens on.
            node.ask("route del 2");
            node.ask("route del 1");
            node.ask("link del peer");
            assertEquals(1410, NodeProcess.number(node.ask("show nics --json"), "\"mtu_bytes\":\\s*(\\d+)"));
        }
    }
}

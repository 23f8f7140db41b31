package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.link.InMemoryLink;

/// What fits a link, by its format, its seal and the length of its datagrams. The expected numbers are sums of the
/// formats' header lengths, written out.
class OpenLinkTest {
    private static final int IPV4_UDP = 20 + 8;
    private static final int IPV6_UDP = 40 + 8;
    private static final int ETHERNET = 14;
    private static final int VIRTIO = 12;
    private static final int VNET = 16;
    private static final int VXLAN = 8;
    private static final int TAG = 16;

    private static OpenLink link(
            String address, Statement.Encapsulation format, int capacity, Optional<NodeConfig.Seal> seal)
            throws Exception {
        Endpoint peer = new Endpoint(InetAddress.getByName(address), 4789);
        NodeConfig.Link config = new NodeConfig.Link(1, 1, "l", peer, format, OptionalInt.empty(), seal);
        Loops loops = new Loops(OverlayNode.Threading.INVOKER, System::nanoTime, _ -> {});
        LinkOpener opener =
                new LinkOpener(new AroundLinks(loops, System::nanoTime, System::nanoTime, () -> {}, () -> {}, _ -> {}));
        return opener.open(
                config,
                new NodeConfig.Listening(peer, 42),
                InMemoryLink.pair(capacity, false, (d, to) -> to.add(d))[0]);
    }

    private static OpenLink plain(String address, Statement.Encapsulation format, int capacity) throws Exception {
        return link(address, format, capacity, Optional.empty());
    }

    @Test
    void aGuestsFrameFitsOneDatagramOfItsFormat() throws Exception {
        OpenLink vnet = plain("192.0.2.1", Statement.Encapsulation.VNET, 1472);
        assertEquals(1472 - VNET - VIRTIO - ETHERNET, vnet.guestMtu());
        assertEquals(1472 - VNET, vnet.messageBytes());
        assertEquals(IPV4_UDP + VNET, vnet.messageOverhead());

        OpenLink vxlan = plain("2001:db8::1", Statement.Encapsulation.VXLAN, 1452);
        assertEquals(1452 - VXLAN - ETHERNET, vxlan.guestMtu());
        assertEquals(1452 - VXLAN, vxlan.messageBytes());
        assertEquals(IPV6_UDP + VXLAN, vxlan.messageOverhead());
    }

    @Test
    void aSealTakesItsTagFromEveryDatagram(@TempDir Path directory) throws Exception {
        OpenLink plain = plain("192.0.2.1", Statement.Encapsulation.VNET, 1472);
        OpenLink sealed = link(
                "192.0.2.1",
                Statement.Encapsulation.VNET,
                1472,
                SteppedNode.seals(directory, "l").getFirst());
        try {
            assertEquals(plain.guestMtu() - TAG, sealed.guestMtu());
            assertEquals(plain.messageBytes() - TAG, sealed.messageBytes());
            assertEquals(plain.messageOverhead() + TAG, sealed.messageOverhead());
            assertTrue(
                    sealed.superframeLimit() < plain.superframeLimit(), "room for the tags of a superframe's chunks");
            assertTrue(sealed.leastCapacity() > plain.leastCapacity(), "a handshake's message fits");
        } finally {
            sealed.close();
        }
    }

    /// A superframe crosses in one segmented send: 65507 bytes and 64 datagrams at most, headers included.
    @Test
    void aSuperframeAndItsHeadersFitOneSend() throws Exception {
        for (int capacity : new int[] {300, 1024, 1472, 8972, 65_507}) {
            int frame =
                    plain("192.0.2.1", Statement.Encapsulation.VNET, capacity).superframeLimit();
            int chunk = capacity - VNET;
            int datagrams = (frame + VIRTIO + chunk - 1) / chunk;
            assertTrue(datagrams <= 64, datagrams + " datagrams of " + capacity);
            assertTrue(frame + VIRTIO + datagrams * VNET <= 65_507, frame + " bytes in datagrams of " + capacity);
        }
    }

    @Test
    void aPathThatIsTooNarrowIsRefusedWithBothSizes() throws Exception {
        OpenLink narrow = plain("192.0.2.1", Statement.Encapsulation.VNET, 200);
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, narrow::requireRoom);
        assertEquals(
                "the path's MTU is " + (200 + IPV4_UDP) + " bytes; the vnet format needs at least "
                        + (narrow.leastCapacity() + IPV4_UDP),
                refused.getMessage());
        plain("192.0.2.1", Statement.Encapsulation.VNET, narrow.leastCapacity()).requireRoom();
    }

    @Test
    void itTellsWhatFitsItsDatagrams() throws Exception {
        OpenLink vnet = plain("192.0.2.1", Statement.Encapsulation.VNET, 1472);
        assertEquals(Map.of("datagram_bytes", 1472, "guest_mtu_bytes", vnet.guestMtu()), vnet.describe(null));
    }
}

package org.vnetp.overlay.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.SocketAddresses;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

class SegmentedSendsTest {
    private static final int SOL_SOCKET = 1;
    private static final int SO_NO_CHECK = 11;
    private static final int DATAGRAMS = 4;
    private static final int SIZE = 200;

    private long nowNs;

    @Test
    void isTriedAgainAfterPausesThatGrowWhileItIsRefused() {
        SegmentedSends sends = new SegmentedSends(() -> nowNs);
        assertTrue(sends.allowed());
        assertEquals("on", sends.state());

        sends.refused(Errno.EIO);
        assertFalse(sends.allowed());
        assertTrue(sends.state().matches("off since \\d{4}-.*Z: input/output error \\(EIO\\)"), sends.state());
        for (long pause = SegmentedSends.FIRST_PAUSE_NS; pause < SegmentedSends.LONGEST_PAUSE_NS; pause *= 2) {
            nowNs += pause - 1;
            assertFalse(sends.allowed(), "1 ns before " + pause);
            nowNs++;
            assertTrue(sends.allowed(), "after " + pause);
            sends.refused(Errno.EIO);
        }
        nowNs += SegmentedSends.LONGEST_PAUSE_NS;
        assertTrue(sends.allowed());

        sends.worked();
        assertEquals("on", sends.state());
        nowNs += SegmentedSends.LONGEST_PAUSE_NS + 1;
        sends.refused(Errno.EINVAL);
        nowNs += SegmentedSends.FIRST_PAUSE_NS;
        assertTrue(sends.allowed(), "after a good while the pauses begin anew");
    }

    /// A socket without UDP checksums is refused segmentation with EINVAL (udp_send_skb).
    @Test
    @Timeout(60)
    void aPassingRefusalCostsNoDatagramAndSegmentationComesBack() throws Exception {
        Posix posix = new Posix();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (Arena arena = Arena.ofConfined();
                UdpSocket sink = UdpSocket.open(new InetSocketAddress(loopback, 0), null, false, 1 << 20);
                UdpSocket socket =
                        UdpSocket.open(new InetSocketAddress(loopback, 0), local(arena, posix, sink), false, 1 << 20)) {
            PortCounters counters = new PortCounters();
            DropCounters drops = new DropCounters();
            UdpLink link = new UdpLink(arena, socket, drops, counters);
            MemorySegment payload = arena.allocate((long) DATAGRAMS * SIZE);
            send(posix, link, payload);
            assertEquals(1, counters.get(PortCounter.GSO_SENDS));

            Posix.check(posix.setsockopt(socket.descriptor(), SOL_SOCKET, SO_NO_CHECK, 1), "SO_NO_CHECK");
            send(posix, link, payload);
            assertEquals(1, counters.get(PortCounter.OFFLOAD_FALLBACKS));
            assertTrue(
                    socket.segmentedSends().state().endsWith("invalid argument (EINVAL)"),
                    socket.segmentedSends().state());
            Posix.check(posix.setsockopt(socket.descriptor(), SOL_SOCKET, SO_NO_CHECK, 0), "SO_NO_CHECK");

            int sends = 2;
            while (counters.get(PortCounter.GSO_SENDS) == 1) {
                Thread.sleep(10);
                send(posix, link, payload);
                sends++;
            }
            assertEquals("on", socket.segmentedSends().state());
            assertEquals((long) sends * DATAGRAMS, counters.get(PortCounter.DATAGRAMS_OUT));
            assertEquals(0, drops.sum());
            long got = 0;
            while (posix.read(sink.descriptor(), payload.address(), SIZE) == SIZE) {
                got++;
            }
            assertEquals((long) sends * DATAGRAMS, got, "every datagram arrived, whole and once");
        }
    }

    private static InetSocketAddress local(Arena arena, Posix posix, UdpSocket socket) {
        MemorySegment address = arena.allocate(SocketAddresses.MAX_LENGTH, 8);
        Posix.check(posix.getsockname(socket.descriptor(), address), "getsockname");
        return SocketAddresses.decode(address);
    }

    private static void send(Posix posix, UdpLink link, MemorySegment payload) {
        for (int i = 0; i < DATAGRAMS; i++) {
            link.slice(payload.address() + (long) i * SIZE, SIZE);
        }
        link.endTrain(SIZE, DATAGRAMS, DATAGRAMS * SIZE, 0);
        assertTrue(link.flush(posix));
    }
}

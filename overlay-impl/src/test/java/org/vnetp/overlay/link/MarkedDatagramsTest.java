package org.vnetp.overlay.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// The ECN field on sockets of this host: what a train is given leaves with each of its datagrams and is told at the
/// other end, segmented or not, merged or not.
class MarkedDatagramsTest {
    private static final int SIZE = 1000;

    private final Arena arena = Arena.ofAuto();
    private final Posix posix = new Posix();
    private final MemorySegment payload = arena.allocate(64 * SIZE, 64);

    private record Ends(UdpSocket here, UdpSocket there, UdpLink sender, UdpLink receiver, PortCounters sent)
            implements AutoCloseable {
        @Override
        public void close() {
            here.close();
            there.close();
        }
    }

    private Ends ends(String address, boolean anyPort) throws Exception {
        final InetSocketAddress one = free(address);
        final InetSocketAddress other = free(address);
        final UdpSocket here = anyPort
                ? UdpSocket.openToAnyPort(one, other, true, 1 << 20)
                : UdpSocket.open(one, other, true, 1 << 20);
        final UdpSocket there = anyPort
                ? UdpSocket.openToAnyPort(other, one, true, 1 << 20)
                : UdpSocket.open(other, one, true, 1 << 20);
        here.mostMtu(1500);
        there.mostMtu(1500);
        final PortCounters sent = new PortCounters();
        return new Ends(
                here,
                there,
                new UdpLink(arena, here, new DropCounters(), sent),
                new UdpLink(arena, there, new DropCounters(), new PortCounters()),
                sent);
    }

    private static InetSocketAddress free(String address) throws Exception {
        try (var socket = new java.net.DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 0))) {
            return new InetSocketAddress(InetAddress.ofLiteral(address), socket.getLocalPort());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void everyDatagramBearsItsTrainsMark(String address) throws Exception {
        for (final boolean anyPort : new boolean[] {false, true}) {
            try (Ends ends = ends(address, anyPort)) {
                final int[] marks = {0, 1, 2, 3, 1, 0, 2};
                final int[] datagrams = {1, 1, 1, 1, 5, 5, 7};
                for (int i = 0; i < marks.length; i++) {
                    train(ends.sender, datagrams[i], marks[i]);
                }
                assertTrue(ends.sender.flush(posix));
                final ReceiveBatch batch = new ReceiveBatch(arena, 32);
                int train = 0;
                int left = datagrams[0];
                for (int waits = 0; train < marks.length && waits < 1000; ) {
                    batch.reset();
                    final int count = ends.receiver.receive(posix, batch);
                    if (count == 0) {
                        waits++;
                        Thread.sleep(1);
                    }
                    for (int i = 0; i < count; i++) {
                        final int got = (batch.length(i) + SIZE - 1) / batch.segmentSize(i);
                        assertEquals(marks[train], batch.ecn(i), address + ": train " + train);
                        assertEquals(SIZE, batch.segmentSize(i));
                        left -= got;
                        if (left == 0 && ++train < marks.length) {
                            left = datagrams[train];
                        }
                    }
                }
                assertEquals(marks.length, train, "all arrived");
                assertEquals(3, ends.sent.get(PortCounter.GSO_SENDS), "the trains left segmented by the kernel");
            }
        }
    }

    private void train(UdpLink link, int datagrams, int ecn) {
        for (int i = 0; i < datagrams; i++) {
            link.slice(payload.address() + (long) i * SIZE, SIZE);
        }
        link.endTrain(SIZE, datagrams, datagrams * SIZE, ecn);
    }

    @Test
    void kernelsThatMergeByTosAreKnownByTheirVersion() {
        assertTrue(ControlMessages.isAtLeast("6.9.0"));
        assertTrue(ControlMessages.isAtLeast("6.18.44-some"));
        assertTrue(ControlMessages.isAtLeast("7.0"));
        assertFalse(ControlMessages.isAtLeast("6.8.12-generic"));
        assertFalse(ControlMessages.isAtLeast("5.15"));
        assertFalse(ControlMessages.isAtLeast("odd"));
    }
}

package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// Congestion marks through both wire formats: what a guest's frame says goes outside, and what came from outside
/// reaches the frame, also where frames share a datagram, are cut into several, or are merged.
class EcnFormatsTest {
    private static final int NETWORK = 42;
    private static final int CAPACITY = 1472;
    private static final int ETHERNET = VirtioNetHeader.LENGTH;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment slab = arena.allocate(1 << 20, 64);
    private final MemorySegment received = arena.allocate(1 << 20, 64);
    private final DropCounters drops = new DropCounters();
    private final Marked sent = new Marked();
    private final List<byte[]> delivered = new ArrayList<>();
    private final Random random = new Random(3168);

    /// Datagrams with what their outer header says.
    private static final class Marked implements DatagramSink {
        private final ByteArrayOutputStream train = new ByteArrayOutputStream();
        private final List<byte[]> datagrams = new ArrayList<>();
        private final List<Integer> marks = new ArrayList<>();
        private int trains;

        @Override
        public void slice(long address, int length) {
            train.writeBytes(
                    MemorySegment.ofAddress(address).reinterpret(length).toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public void endTrain(int segmentSize, int count, int totalBytes, int ecn) {
            final byte[] bytes = train.toByteArray();
            train.reset();
            trains++;
            for (int at = 0; at < bytes.length; at += segmentSize) {
                datagrams.add(Arrays.copyOfRange(bytes, at, Math.min(at + segmentSize, bytes.length)));
                marks.add(ecn);
            }
        }
    }

    private Encapsulator encapsulator(boolean vnet) {
        if (!vnet) {
            return new Segmenter(arena, NETWORK, CAPACITY);
        }
        final VnetEncapsulator encapsulator = new VnetEncapsulator(arena, NETWORK, new VnetPeer(() -> 1), 0);
        encapsulator.datagramCapacity(CAPACITY);
        return encapsulator;
    }

    private Decapsulator decapsulator(boolean vnet) {
        return vnet
                ? new VnetDecapsulator(arena, NETWORK, new VnetPeer(() -> 1), drops)
                : new Merger(arena, NETWORK, Merger.Checksums.VERIFY, drops);
    }

    /// A frame of IPv4 or IPv6 that is neither TCP nor UDP.
    private byte[] frame(boolean ipv4, int length, int ecn) {
        final byte[] bytes = new byte[ETHERNET + length];
        random.nextBytes(bytes);
        Arrays.fill(bytes, 0, ETHERNET, (byte) 0);
        final MemorySegment at = MemorySegment.ofArray(bytes);
        final int ip = ETHERNET + 14;
        NetworkOrder.put16(at, ip - 2, ipv4 ? 0x0800 : 0x86dd);
        if (ipv4) {
            NetworkOrder.put16(at, ip, 0x4500 | ecn);
            NetworkOrder.put16(at, ip + 2, length - 14);
            NetworkOrder.put16(at, ip + 6, 0);
            NetworkOrder.put8(at, ip + 9, 253);
            NetworkOrder.put16(at, ip + 10, 0);
            NetworkOrder.put16(at, ip + 10, InternetChecksum.complement(InternetChecksum.sum(at, ip, 20)));
        } else {
            NetworkOrder.put32(at, ip, 6 << 28 | ecn << 20);
            NetworkOrder.put16(at, ip + 4, length - 54);
            NetworkOrder.put8(at, ip + 6, 253);
        }
        return bytes;
    }

    private void send(Encapsulator encapsulator, List<byte[]> frames) {
        final Frame view = new Frame(arena, 1);
        long at = 64;
        for (final byte[] frame : frames) {
            MemorySegment.copy(frame, 0, slab, ValueLayout.JAVA_BYTE, at, frame.length);
            assertEquals(Encapsulator.STAGED, encapsulator.encapsulate(view.wrap(slab, at, frame.length, 16), sent));
            at += frame.length + 64;
        }
        encapsulator.finish(sent);
        encapsulator.flushed();
    }

    private void receive(Decapsulator decapsulator, List<byte[]> datagrams, List<Integer> marks) {
        long at = 64;
        for (int i = 0; i < datagrams.size(); i++) {
            final byte[] datagram = datagrams.get(i);
            MemorySegment.copy(datagram, 0, received, ValueLayout.JAVA_BYTE, at, datagram.length);
            decapsulator.decapsulate(received, at, datagram.length, datagram.length, marks.get(i), 1, this::deliver);
            at += datagram.length + 64;
        }
        decapsulator.endBurst(this::deliver);
    }

    private void deliver(Frame frame) {
        delivered.add(DatagramCollector.bytes(frame.slices()));
    }

    private static int ecn(byte[] frame) {
        final MemorySegment at = MemorySegment.ofArray(frame);
        final int ip = ETHERNET + 14;
        if (NetworkOrder.u16(at, ip - 2) == 0x0800) {
            assertEquals(0xffff, InternetChecksum.sum(at, ip, 20), "the IPv4 header's checksum");
        }
        return Ecn.of(at, ETHERNET, frame.length - ETHERNET);
    }

    /// Inner Not-ECT, ECT(1), ECT(0), CE against the same outside (RFC 6040, figure 4); -1: dropped.
    private static final int[][] RFC_6040 = {{0, 0, 0, -1}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};

    @ParameterizedTest(name = "vnet {0}, IPv4 {1}, {2} bytes")
    @CsvSource({
        "true, true, 100",
        "true, false, 100",
        "true, true, 1000",
        "true, false, 9000",
        "true, true, 60000",
        "false, true, 100",
        "false, false, 100",
        "false, true, 1450",
        "false, false, 1450"
    })
    void marksGoOutsideAndComeBack(boolean vnet, boolean ipv4, int length) {
        final Encapsulator encapsulator = encapsulator(vnet);
        final Decapsulator decapsulator = decapsulator(vnet);
        for (int inner = 0; inner < 4; inner++) {
            for (int outer = 0; outer < 4; outer++) {
                final String what = "inner " + inner + ", outer " + outer;
                sent.datagrams.clear();
                sent.marks.clear();
                delivered.clear();
                final long dropped = drops.get(DropReason.CONGESTION);
                send(encapsulator, List.of(frame(ipv4, length, inner)));
                assertEquals(java.util.Collections.nCopies(sent.datagrams.size(), inner), sent.marks, what);
                // One datagram of the frame, whichever, meets the router that marks.
                sent.marks.set(random.nextInt(sent.marks.size()), outer);
                final boolean alone = sent.marks.size() == 1;
                receive(decapsulator, sent.datagrams, sent.marks);
                final int expected = RFC_6040[inner][alone ? outer : Ecn.worse(inner, outer)];
                assertEquals(expected < 0 ? 0 : 1, delivered.size(), what);
                assertEquals(expected < 0 ? 1 : 0, drops.get(DropReason.CONGESTION) - dropped, what);
                if (expected >= 0) {
                    assertEquals(expected, ecn(delivered.getFirst()), what);
                }
            }
        }
    }

    @Test
    void smallFramesShareADatagramOnlyWithTheirLike() {
        final int[] marks = {0, 0, 2, 2, 2, 1, 3, 3, 0};
        final List<byte[]> frames = new ArrayList<>();
        for (final int mark : marks) {
            frames.add(frame(random.nextBoolean(), 120, mark));
        }
        send(encapsulator(true), frames);
        assertEquals(List.of(0, 2, 1, 3, 0), sent.marks);
        receive(decapsulator(true), sent.datagrams, sent.marks);
        assertEquals(marks.length, delivered.size());
        for (int i = 0; i < marks.length; i++) {
            assertEquals(marks[i], ecn(delivered.get(i)));
        }
    }

    @Test
    void aMarkedBundleMarksAllThatCanBeMarkedAndDropsTheRest() {
        final List<byte[]> frames = List.of(frame(true, 90, 2), frame(false, 100, 2), frame(true, 110, 2));
        send(encapsulator(true), frames);
        assertEquals(1, sent.datagrams.size());
        receive(decapsulator(true), sent.datagrams, List.of(Ecn.CE));
        assertEquals(
                List.of(3, 3, 3), delivered.stream().map(EcnFormatsTest::ecn).toList());
        sent.datagrams.clear();
        delivered.clear();
        send(encapsulator(true), List.of(frame(true, 90, 0), frame(false, 100, 0)));
        receive(decapsulator(true), sent.datagrams, List.of(Ecn.CE));
        assertEquals(0, delivered.size());
        assertEquals(2, drops.get(DropReason.CONGESTION));
    }

    @Test
    void chunksOutOfOrderLoseNoMark() {
        for (int at = 0; at < 7; at++) {
            sent.datagrams.clear();
            sent.marks.clear();
            delivered.clear();
            send(encapsulator(true), List.of(frame(true, 9000, 2)));
            assertEquals(7, sent.datagrams.size());
            sent.marks.set(at, Ecn.CE);
            final List<byte[]> datagrams = new ArrayList<>(sent.datagrams);
            java.util.Collections.swap(datagrams, 2, 4);
            final List<Integer> marks = new ArrayList<>(sent.marks);
            java.util.Collections.swap(marks, 2, 4);
            receive(decapsulator(true), datagrams, marks);
            assertEquals(List.of(3), delivered.stream().map(EcnFormatsTest::ecn).toList(), "chunk " + at);
            // A later frame has nothing of it.
            delivered.clear();
        }
    }

    @Test
    void trainsEndWhereTheMarkChanges() {
        final List<byte[]> frames = new ArrayList<>();
        for (final int mark : new int[] {2, 2, 0, 0, 3}) {
            frames.add(frame(true, 1400, mark));
        }
        send(encapsulator(false), frames);
        assertEquals(List.of(2, 2, 0, 0, 3), sent.marks);
        assertEquals(3, sent.trains);
    }

    /// A congested router marks some segments of a TCP stream: they are not hidden among the others.
    @Test
    void markedSegmentsAreMergedWithTheirLikeOnly() {
        final TestFrames.Superframe whole =
                TestFrames.superframe(new Random(5), true, true, 0, 1000, 6000, TestFrames.ACK);
        final byte[] bytes = whole.bytes();
        final MemorySegment at = MemorySegment.ofArray(bytes);
        final int ip = ETHERNET + 14;
        NetworkOrder.put8(at, ip + 1, Ecn.ECT_0);
        NetworkOrder.put16(at, ip + 10, 0);
        NetworkOrder.put16(at, ip + 10, InternetChecksum.complement(InternetChecksum.sum(at, ip, 20)));
        send(encapsulator(false), List.of(bytes));
        assertEquals(List.of(2, 2, 2, 2, 2, 2), sent.marks);
        receive(decapsulator(false), sent.datagrams, List.of(2, 2, 3, 3, 2, 2));
        assertEquals(
                List.of(2, 3, 2), delivered.stream().map(EcnFormatsTest::ecn).toList());
        int payload = 0;
        for (final byte[] frame : delivered) {
            payload += frame.length - (bytes.length - 6000);
        }
        assertEquals(6000, payload);
        assertEquals(0, drops.sum());
    }

    /// Kernels before 6.9 merge datagrams of any TOS and tell the first one's.
    @Test
    void ofAMergedMessageOnlyTheFirstDatagramsMarkIsSureWhereTheKernelDoesNotCompare() {
        send(encapsulator(false), List.of(frame(true, 1000, 0), frame(true, 1000, 0)));
        final byte[] first = sent.datagrams.getFirst();
        for (int i = 0; i < 2; i++) {
            MemorySegment.copy(
                    sent.datagrams.get(i), 0, received, ValueLayout.JAVA_BYTE, 64L + i * first.length, first.length);
        }
        final Decapsulator decapsulator = decapsulator(false);
        decapsulator.decapsulate(received, 64, 2 * first.length, first.length, Ecn.CE | Ecn.UNSURE, 1, this::deliver);
        decapsulator.endBurst(this::deliver);
        assertEquals(1, delivered.size());
        assertEquals(1, drops.get(DropReason.CONGESTION));
        decapsulator.decapsulate(received, 64, 2 * first.length, first.length, Ecn.CE, 1, this::deliver);
        decapsulator.endBurst(this::deliver);
        assertEquals(1, delivered.size());
        assertEquals(3, drops.get(DropReason.CONGESTION));
    }
}

package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.encap.TestFrames.Superframe;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;

class VxlanFormatTest {
    private static final int NETWORK = 0x123456;
    private static final int CAPACITY = 1472;

    private final Arena arena = Arena.ofConfined();
    private final Segmenter segmenter = new Segmenter(arena, NETWORK, CAPACITY);
    private final Merger merger = new Merger(arena, NETWORK, Merger.Checksums.VERIFY);

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void anOrdinaryFrameIsPrecededByTheHeaderOfTheRfc() {
        final byte[] arp = HexFormat.of()
                .parseHex("ffffffffffff0200000000010806" + "0001080006040001" + "0200000000010a000001"
                        + "0000000000000a000002");
        final byte[] withHeader = new byte[12 + arp.length];
        System.arraycopy(arp, 0, withHeader, 12, arp.length);
        final List<byte[]> datagrams = send(withHeader);
        assertEquals(1, datagrams.size());
        assertEquals(
                "08000000" + "12345600" + HexFormat.of().formatHex(arp),
                HexFormat.of().formatHex(datagrams.getFirst()));
    }

    @Test
    void segmentsAreWhatTheRfcsDemand() {
        final Random random = new Random(1);
        for (int round = 0; round < 3000; round++) {
            final int flags = TestFrames.ACK | random.nextInt(512);
            final Superframe whole = random(random, flags);
            final List<byte[]> datagrams = send(whole.bytes());
            final int count = (whole.payload() + whole.gsoSize() - 1) / whole.gsoSize();
            assertEquals(count, datagrams.size());
            final byte[] original = Arrays.copyOfRange(whole.bytes(), 12, whole.bytes().length);
            int done = 0;
            for (int i = 0; i < count; i++) {
                final byte[] datagram = datagrams.get(i);
                assertEquals("0800000012345600", HexFormat.of().formatHex(datagram, 0, 8));
                final byte[] segment = Arrays.copyOfRange(datagram, 8, datagram.length);
                final int size = Math.min(whole.gsoSize(), whole.payload() - done);
                checkSegment(whole, original, segment, i, i == count - 1, done, size);
                done += size;
            }
        }
        assertEquals(3000, segmenter.superframes());
        assertEquals(0, segmenter.malformed() + segmenter.unsupportedOffload() + segmenter.tooBig());
    }

    private static void checkSegment(
            Superframe whole, byte[] original, byte[] segment, int index, boolean last, int done, int size) {
        final int net = whole.networkOffset();
        final int l4 = whole.transportOffset();
        assertEquals(whole.headers() + size, segment.length);
        assertTrue(TestFrames.checksumsRight(segment, net, l4, whole.ipv4(), whole.tcp()), "checksums");
        final byte[] expected = Arrays.copyOf(original, segment.length);
        System.arraycopy(original, whole.headers() + done, expected, whole.headers(), size);
        if (whole.ipv4()) {
            TestFrames.set16(expected, net + 2, segment.length - net);
            TestFrames.set16(expected, net + 4, TestFrames.get16(original, net + 4) + index);
            copy(segment, expected, net + 10, 2);
        } else {
            TestFrames.set16(expected, net + 4, segment.length - net - 40);
        }
        if (whole.tcp()) {
            final int seq = TestFrames.get32(original, l4 + 4) + done;
            TestFrames.set16(expected, l4 + 4, seq >>> 16);
            TestFrames.set16(expected, l4 + 6, seq);
            if (!last) {
                expected[l4 + 13] = (byte) (expected[l4 + 13] & ~(TestFrames.FIN | TestFrames.PSH));
            }
            if (index > 0) {
                expected[l4 + 13] = (byte) (expected[l4 + 13] & ~TestFrames.CWR);
            }
            copy(segment, expected, l4 + 16, 2);
        } else {
            TestFrames.set16(expected, l4 + 4, segment.length - l4);
            copy(segment, expected, l4 + 6, 2);
            assertTrue(TestFrames.get16(segment, l4 + 6) != 0, "a UDP checksum of zero says that there is none");
        }
        assertArrayEquals(expected, segment);
    }

    private static void copy(byte[] from, byte[] to, int at, int length) {
        System.arraycopy(from, at, to, at, length);
    }

    @Test
    void mergingUndoesSegmenting() {
        final Random random = new Random(2);
        for (int round = 0; round < 3000; round++) {
            final Superframe whole = random(random, TestFrames.ACK | (random.nextBoolean() ? TestFrames.PSH : 0));
            final int count = (whole.payload() + whole.gsoSize() - 1) / whole.gsoSize();
            if (count < 2 || count > (whole.tcp() ? 128 : 64)) {
                continue;
            }
            final List<byte[]> frames = receive(send(whole.bytes()), true);
            assertEquals(1, frames.size());
            assertArrayEquals(whole.bytes(), frames.getFirst());
        }
        assertTrue(merger.superframes() > 2000);
        assertEquals(0, merger.wrongChecksums());
    }

    @Test
    void anUnfinishedChecksumIsFinished() {
        final Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            final boolean tcp = random.nextBoolean();
            final boolean ipv4 = random.nextBoolean();
            final Superframe frame = TestFrames.superframe(
                    random, tcp, ipv4, random.nextInt(3), 0, random.nextInt(1300), TestFrames.ACK);
            final List<byte[]> datagrams = send(frame.bytes());
            assertEquals(1, datagrams.size());
            final byte[] sent = Arrays.copyOfRange(datagrams.getFirst(), 8, datagrams.getFirst().length);
            assertTrue(
                    TestFrames.checksumsRight(sent, frame.networkOffset(), frame.transportOffset(), ipv4, tcp),
                    () -> frame + HexFormat.of().formatHex(frame.bytes()) + " "
                            + HexFormat.of().formatHex(sent));
            assertArrayEquals(sent, Arrays.copyOfRange(receive(datagrams, false).getFirst(), 12, sent.length + 12));
        }
        assertEquals(2000, segmenter.checksumsFinished());
    }

    @Test
    void equalSmallFramesShareATrainAndAShorterOneEndsIt() {
        final RecordingSinks.Datagrams sink = new RecordingSinks.Datagrams();
        for (final int length : new int[] {60, 60, 60, 50, 60, 70, 70}) {
            final byte[] frame = new byte[12 + length];
            assertEquals(Encapsulator.STAGED, encapsulate(frame, sink));
        }
        segmenter.finish(sink);
        assertEquals(List.of(4, 1, 2), sink.trains);
    }

    @Test
    void interleavedFlowsMergeEachOnItsOwn() {
        final Random random = new Random(4);
        final List<Superframe> flows = new ArrayList<>();
        final List<List<byte[]>> sent = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            final Superframe whole =
                    TestFrames.superframe(random, i % 2 == 0, i % 3 == 0, i % 3, 1000, 10_000, TestFrames.ACK);
            flows.add(whole);
            sent.add(send(whole.bytes()));
        }
        final List<byte[]> mixed = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            for (final List<byte[]> one : sent) {
                mixed.add(one.get(i));
            }
        }
        final List<byte[]> frames = receive(mixed, false);
        assertEquals(6, frames.size());
        for (int i = 0; i < 6; i++) {
            assertArrayEquals(flows.get(i).bytes(), frames.get(i));
        }
    }

    @Test
    void whateverDiffersInAHeaderKeepsFramesApart() {
        final Random random = new Random(5);
        for (int round = 0; round < 400; round++) {
            final boolean ipv4 = random.nextBoolean();
            final Superframe whole = TestFrames.superframe(random, true, ipv4, 1, 500, 1000, TestFrames.ACK);
            final int net = 8 + whole.networkOffset();
            final int l4 = 8 + whole.transportOffset();
            final int[] places = {
                3, // destination MAC, checked below to be a flow of its own
                8 + 14, // VLAN id
                net + 1, // TOS and ECN, or flow label
                net + (ipv4 ? 8 : 7), // TTL, hop limit
                net + (ipv4 ? 12 : 8), // source address
                l4, // source port
                l4 + 4, // sequence number
                l4 + 8, // acknowledgement
                l4 + 13, // flags
                l4 + 14 // window
            };
            final List<byte[]> datagrams = send(whole.bytes());
            final byte[] second = datagrams.get(1);
            final int place = places[round % places.length] + (round % places.length == 0 ? 8 : 0);
            second[place] ^= 0x04;
            repair(second, whole);
            final List<byte[]> frames = receive(datagrams, false);
            assertEquals(2, frames.size(), "byte " + place);
            assertArrayEquals(
                    Arrays.copyOfRange(second, 8, second.length),
                    Arrays.copyOfRange(frames.get(1), 12, frames.get(1).length));
        }
    }

    @Test
    void framesOfAFlowKeepTheirOrder() {
        final Random random = new Random(6);
        for (int round = 0; round < 300; round++) {
            final Superframe whole =
                    TestFrames.superframe(random, random.nextBoolean(), true, 0, 100, 3000, TestFrames.ACK);
            final List<byte[]> datagrams = send(whole.bytes());
            // Every few frames one that does not fit in: another size of header, a fragment, a wrong checksum, ARP.
            for (int i = 3; i < datagrams.size(); i += 1 + random.nextInt(5)) {
                final byte[] odd = datagrams.get(i);
                switch (random.nextInt(4)) {
                    case 0 -> odd[8 + 14 + 6] |= 0x20;
                    case 1 -> odd[odd.length - 1] ^= 1;
                    case 2 -> odd[8 + 13] = 6;
                    default -> odd[8 + 14] = 0x46;
                }
            }
            final List<byte[]> expected = new ArrayList<>();
            datagrams.forEach(d -> expected.add(Arrays.copyOfRange(d, 8, d.length)));
            final StringBuilder in = new StringBuilder();
            expected.forEach(f -> in.append(HexFormat.of().formatHex(f, f.length - 100, f.length)));
            final StringBuilder out = new StringBuilder();
            for (final byte[] frame : receive(datagrams, false)) {
                out.append(HexFormat.of().formatHex(frame, 12 + whole.headers(), frame.length));
            }
            assertEquals(in.toString(), out.toString());
        }
    }

    @Test
    void theUnfinishedChecksumOfAKernelPeerIsLeftToTheGuestsKernel() {
        final Random random = new Random(7);
        merger.guestMtu(1450);
        for (final boolean ipv4 : new boolean[] {true, false}) {
            final Superframe small = TestFrames.superframe(random, true, ipv4, 0, 0, 100, TestFrames.ACK);
            final byte[] got = receive(List.of(datagram(small)), false).getFirst();
            assertArrayEquals(small.bytes(), zeroHeaderLength(got));
            final int mss = 1450 - (small.headers() - small.networkOffset());
            // A whole superframe in one datagram, its segment size lost: the MTU gives it back.
            final Superframe whole = TestFrames.superframe(random, true, ipv4, 0, mss, 20_000, TestFrames.ACK);
            final byte[] uncut = receive(List.of(datagram(whole)), false).getFirst();
            assertEquals(ipv4 ? 1 : 4, uncut[1]);
            assertEquals(1450, (uncut[4] & 0xff | (uncut[5] & 0xff) << 8) + whole.headers() - whole.networkOffset());
        }
        assertEquals(4, merger.unfinished());
        assertEquals(2, merger.recovered());
    }

    @Test
    void aUdpSuperframeThatArrivedUncutKeepsTheSegmentSizeThatTheKernelTells() {
        final Superframe whole = TestFrames.superframe(new Random(8), false, true, 0, 1000, 9000, 0);
        final RecordingSinks.Frames sink = new RecordingSinks.Frames();
        final byte[] datagram = datagram(whole);
        final MemorySegment slab = slab(datagram);
        merger.decapsulate(slab, 64, datagram.length, 1000, Ecn.NOT_ECT, 0, sink);
        merger.endBurst(sink);
        assertEquals(1, sink.frames.size());
        assertArrayEquals(whole.bytes(), sink.frames.getFirst());
    }

    @Test
    void aWrongChecksumIsHandedOnUnmergedAndCounted() {
        final Superframe whole = TestFrames.superframe(new Random(9), true, true, 0, 1000, 5000, TestFrames.ACK);
        final List<byte[]> datagrams = send(whole.bytes());
        datagrams.get(2)[500] ^= 1;
        assertEquals(3, receive(datagrams, false).size());
        assertEquals(1, merger.wrongChecksums());
    }

    @Test
    void foreignAndBrokenDatagramsAreCountedDrops() {
        final RecordingSinks.Frames sink = new RecordingSinks.Frames();
        final byte[] good = datagram(TestFrames.superframe(new Random(10), true, true, 0, 0, 10, TestFrames.ACK));
        final byte[] otherNetwork = good.clone();
        otherNetwork[6] ^= 1;
        final byte[] noFlag = good.clone();
        noFlag[0] = 0;
        for (final byte[] datagram : List.of(otherNetwork, noFlag, Arrays.copyOf(good, 21), new byte[1])) {
            merger.decapsulate(slab(datagram), 64, datagram.length, 0, Ecn.NOT_ECT, 0, sink);
        }
        merger.endBurst(sink);
        assertEquals(0, sink.frames.size());
        assertEquals(1, merger.wrongNetwork());
        assertEquals(1, merger.badHeader());
        assertEquals(2, merger.truncated());
    }

    @Test
    void hostileSuperframesAreRefusedOrSentButNeverReadBeyond() {
        final Random random = new Random(11);
        final RecordingSinks.Datagrams sink = new RecordingSinks.Datagrams();
        long staged = 0;
        for (int round = 0; round < 200_000; round++) {
            final Superframe whole = TestFrames.superframe(
                    random,
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextInt(3),
                    random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(1400),
                    random.nextInt(3000),
                    random.nextInt(512));
            byte[] bytes = whole.bytes();
            for (int i = random.nextInt(4); i >= 0; i--) {
                final int place = random.nextInt(Math.min(bytes.length, random.nextBoolean() ? 12 : 110));
                bytes[place] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            // The slab ends where the frame ends: a read beyond it would throw.
            final int result = encapsulate(bytes, sink);
            if (result == Encapsulator.FULL) {
                segmenter.finish(sink);
                segmenter.flushed();
                sink.datagrams.clear();
                sink.trains.clear();
            } else if (result == Encapsulator.STAGED) {
                staged++;
            }
        }
        assertTrue(staged > 10_000);
        assertTrue(segmenter.malformed() > 10_000);
        assertTrue(segmenter.unsupportedOffload() > 1_000);
        assertTrue(segmenter.tooBig() > 1_000);
    }

    @Test
    void hostileDatagramsAreDroppedOrHandedOnButNeverReadBeyond() {
        final Random random = new Random(12);
        final RecordingSinks.Frames sink = new RecordingSinks.Frames();
        final Merger trusting = new Merger(arena, NETWORK, Merger.Checksums.TRUST_OUTER);
        for (int round = 0; round < 20_000; round++) {
            final Superframe whole = random(random, TestFrames.ACK);
            final List<byte[]> datagrams = send(whole.bytes());
            final int size = datagrams.getFirst().length;
            int length = 0;
            for (final byte[] datagram : datagrams) {
                length += datagram.length;
            }
            final byte[] bytes = new byte[length];
            int at = 0;
            for (final byte[] datagram : datagrams) {
                if (random.nextInt(3) == 0) {
                    datagram[random.nextInt(Math.min(datagram.length, 120))] = (byte) random.nextInt();
                }
                System.arraycopy(datagram, 0, bytes, at, datagram.length);
                at += datagram.length;
            }
            final int cut = random.nextInt(4) == 0 ? random.nextInt(length) : length;
            final int claimed = random.nextInt(8) == 0 ? random.nextInt(2000) : size;
            final Merger one = random.nextBoolean() ? merger : trusting;
            one.decapsulate(slab(Arrays.copyOf(bytes, cut)), 64, cut, claimed, Ecn.NOT_ECT, 0, sink);
            one.endBurst(sink);
            for (final byte[] frame : sink.frames) {
                assertTrue(frame.length <= 12 + 65_600);
            }
            sink.frames.clear();
        }
        assertTrue(merger.superframes() > 1000 && trusting.superframes() > 1000);
        assertTrue(merger.wrongChecksums() > 1000);
    }

    @Test
    void aFrameInSlicesIsSentLikeAContiguousOne() {
        final Superframe whole = TestFrames.superframe(new Random(13), true, false, 1, 1200, 30_000, TestFrames.ACK);
        final List<byte[]> direct = send(whole.bytes());
        final MemorySegment slab = slab(whole.bytes());
        final Frame frame = new Frame(arena, 8).wrap(slab, 64, 200, 8);
        frame.slices().addSeparately(slab.address() + 264, 10_000);
        frame.slices().addSeparately(slab.address() + 10_264, whole.bytes().length - 10_200);
        final RecordingSinks.Datagrams sink = new RecordingSinks.Datagrams();
        assertEquals(Encapsulator.STAGED, segmenter.encapsulate(frame, sink));
        assertEquals(Encapsulator.FULL, segmenter.encapsulate(frame, sink), "one gathered frame a flush");
        segmenter.finish(sink);
        segmenter.flushed();
        assertEquals(direct.size(), sink.datagrams.size());
        for (int i = 0; i < direct.size(); i++) {
            assertArrayEquals(direct.get(i), sink.datagrams.get(i));
        }
    }

    @Test
    void nothingIsAllocatedPerFrame() {
        final Superframe whole = TestFrames.superframe(new Random(14), true, true, 0, 1398, 60_000, TestFrames.ACK);
        final List<byte[]> datagrams = send(whole.bytes());
        final int size = datagrams.getFirst().length;
        final MemorySegment train = arena.allocate(70_000);
        long at = 0;
        for (final byte[] datagram : datagrams) {
            MemorySegment.copy(datagram, 0, train, ValueLayout.JAVA_BYTE, at, datagram.length);
            at += datagram.length;
        }
        final int bytes = (int) at;
        final MemorySegment slab = slab(whole.bytes());
        final DatagramSink nowhere = new DatagramSink() {
            @Override
            public void slice(long address, int length) {}

            @Override
            public void endTrain(int segmentSize, int count, int totalBytes, int ecn) {}
        };
        final Runnable work = () -> {
            for (int i = 0; i < 2000; i++) {
                segmenter.encapsulate(slab, 64, whole.bytes().length, nowhere);
                segmenter.finish(nowhere);
                segmenter.flushed();
                merger.decapsulate(train, 0, bytes, size, Ecn.NOT_ECT, 0, frame -> {});
                merger.endBurst(frame -> {});
            }
        };
        work.run();
        work.run();
        final var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        // A stray object per call would be 32 KB and more.
        assertTrue(allocated < 16_000, allocated + " bytes in 2000 rounds");
    }

    private Superframe random(Random random, int flags) {
        final int gsoSize = 50 + random.nextInt(1290);
        final boolean tcp = random.nextBoolean();
        final int payload = 1 + random.nextInt(Math.min(64_000, gsoSize * 64));
        return TestFrames.superframe(random, tcp, random.nextBoolean(), random.nextInt(3), gsoSize, payload, flags);
    }

    private static byte[] datagram(Superframe frame) {
        final byte[] bytes = new byte[frame.bytes().length - 4];
        System.arraycopy(HexFormat.of().parseHex("0800000012345600"), 0, bytes, 0, 8);
        System.arraycopy(frame.bytes(), 12, bytes, 8, bytes.length - 8);
        return bytes;
    }

    /// The header length is a hint that only superframes need.
    private static byte[] zeroHeaderLength(byte[] bytes) {
        bytes[2] = 0;
        bytes[3] = 0;
        return bytes;
    }

    /// Makes the checksums right again after a change.
    private static void repair(byte[] datagram, Superframe whole) {
        final int net = 8 + whole.networkOffset();
        final int l4 = 8 + whole.transportOffset();
        if (whole.ipv4()) {
            TestFrames.set16(datagram, net + 10, 0);
            TestFrames.set16(datagram, net + 10, ~TestFrames.naive(datagram, net, 20));
        }
        TestFrames.set16(datagram, l4 + 16, 0);
        final int length = datagram.length - l4;
        final long sum =
                TestFrames.pseudo(datagram, net, whole.ipv4(), 6, length) + TestFrames.naive(datagram, l4, length);
        TestFrames.set16(datagram, l4 + 16, ~(int) ((sum & 0xffff) + (sum >> 16)));
    }

    private MemorySegment slab(byte[] bytes) {
        final MemorySegment memory = Arena.ofAuto().allocate(64 + bytes.length, 64);
        kept = memory;
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 64, bytes.length);
        return memory;
    }

    /// Keeps the newest slab reachable: sinks see addresses only.
    @SuppressWarnings("UnusedVariable")
    private MemorySegment kept;

    private final List<MemorySegment> keptFrames = new ArrayList<>();

    private int encapsulate(byte[] bytes, DatagramSink sink) {
        final MemorySegment slab = slab(bytes);
        keptFrames.add(slab);
        if (keptFrames.size() > 5000) {
            keptFrames.subList(0, 2500).clear();
        }
        return segmenter.encapsulate(slab, 64, bytes.length, sink);
    }

    private List<byte[]> send(byte[] bytes) {
        final RecordingSinks.Datagrams sink = new RecordingSinks.Datagrams();
        assertEquals(Encapsulator.STAGED, encapsulate(bytes, sink));
        segmenter.finish(sink);
        segmenter.flushed();
        return sink.datagrams;
    }

    /// Receives datagrams one by one, or as trains of equal size where they are.
    private List<byte[]> receive(List<byte[]> datagrams, boolean trains) {
        final RecordingSinks.Frames sink = new RecordingSinks.Frames();
        int length = 0;
        for (final byte[] datagram : datagrams) {
            length += datagram.length;
        }
        final byte[] bytes = new byte[length];
        int at = 0;
        for (final byte[] datagram : datagrams) {
            System.arraycopy(datagram, 0, bytes, at, datagram.length);
            at += datagram.length;
        }
        final MemorySegment slab = slab(bytes);
        if (trains) {
            merger.decapsulate(slab, 64, length, datagrams.getFirst().length, Ecn.NOT_ECT, 0, sink);
        } else {
            long from = 64;
            for (final byte[] datagram : datagrams) {
                merger.decapsulate(slab, from, datagram.length, datagram.length, Ecn.NOT_ECT, 0, sink);
                from += datagram.length;
            }
        }
        merger.endBurst(sink);
        return sink.frames;
    }
}

package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

class VnetFormatTest {
    private static final int NETWORK = 42;
    private static final int CAPACITY = 1472;
    private static final int HEADROOM = 64;
    private static final int SLAB = 4 << 20;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment slab = arena.allocate(SLAB, 64);
    private final MemorySegment received = arena.allocate(SLAB, 64);
    private final DropCounters drops = new DropCounters();
    private final VnetPeer peer = new VnetPeer(() -> 1);
    private final VnetDecapsulator decapsulator = new VnetDecapsulator(arena, NETWORK, peer, drops);
    private final List<byte[]> delivered = new ArrayList<>();
    private long nowNs = 1;

    /// Of a node that started so many seconds after 1970.
    private VnetEncapsulator encapsulator(int startS) {
        VnetPeer sender = new VnetPeer(() -> startS * 1_000_000_000L);
        VnetEncapsulator encapsulator = new VnetEncapsulator(arena, NETWORK, sender, 0);
        encapsulator.datagramCapacity(CAPACITY);
        return encapsulator;
    }

    /// An ordinary frame: empty virtio_net_hdr, addresses, a type, random payload.
    private static byte[] frame(Random random, int length) {
        byte[] frame = new byte[VirtioNetHeader.LENGTH + length];
        random.nextBytes(frame);
        java.util.Arrays.fill(frame, 0, VirtioNetHeader.LENGTH, (byte) 0);
        return frame;
    }

    private List<byte[]> datagrams(VnetEncapsulator encapsulator, List<byte[]> frames) {
        DatagramCollector collector = new DatagramCollector();
        Frame view = new Frame(arena, 1);
        long at = HEADROOM;
        for (byte[] frame : frames) {
            MemorySegment.copy(frame, 0, slab, ValueLayout.JAVA_BYTE, at, frame.length);
            assertEquals(
                    Encapsulator.STAGED, encapsulator.encapsulate(view.wrap(slab, at, frame.length, 16), collector));
            at += frame.length + HEADROOM;
        }
        encapsulator.finish(collector);
        encapsulator.flushed();
        return collector.datagrams();
    }

    private void receive(List<byte[]> datagrams) {
        long at = HEADROOM;
        for (byte[] datagram : datagrams) {
            MemorySegment.copy(datagram, 0, received, ValueLayout.JAVA_BYTE, at, datagram.length);
            decapsulator.decapsulate(
                    received,
                    at,
                    datagram.length,
                    datagram.length,
                    Ecn.NOT_ECT,
                    nowNs,
                    frame -> delivered.add(DatagramCollector.bytes(frame.slices())));
            at += datagram.length;
        }
    }

    private void assertDelivered(List<byte[]> expected) {
        assertEquals(expected.size(), delivered.size());
        for (int i = 0; i < expected.size(); i++) {
            // The header's hint of its own length is rewritten on the way; it is 0 in these frames or says how much is
            // linear.
            assertArrayEquals(
                    java.util.Arrays.copyOfRange(expected.get(i), 12, expected.get(i).length),
                    java.util.Arrays.copyOfRange(delivered.get(i), 12, delivered.get(i).length),
                    "frame " + i);
        }
    }

    @Test
    void writesTheHeaderAsSpecified() {
        byte[] frame = frame(new Random(1), 1000);
        byte[] datagram = datagrams(encapsulator(5), List.of(frame)).getFirst();
        // version 2, last chunk, network 42; length 1012 << 15 | lane 0 | hops 16; number 5 << 23, index 0
        assertEquals(
                "2200002a" + "01fa0010" + "0000000500000000", HexFormat.of().formatHex(datagram, 0, 16));
        assertEquals(16 + 12 + 1000, datagram.length);
    }

    @Test
    void carriesFramesOfEverySizeUnchanged() {
        Random random = new Random(2);
        VnetEncapsulator encapsulator = encapsulator(1);
        for (int length = 14; length < 65_500; length += 1 + random.nextInt(400)) {
            delivered.clear();
            List<byte[]> frames = List.of(frame(random, length));
            receive(datagrams(encapsulator, frames));
            assertDelivered(frames);
        }
        assertEquals(0, drops.sum());
        assertEquals(0, decapsulator.copiedChunks(), "frames in order are not copied");
    }

    @Test
    void numbersTheChunksOfTheLongestFrameInTheSmallestDatagrams() {
        VnetEncapsulator encapsulator = encapsulator(1);
        encapsulator.datagramCapacity(VnetHeader.LENGTH + VnetEncapsulator.MIN_CHUNK);
        List<byte[]> frames = List.of(frame(new Random(20), Frame.MAX_LENGTH));
        List<byte[]> datagrams = datagrams(encapsulator, frames);
        assertEquals(
                datagrams.size() - 1, VnetHeader.index(VnetHeader.back(MemorySegment.ofArray(datagrams.getLast()), 0)));
        Collections.shuffle(datagrams, new Random(21));
        receive(datagrams);
        assertDelivered(frames);
        assertEquals(0, drops.sum());
    }

    @Test
    void bundlesSmallFramesOfOneVisitAndKeepsTheirOrder() {
        Random random = new Random(3);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            frames.add(frame(random, 60 + random.nextInt(100)));
        }
        List<byte[]> datagrams = datagrams(encapsulator(1), frames);
        assertTrue(datagrams.size() < 10, datagrams.size() + " datagrams");
        for (int i = 0; i < datagrams.size() - 1; i++) {
            assertEquals(datagrams.getFirst().length, datagrams.get(i).length, "one size, for one segmented send");
        }
        receive(datagrams);
        assertDelivered(frames);
        assertEquals(0, drops.sum());
    }

    @Test
    void putsAFrameTogetherWhoseChunksArriveInAnyOrder() {
        Random random = new Random(4);
        VnetEncapsulator encapsulator = encapsulator(1);
        for (int i = 0; i < 200; i++) {
            delivered.clear();
            List<byte[]> frames = List.of(frame(random, 2000 + random.nextInt(60_000)));
            List<byte[]> datagrams = datagrams(encapsulator, frames);
            Collections.shuffle(datagrams, random);
            receive(datagrams);
            assertDelivered(frames);
        }
        assertEquals(0, drops.sum());
    }

    @Test
    void dropsRepeatedDatagramsAndDeliversOnce() {
        List<byte[]> frames = List.of(frame(new Random(5), 20_000));
        List<byte[]> datagrams = datagrams(encapsulator(1), frames);
        List<byte[]> twice = new ArrayList<>(datagrams);
        twice.addAll(datagrams);
        receive(twice);
        assertDelivered(frames);
        assertEquals(datagrams.size(), drops.get(DropReason.REPLAYED));
    }

    @Test
    void givesUpAFrameThatMissesAChunkAndGoesOn() {
        Random random = new Random(6);
        VnetEncapsulator encapsulator = encapsulator(1);
        List<byte[]> lossy = datagrams(encapsulator, List.of(frame(random, 20_000)));
        lossy.remove(3);
        receive(lossy);
        assertEquals(0, delivered.size());
        List<byte[]> next = List.of(frame(random, 20_000));
        receive(datagrams(encapsulator, next));
        assertDelivered(next);
        nowNs += 10 * VnetDecapsulator.REASSEMBLY_TIMEOUT_NS;
        decapsulator.expire(nowNs);
        assertEquals(1, drops.get(DropReason.REASSEMBLY_TIMEOUT));
    }

    @Test
    void evictsTheOldestUnfinishedFrameWhenTooManyAreUnfinished() {
        Random random = new Random(7);
        VnetEncapsulator encapsulator = encapsulator(1);
        for (int i = 0; i < 20; i++) {
            List<byte[]> lossy = datagrams(encapsulator, List.of(frame(random, 20_000)));
            lossy.remove(3);
            nowNs++;
            receive(lossy);
        }
        assertEquals(20 - VnetDecapsulator.REASSEMBLIES, drops.get(DropReason.REASSEMBLY_EVICTED));
    }

    @Test
    void acceptsASenderThatStartsAnewWhateverItsNumbers() {
        Random random = new Random(8);
        VnetEncapsulator first = encapsulator(1);
        for (int i = 0; i < 300; i++) {
            receive(datagrams(first, List.of(frame(random, 30_000))));
        }
        delivered.clear();
        List<byte[]> frames = List.of(frame(random, 30_000));
        receive(datagrams(encapsulator(2), frames));
        assertDelivered(frames);
    }

    @Test
    void refusesWhatIsNotForItUnderItsReason() {
        byte[] good =
                datagrams(encapsulator(1), List.of(frame(new Random(10), 1000))).getFirst();
        assertRefused(DropReason.BAD_VERSION, good, 0, 0x10);
        assertRefused(DropReason.BAD_VERSION, good, 0, 0x30);
        assertRefused(DropReason.BAD_VERSION, good, 0, 0x28);
        assertEquals(1, drops.last().read(DropReason.BAD_VERSION).first(), "of three within a millisecond");
        assertRefused(DropReason.WRONG_NETWORK, good, 3, 43);
        assertEquals(43, drops.last().read(DropReason.WRONG_NETWORK).first());
        byte[] vxlan = new byte[100];
        vxlan[0] = 8;
        receive(List.of(vxlan));
        assertEquals(1, drops.get(DropReason.OTHER_FORMAT));
        assertRefused(DropReason.HOP_LIMIT, good, 7, 0);
        assertRefused(DropReason.OVERSIZE, good, 4, 0xFF);
        assertRefused(DropReason.MALFORMED, good, 0, 0x20);
        assertRefused(DropReason.MALFORMED, good, 15, 1);
        assertRefused(DropReason.BAD_OFFLOAD, good, 16 + VirtioNetHeader.GSO_TYPE_FIELD_OFFSET, 1);
        receive(List.of(java.util.Arrays.copyOf(good, 16)));
        assertEquals(1, drops.get(DropReason.TRUNCATED));
        assertEquals(0, delivered.size());
    }

    private int number = 1000;

    private void assertRefused(DropReason reason, byte[] good, int at, int value) {
        byte[] bad = good.clone();
        // Its own number, so that it is no replay.
        MemorySegment header = MemorySegment.ofArray(bad);
        VnetHeader.encode(header, 0, VnetHeader.front(header, 0), VnetHeader.back(++number, 0));
        bad[at] = (byte) value;
        long before = drops.get(reason);
        receive(List.of(bad));
        assertEquals(before + 1, drops.get(reason), reason.toString());
    }

    @Test
    void losesNoFrameOfASlabThatIsTakenAwayInTheMiddleOfAFrame() {
        List<byte[]> frames = List.of(frame(new Random(11), 50_000));
        List<byte[]> datagrams = datagrams(encapsulator(1), frames);
        receive(datagrams.subList(0, 10));
        assertTrue(decapsulator.holds());
        decapsulator.letGo(nowNs);
        received.fill((byte) 0x55);
        receive(datagrams.subList(10, datagrams.size()));
        assertDelivered(frames);
    }
}

package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;

/// A million mutated datagrams: none throws, none makes a decapsulator write or point outside its
/// buffers.
class DatagramFuzzTest {
    private static final int DATAGRAMS = 600_000;
    private static final int GUARD = 256;
    private static final byte GUARD_BYTE = 0x5a;
    private static final int SLOT = 65_536;
    private static final int NETWORK = 42;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment whole = arena.allocate(GUARD + SLOT + GUARD, 64);
    private final MemorySegment slab = whole.asSlice(GUARD, SLOT);
    private final List<byte[]> corpus = new ArrayList<>();
    private final MemorySegment answer = arena.allocate(Decapsulator.ANSWER_LENGTH, 8);
    private long handedOut;

    @Test
    void vnetDecapsulatorSurvives() {
        DropCounters drops = new DropCounters();
        VnetPeer peer = new VnetPeer(() -> 0);
        VnetEncapsulator encapsulator = new VnetEncapsulator(arena, NETWORK, peer, 0);
        collect(encapsulator, 40);
        VnetDecapsulator decapsulator = new VnetDecapsulator(arena, NETWORK, peer, drops);
        fuzz(new Random(1), decapsulator);
        assertTrue(handedOut > DATAGRAMS / 100, handedOut + " frames handed out");
        assertTrue(drops.sum() > DATAGRAMS / 100, drops.sum() + " drops");
    }

    @Test
    void vxlanDecapsulatorSurvives() {
        Segmenter segmenter = new Segmenter(arena, NETWORK, 1472);
        collect(segmenter, 40);
        Merger merger = new Merger(arena, NETWORK, Merger.Checksums.TRUST_OUTER);
        fuzz(new Random(2), merger);
        assertTrue(handedOut > DATAGRAMS / 100, handedOut + " frames handed out");
    }

    private void collect(Encapsulator encapsulator, int frames) {
        Random random = new Random(3);
        MemorySegment source = arena.allocate(80_000, 64);
        Frame view = new Frame(arena, 1);
        DatagramCollector collector = new DatagramCollector();
        for (int i = 0; i < frames; i++) {
            int length = random.nextBoolean() ? 60 + random.nextInt(300) : 60 + random.nextInt(1300);
            MemorySegment frame = source.asSlice(64, 12 + length);
            for (int at = 0; at < 12 + length; at++) {
                frame.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
            VirtioNetHeader.clear(source, 64);
            tcpHeader(source, 64 + 12, length);
            if (encapsulator.encapsulate(view.wrap(source, 64, 12 + length, 16), collector) == Encapsulator.STAGED
                    && i % 3 == 0) {
                encapsulator.finish(collector);
                encapsulator.flushed();
            }
        }
        encapsulator.finish(collector);
        encapsulator.flushed();
        if (encapsulator instanceof VnetEncapsulator) {
            for (int length = 3000; length < 60_000; length += 9000) {
                VirtioNetHeader.clear(source, 64);
                encapsulator.encapsulate(view.wrap(source, 64, 12 + length, 16), collector);
                encapsulator.finish(collector);
                encapsulator.flushed();
            }
        }
        corpus.addAll(collector.datagrams());
        assertTrue(corpus.size() > 10);
    }

    /// Makes a frame look like TCP over IPv4, so that mutations reach deep.
    private static void tcpHeader(MemorySegment frame, long at, int length) {
        byte[] header = {8, 0, 0x45, 0, (byte) (length - 14 >>> 8), (byte) (length - 14), 0, 1, 0x40, 0, 64, 6};
        MemorySegment.copy(header, 0, frame, ValueLayout.JAVA_BYTE, at + 12, header.length);
        frame.set(ValueLayout.JAVA_BYTE, at + 14 + 20 + 12, (byte) 0x50);
    }

    private void fuzz(Random random, Decapsulator decapsulator) {
        whole.fill(GUARD_BYTE);
        FrameSink check = this::check;
        for (int i = 0; i < DATAGRAMS; ) {
            int used = 0;
            int datagrams = random.nextInt(3) == 0 ? 1 + random.nextInt(30) : 1;
            int size = 0;
            int start = random.nextInt(corpus.size());
            boolean inOrder = random.nextBoolean();
            long nowNs = i * 1_000_000L;
            for (int k = 0; k < datagrams; k++) {
                byte[] datagram = mutate(
                        corpus.get(inOrder ? (start + k) % corpus.size() : random.nextInt(corpus.size())), random, i);
                if (used + datagram.length > SLOT || k > 0 && datagram.length > size) {
                    break;
                }
                MemorySegment.copy(datagram, 0, slab, ValueLayout.JAVA_BYTE, used, datagram.length);
                size = k == 0 ? datagram.length : size;
                used += datagram.length;
                i++;
                if (datagram.length < size) {
                    break;
                }
            }
            if (used == 0) {
                i++;
                continue;
            }
            decapsulator.answer(answer, nowNs);
            decapsulator.decapsulate(
                    slab,
                    0,
                    used,
                    random.nextInt(20) == 0 ? 1 + random.nextInt(3000) : size,
                    random.nextInt(8),
                    nowNs,
                    check);
            if (random.nextInt(4) == 0) {
                decapsulator.endBurst(check);
                decapsulator.letGo(nowNs);
            } else if (decapsulator.holds()) {
                decapsulator.endBurst(check);
                decapsulator.letGo(nowNs);
            }
            if (random.nextInt(1000) == 0) {
                decapsulator.expire(nowNs + (random.nextBoolean() ? 0 : 1_000_000_000L));
            }
        }
        for (int i = 0; i < GUARD; i++) {
            assertEquals(GUARD_BYTE, whole.get(ValueLayout.JAVA_BYTE, i), "guard before the slab");
            assertEquals(GUARD_BYTE, whole.get(ValueLayout.JAVA_BYTE, GUARD + SLOT + i), "guard behind the slab");
        }
    }

    private static byte[] mutate(byte[] original, Random random, int number) {
        byte[] datagram = original.clone();
        if (datagram.length > VnetHeader.LENGTH && random.nextInt(8) != 0) {
            // A fresh number, or nearly all would be replays.
            MemorySegment header = MemorySegment.ofArray(datagram);
            int index = VnetHeader.index(VnetHeader.back(header, 0));
            VnetHeader.encode(header, 0, VnetHeader.front(header, 0), VnetHeader.back(number, index));
        }
        int changes = Math.max(0, random.nextInt(6) - 2);
        for (int i = 0; i < changes; i++) {
            int within = random.nextBoolean() ? Math.min(datagram.length, 80) : datagram.length;
            int at = random.nextInt(within);
            datagram[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) random.nextInt();
                case 1 -> (byte) 0xff;
                case 2 -> 0;
                default -> (byte) (datagram[at] ^ 1 << random.nextInt(8));
            };
        }
        return random.nextInt(10) == 0
                ? java.util.Arrays.copyOf(datagram, 1 + random.nextInt(datagram.length))
                : datagram;
    }

    private void check(Frame frame) {
        handedOut++;
        assertTrue(frame.length() >= VirtioNetHeader.LENGTH + 14 && frame.length() <= Frame.MAX_LENGTH + 12);
        ScatterList slices = frame.slices();
        long first = slab.address();
        int sum = 0;
        for (int i = 0; i < slices.count(); i++) {
            long address = slices.sliceAddress(i);
            int length = slices.sliceLength(i);
            assertTrue(length > 0);
            boolean inSlab = address >= first && address + length <= first + SLOT;
            boolean inHead = address >= frame.head().address()
                    && address + length <= frame.head().address() + frame.head().byteSize();
            assertTrue(inSlab || inHead, "slice outside of every buffer");
            sum += length;
        }
        assertEquals(frame.length(), sum);
    }
}

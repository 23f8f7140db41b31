package org.vnetp.overlay.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FrameDigestTest {
    private static final int ETHERNET = 14;
    private static final int UDP = ETHERNET + 20;

    private final FrameDigest digest = new FrameDigest(Arena.ofAuto());
    private final MemorySegment slab = Arena.ofAuto().allocate(4096);
    private final Frame frame = new Frame(Arena.ofAuto(), 8);

    /// A broadcast UDP datagram.
    private static byte[] datagram(int payload) {
        byte[] bytes = new byte[UDP + 8 + payload];
        new Random(7).nextBytes(bytes);
        bytes[12] = 0x08;
        bytes[13] = 0x00;
        bytes[ETHERNET] = 0x45;
        put16(bytes, ETHERNET + 2, bytes.length - ETHERNET);
        put16(bytes, ETHERNET + 6, 0);
        bytes[ETHERNET + 9] = 17;
        put16(bytes, UDP + 4, 8 + payload);
        return bytes;
    }

    private static void put16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 8);
        bytes[at + 1] = (byte) value;
    }

    private long of(byte[] bytes) {
        MemorySegment.copy(bytes, 0, slab, ValueLayout.JAVA_BYTE, VirtioNetHeader.LENGTH, bytes.length);
        return digest.of(frame.wrap(slab, 0, VirtioNetHeader.LENGTH + bytes.length, 1));
    }

    /// The same bytes in three slices, the first of which holds the headers alone.
    private long sliced(byte[] bytes) {
        MemorySegment.copy(bytes, 0, slab, ValueLayout.JAVA_BYTE, VirtioNetHeader.LENGTH, bytes.length);
        int headers = VirtioNetHeader.LENGTH + UDP + 8;
        frame.wrap(slab, 0, headers, 1);
        frame.slices().addSeparately(slab.address() + headers, 21);
        frame.slices()
                .addSeparately(slab.address() + headers + 21, VirtioNetHeader.LENGTH + bytes.length - headers - 21);
        return digest.of(frame);
    }

    private static byte[] changed(byte[] bytes, Consumer<byte[]> change) {
        byte[] copy = bytes.clone();
        change.accept(copy);
        return copy;
    }

    @Test
    void isTheSameHoweverTheFrameIsSliced() {
        for (int payload : new int[] {22, 60, 300, 1400}) {
            byte[] bytes = datagram(payload);
            assertEquals(of(bytes), sliced(bytes), payload + " bytes");
        }
    }

    @Test
    void checksumsAndLengthsDoNotCount() {
        byte[] bytes = datagram(600);
        long expected = of(bytes);
        assertEquals(expected, of(changed(bytes, b -> b[UDP + 6] ^= 1)), "UDP checksum");
        assertEquals(expected, of(changed(bytes, b -> b[ETHERNET + 10] ^= 1)), "IP checksum");
        // Two datagrams of one flow in a superframe begin as the first of them.
        byte[] longer = datagram(1200);
        System.arraycopy(bytes, 0, longer, 0, bytes.length);
        put16(longer, ETHERNET + 2, longer.length - ETHERNET);
        put16(longer, UDP + 4, 8 + 1200);
        assertEquals(expected, of(longer));
    }

    @Test
    void allElseCounts() {
        byte[] bytes = datagram(600);
        long expected = of(bytes);
        for (int at = 0; at < FrameDigest.COVERED; at++) {
            boolean blank = at == ETHERNET + 2
                    || at == ETHERNET + 3
                    || at == ETHERNET + 10
                    || at == ETHERNET + 11
                    || at >= UDP + 4 && at < UDP + 8;
            // What changes the frame's kind changes what is left out.
            boolean kind = at == 12 || at == 13 || at == ETHERNET || at == ETHERNET + 9;
            if (!blank && !kind) {
                int changed = at;
                assertNotEquals(expected, of(changed(bytes, b -> b[changed] ^= 4)), "byte " + at);
            }
        }
    }

    @Test
    void anyFrameHasOne() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = datagram(random.nextInt(400));
            for (int n = random.nextInt(6); n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            byte[] cut = Arrays.copyOf(bytes, ETHERNET + random.nextInt(bytes.length - ETHERNET + 1));
            assertEquals(of(cut), of(cut));
        }
    }
}

package org.vnetp.overlay.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    @Test
    void anIpv4HeaderHasTheChecksumWorkedOutByHand() {
        // 4500+0073+0000+4000+4011+0000+c0a8+0001+c0a8+00c7 = 2479c, folded 479e, complement b861
        final MemorySegment header = of(HexFormat.of().parseHex("450000730000400040110000c0a80001c0a800c7"));
        assertEquals(0x479e, InternetChecksum.sum(header, 0, 20));
        assertEquals(0xb861, InternetChecksum.complement(InternetChecksum.sum(header, 0, 20)));
    }

    @Test
    void anySumIsThatOfTheWordsOneByOne() {
        final Random random = new Random(1);
        for (int round = 0; round < 20_000; round++) {
            final byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (round % 5 == 0) {
                java.util.Arrays.fill(bytes, (byte) 0xff);
            }
            final int from = random.nextInt(bytes.length + 1);
            final int length = random.nextInt(bytes.length - from + 1);
            long sum = 0;
            for (int i = 0; i < length; i++) {
                sum += (long) (bytes[from + i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
            }
            while (sum > 0xffff) {
                sum = (sum & 0xffff) + (sum >> 16);
            }
            assertEquals(sum, InternetChecksum.sum(of(bytes), from, length));
        }
    }

    @Test
    void udpNeverSendsAChecksumOfZero() {
        assertEquals(0, InternetChecksum.complement(0xffff));
        assertEquals(0xffff, InternetChecksum.complementUdp(0xffff));
    }

    private static MemorySegment of(byte[] bytes) {
        final MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }
}

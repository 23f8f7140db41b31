package org.vnetp.overlay.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TooBigAnswerTest {
    private static final String MACS = "020000000002020000000001";
    private static final String IPV4 = "0800" + "450005dc1234400040062222" + "0a000001" + "0a000002";
    private static final String TCP = "1234567811111111222222225010ffff00000000";
    private static final String IPV6 =
            "86dd" + "6000000005b40640" + "fd000000000000000000000000000001" + "fd000000000000000000000000000002";

    private final TooBigAnswer answers = new TooBigAnswer(10, 5);
    private final MemorySegment out = Arena.ofAuto().allocate(TooBigAnswer.MAX_LENGTH);

    @Test
    void anIpv4PacketGetsFragmentationNeededFromItsDestination() {
        final byte[] frame = frame(MACS + IPV4 + TCP, 14 + 1500);
        final byte[] answer = build(frame, frame.length, 1400);
        assertEquals("000000000000000000000000", hex(answer, 0, 12));
        assertEquals("0200000000010200000000020800", hex(answer, 12, 26), "back to the sender");
        assertEquals("0a0000020a000001", hex(answer, 38, 46), "from the destination");
        assertEquals(0xffff, naive(answer, 26, 20), "IP checksum");
        assertEquals("0304", hex(answer, 46, 48));
        assertEquals("00000578", hex(answer, 50, 54), "next hop's MTU");
        assertEquals(0xffff, naive(answer, 46, answer.length - 46), "ICMP checksum");
        assertEquals(hex(frame, 14, 14 + 520), hex(answer, 54, answer.length), "quotes the packet");
        assertEquals(548 + 12 + 14, answer.length);
    }

    @Test
    void anIpv6PacketGetsPacketTooBig() {
        final byte[] frame = frame(MACS + IPV6 + TCP, 14 + 1500);
        final byte[] answer = build(frame, frame.length, 1400);
        assertEquals("02000000000102000000000286dd", hex(answer, 12, 26));
        assertEquals("fd000000000000000000000000000002fd000000000000000000000000000001", hex(answer, 34, 66));
        assertEquals("0200", hex(answer, 66, 68));
        assertEquals("00000578", hex(answer, 70, 74));
        final byte[] pseudo = new byte[40];
        System.arraycopy(answer, 34, pseudo, 0, 32);
        pseudo[34] = (byte) (answer.length - 66 >> 8);
        pseudo[35] = (byte) (answer.length - 66);
        pseudo[39] = 58;
        final int sum = naive(pseudo, 0, 40) + naive(answer, 66, answer.length - 66);
        assertEquals(0xffff, (sum & 0xffff) + (sum >> 16), "ICMPv6 checksum");
    }

    @Test
    void theAnswerCarriesTheVlanTagsOfThePacket() {
        final byte[] frame = frame(MACS + "88a80007" + "81000064" + IPV4 + TCP, 22 + 1500);
        final byte[] answer = build(frame, frame.length, 1400);
        assertEquals("88a80007810000640800", hex(answer, 24, 34));
        assertEquals("0304", hex(answer, 54, 56));
        assertEquals("00000570", hex(answer, 58, 62), "what fits beside two tags");
        final byte[] ipv6 = frame(MACS + "81000064" + IPV6 + TCP, 18 + 1500);
        assertEquals("00000500", hex(build(ipv6, ipv6.length, 1284), 74, 78));
        assertEquals(0, build(ipv6, ipv6.length, 1283).length, "no link for IPv6, with the tag");
    }

    @Test
    void headersAloneAreEnoughOfASuperframe() {
        final byte[] frame = frame(MACS + IPV4.replace("05dc", "fde8") + TCP, 54);
        assertEquals(12 + 14 + 28 + 40, build(frame, 14 + 0xfde8, 1400).length);
    }

    @Test
    void thereAreSendersThatMustGetNoAnswer() {
        final String[] silent = {
            "ffffffffffff020000000001" + IPV4 + TCP,
            "010000000002020000000001" + IPV4 + TCP,
            MACS + "0806" + "0001080006040001",
            MACS + IPV4.replace("0a000001", "00000000") + TCP,
            MACS + IPV4.replace("0a000002", "e0000001") + TCP,
            MACS + IPV4.replace("0a000002", "ffffffff") + TCP,
            MACS + IPV4.replace("12344000", "12340001") + TCP,
            MACS + IPV4.replace("4006", "4001") + "0300" + TCP,
            MACS + IPV4.replace("4006", "4001") + "0b00" + TCP,
            MACS + IPV6.replace("0640", "3a40") + "0200" + TCP,
            MACS + IPV6.replace("fd000000000000000000000000000001", "00000000000000000000000000000000") + TCP,
            MACS + IPV6.replace("fd000000000000000000000000000002", "ff020000000000000000000000000001") + TCP
        };
        for (final String hex : silent) {
            final byte[] frame = frame(hex, 14 + 1500);
            assertEquals(0, build(frame, frame.length, 1400).length, hex);
        }
        final byte[] ping = frame(MACS + IPV4.replace("4006", "4001") + "0800" + TCP, 14 + 1500);
        assertTrue(build(ping, ping.length, 1400).length > 0, "an echo request is no error");
        assertEquals(silent.length, answers.unanswerable());
    }

    @Test
    void answersAreLimitedInTime() {
        final byte[] frame = frame(MACS + IPV4 + TCP, 14 + 1500);
        final MemorySegment slab = slab(frame);
        int given = 0;
        for (int i = 0; i < 1000; i++) {
            given += answers.build(slab, 0, frame.length, frame.length, 1400, out, 0, i * 1_000_000L) > 0 ? 1 : 0;
        }
        assertEquals(5 + 9, given, "five at once, then ten a second");
        assertEquals(1000 - given, answers.limited());
    }

    @Test
    void noFrameMakesItReadOrWriteBeyond() {
        final Random random = new Random(1);
        final String[] good = {MACS + IPV4 + TCP, MACS + IPV6 + TCP, MACS + "81000064" + IPV6 + TCP};
        long now = 0;
        for (int round = 0; round < 200_000; round++) {
            final byte[] frame = frame(good[round % 3], 60 + random.nextInt(600));
            for (int i = random.nextInt(4); i > 0; i--) {
                frame[random.nextInt(80) % frame.length] = (byte) random.nextInt();
            }
            final int available = random.nextInt(frame.length + 1);
            now += 1_000_000_000L;
            answers.build(
                    slab(Arrays.copyOf(frame, available)),
                    0,
                    available + random.nextInt(2000),
                    available,
                    random.nextInt(70_000),
                    out,
                    0,
                    now);
        }
        assertTrue(answers.answered() > 1000);
    }

    private byte[] build(byte[] frame, int length, int mtu) {
        final long now = ++second * 1_000_000_000L;
        final int bytes = answers.build(slab(frame), 0, length, frame.length, mtu, out, 0, now);
        return out.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
    }

    private long second;

    private static byte[] frame(String hex, int length) {
        return Arrays.copyOf(HexFormat.of().parseHex(hex), length);
    }

    private static String hex(byte[] bytes, int from, int to) {
        return HexFormat.of().formatHex(bytes, from, to);
    }

    private static int naive(byte[] bytes, int from, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return sum;
    }

    private static MemorySegment slab(byte[] bytes) {
        final MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }
}

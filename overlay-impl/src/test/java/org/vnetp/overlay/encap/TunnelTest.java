package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.OffloadCheck;
import org.vnetp.overlay.frame.TunnelCutter;
import org.vnetp.overlay.frame.TunnelFrame;

/// Superframes inside a guest's own tunnel: what is refused, and what they become when they are cut.
class TunnelTest {
    private static final int VIRTIO = 12;
    private static final int TUNNEL_CHECKSUM = 8;

    private final Arena arena = Arena.ofAuto();
    private final Random random = new Random(7);

    /// @param bytes   virtio_net_hdr and frame
    /// @param network where the outer IP header begins, counted from the Ethernet header
    private record Tunnelled(
            byte[] bytes, int network, int outer, int inner, int start, int headers, boolean ipv4, boolean tcp) {}

    private Tunnelled tunnelled(boolean outerIpv4, boolean tcp, boolean ipv4, int tags, boolean checksum, int payload) {
        final TestFrames.Superframe inside =
                TestFrames.superframe(random, tcp, ipv4, 0, 1000, payload, tcp ? 0x99 : 0); // CWR, ACK, PSH, FIN
        final byte[] frame = Arrays.copyOfRange(inside.bytes(), VIRTIO, inside.bytes().length);
        final int udp = 8 + 8 + frame.length;
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3});
        for (int i = 0; i < tags; i++) {
            out.writeBytes(new byte[] {(byte) 0x81, 0, 0, 7});
        }
        out.writeBytes(outerIpv4 ? new byte[] {8, 0} : new byte[] {(byte) 0x86, (byte) 0xdd});
        final int network = out.size();
        final byte[] ip = new byte[outerIpv4 ? 20 : 40];
        if (outerIpv4) {
            ip[0] = 0x45;
            TestFrames.set16(ip, 2, 20 + udp);
            TestFrames.set16(ip, 4, 0xfffe);
            ip[8] = 64;
            ip[9] = 17;
            TestFrames.set16(ip, 12, 0x0a4d);
            TestFrames.set16(ip, 18, 0x1234);
        } else {
            ip[0] = 0x60;
            TestFrames.set16(ip, 4, udp);
            ip[6] = 17;
            ip[8] = (byte) 0xfd;
            ip[24] = (byte) 0xfd;
        }
        out.writeBytes(ip);
        final int outer = out.size();
        final byte[] head = new byte[16];
        TestFrames.set16(head, 0, 50_000);
        TestFrames.set16(head, 2, 4790);
        TestFrames.set16(head, 4, udp);
        head[8] = 8;
        out.writeBytes(head);
        final int innerFrame = out.size();
        out.writeBytes(frame);
        final byte[] bytes = new byte[VIRTIO + out.size()];
        System.arraycopy(out.toByteArray(), 0, bytes, VIRTIO, out.size());
        if (outerIpv4) {
            TestFrames.set16(bytes, VIRTIO + network + 10, ~TestFrames.naive(bytes, VIRTIO + network, 20) & 0xffff);
        }
        final int inner = innerFrame + inside.networkOffset();
        final int start = innerFrame + inside.transportOffset();
        bytes[0] = (byte) (1 | (checksum ? TUNNEL_CHECKSUM : 0));
        bytes[1] = (byte) (inside.bytes()[1] | (outerIpv4 ? 0x20 : 0x40));
        little(bytes, 2, inner);
        little(bytes, 4, 1000);
        little(bytes, 6, start);
        little(bytes, 8, tcp ? 16 : 6);
        little(bytes, 10, outer);
        return new Tunnelled(bytes, network, outer, inner, start, innerFrame + inside.headers(), ipv4, tcp);
    }

    private static void little(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
    }

    private MemorySegment memory(byte[] bytes) {
        final MemorySegment memory = arena.allocate(64 + bytes.length, 64);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 64, bytes.length);
        return memory;
    }

    @ParameterizedTest
    @CsvSource({
        "true, true, true, 0, false", "true, true, false, 0, true", "false, true, true, 1, true",
        "false, true, false, 2, false", "true, false, true, 1, true", "false, false, false, 0, true"
    })
    void theCutterMakesWhatTheKernelWould(boolean outerIpv4, boolean tcp, boolean ipv4, int tags, boolean checksum) {
        final Tunnelled whole = tunnelled(outerIpv4, tcp, ipv4, tags, checksum, 40_321);
        final MemorySegment memory = memory(whole.bytes());
        final Frame frame = new Frame(arena, 4).wrap(memory, 64, whole.bytes().length, 5);
        assertEquals(whole.headers(), TunnelFrame.headers(memory, 64, whole.bytes().length, whole.bytes().length));
        // As the chunks of a link: the payload lies in slices of its own.
        final Frame sliced = new Frame(arena, 4).wrap(memory, 64, 1456, 5);
        sliced.slices().addSeparately(memory.address() + 64 + 1456, 20_000);
        sliced.slices().addSeparately(memory.address() + 64 + 21_456, whole.bytes().length - 21_456);
        for (final Frame given : new Frame[] {frame, sliced}) {
            final TunnelCutter cutter = new TunnelCutter();
            final int count = cutter.cut(given);
            assertEquals(41, count);
            final ByteArrayOutputStream payload = new ByteArrayOutputStream();
            for (int i = 0; i < count; i++) {
                final Frame piece = cutter.frame(i);
                assertEquals(5, piece.hopLimit());
                final byte[] bytes =
                        piece.head().asSlice(piece.offset(), piece.length()).toArray(ValueLayout.JAVA_BYTE);
                assertArrayEquals(new byte[VIRTIO], Arrays.copyOf(bytes, VIRTIO));
                check(whole, Arrays.copyOfRange(bytes, VIRTIO, bytes.length), i, i == count - 1, outerIpv4, checksum);
                payload.write(bytes, VIRTIO + whole.headers(), bytes.length - VIRTIO - whole.headers());
            }
            assertArrayEquals(
                    Arrays.copyOfRange(whole.bytes(), VIRTIO + whole.headers(), whole.bytes().length),
                    payload.toByteArray());
        }
    }

    private static void check(
            Tunnelled whole, byte[] piece, int index, boolean last, boolean outerIpv4, boolean checksum) {
        final byte[] was = Arrays.copyOfRange(whole.bytes(), VIRTIO, whole.bytes().length);
        assertEquals(piece.length - whole.outer(), TestFrames.get16(piece, whole.outer() + 4));
        assertTrue(TestFrames.checksumsRight(piece, whole.inner(), whole.start(), whole.ipv4(), whole.tcp()));
        if (checksum) {
            assertTrue(TestFrames.checksumsRight(piece, whole.network(), whole.outer(), outerIpv4, false));
        } else {
            assertEquals(0, TestFrames.get16(piece, whole.outer() + 6));
        }
        if (outerIpv4) {
            assertEquals(0xffff, TestFrames.naive(piece, whole.network(), 20));
            assertEquals(piece.length - whole.network(), TestFrames.get16(piece, whole.network() + 2));
            assertEquals(0xfffe + index & 0xffff, TestFrames.get16(piece, whole.network() + 4));
        } else {
            assertEquals(piece.length - whole.network() - 40, TestFrames.get16(piece, whole.network() + 4));
        }
        assertEquals(
                piece.length - whole.inner() - (whole.ipv4() ? 0 : 40),
                TestFrames.get16(piece, whole.inner() + (whole.ipv4() ? 2 : 4)));
        if (whole.tcp()) {
            assertEquals(
                    TestFrames.get32(was, whole.start() + 4) + index * 1000,
                    TestFrames.get32(piece, whole.start() + 4));
            final int flags = piece[whole.start() + 13] & 0xff;
            assertEquals(0x10 | (index == 0 ? 0x80 : 0) | (last ? 0x09 : 0), flags);
        } else {
            assertEquals(piece.length - whole.start(), TestFrames.get16(piece, whole.start() + 4));
        }
    }

    /// From the wire anything may come: what is not exactly as the headers have it is refused.
    @Test
    void whatContradictsItselfIsRefused() {
        final Tunnelled whole = tunnelled(true, true, true, 0, false, 5000);
        final int length = whole.bytes().length;
        final int[] mustAgree = {
            1,
            2,
            3,
            6,
            7,
            8,
            9,
            10,
            11, // type, offsets
            VIRTIO + 12,
            VIRTIO + 13, // Ethernet type
            VIRTIO + whole.network(),
            VIRTIO + whole.network() + 2,
            VIRTIO + whole.network() + 3,
            VIRTIO + whole.network() + 6,
            VIRTIO + whole.network() + 9,
            VIRTIO + whole.outer() + 4,
            VIRTIO + whole.outer() + 5,
            VIRTIO + whole.inner(),
            VIRTIO + whole.inner() + 2,
            VIRTIO + whole.inner() + 3,
            VIRTIO + whole.inner() + 7,
            VIRTIO + whole.inner() + 9
        };
        for (final int at : mustAgree) {
            for (int bit = 0; bit < 8; bit++) {
                final boolean congestion = at == 1 && bit == 7; // the type may say so
                final boolean plain = at == 1 && bit == 5; // no tunnel then
                final byte[] changed = whole.bytes().clone();
                changed[at] ^= (byte) (1 << bit);
                if (!congestion && !plain && !(at == VIRTIO + whole.network() + 6 && bit >= 6)) { // do not fragment
                    assertFalse(accepted(changed, length, length), "byte " + at + " bit " + bit);
                }
            }
        }
        assertTrue(accepted(whole.bytes(), length, length));
        assertTrue(accepted(whole.bytes(), VIRTIO + whole.headers(), length));
        assertFalse(accepted(whole.bytes(), VIRTIO + whole.headers() - 1, length));
        assertFalse(accepted(whole.bytes(), length, length - 1));
    }

    @Test
    void noGarbageIsReadBeyondTheFrame() {
        final Tunnelled whole = tunnelled(false, true, false, 2, true, 600);
        int refused = 0;
        for (int round = 0; round < 200_000; round++) {
            final byte[] changed = whole.bytes().clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                changed[random.nextInt(random.nextBoolean() ? VIRTIO : VIRTIO + whole.headers())] =
                        (byte) random.nextInt();
            }
            changed[1] |= 0x20;
            final int head = VIRTIO + 14 + random.nextInt(changed.length - VIRTIO - 13);
            refused += accepted(changed, head, changed.length) ? 0 : 1;
        }
        assertTrue(refused > 100_000, refused + " refused");
    }

    private final MemorySegment exact = arena.allocate(8000);

    /// Reading a byte behind the head fails the test.
    private boolean accepted(byte[] bytes, int head, int length) {
        final MemorySegment memory = exact.asSlice(0, head);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, head);
        return OffloadCheck.accept(memory, 0, head, length);
    }
}

package org.vnetp.overlay.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;

/// The programs, run by the kernel on given packets (BPF_PROG_TEST_RUN).
@Tag("netns")
class ProgramsTest {
    private static final int PROG_TEST_RUN = 10;
    private static final int REDIRECT = 7;
    private static final int NEXT = -1;
    private static final int DROP = 2;
    private static final int NETWORK = 0x8a_0b_0c;
    private static final int PORT = 4789;
    private static final int NIC = 3;
    private static final int LINK = 5;
    private static final long GUEST = 0x0200_0000_0001L;
    private static final long OTHER = 0x0200_0000_0002L;
    private static final int OUTER = 50;

    private final Arena arena = Arena.ofConfined();
    private final Bpf bpf = new Bpf();
    private final Posix posix = new Posix();
    private final MemorySegment input = arena.allocate(4096, 8);
    private final MemorySegment output = arena.allocate(4096, 8);
    private final MemorySegment key = arena.allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment value = arena.allocate(FlowEntry.VALUE_BYTES, 8);
    private final int local = word("10.99.0.1");
    private final int remote = word("192.168.200.250");
    private int map = -1;

    private static int word(String address) {
        return MemorySegment.ofArray(InetAddress.ofLiteral(address).getAddress())
                .get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    @BeforeEach
    void makeMap() {
        try {
            map = bpf.createMap("vnetp_test", FlowEntry.KEY_BYTES, FlowEntry.VALUE_BYTES, 16);
        } catch (PosixException e) {
            assertNotEquals("required", System.getProperty("vnetp.it"), e.getMessage());
            Assumptions.abort(e.getMessage());
        }
    }

    @AfterEach
    void closeMap() {
        if (map >= 0) {
            bpf.close(map);
        }
        arena.close();
    }

    private int load(Assembler program) {
        return bpf.load("vnetp_test", program.assemble(arena));
    }

    /// Runs a program on the first `length` bytes of the input.
    ///
    /// @return what the program returned and, in the upper half, the length of the output
    private long run(int program, int length) {
        MemorySegment a = arena.allocate(80, 8);
        a.set(ValueLayout.JAVA_INT, 0, program);
        a.set(ValueLayout.JAVA_INT, 8, length);
        a.set(ValueLayout.JAVA_INT, 12, (int) output.byteSize());
        a.set(ValueLayout.JAVA_LONG, 16, input.address());
        a.set(ValueLayout.JAVA_LONG, 24, output.address());
        Posix.check(posix.bpf(PROG_TEST_RUN, a), "run a program");
        return a.get(ValueLayout.JAVA_INT, 4) & 0xffff_ffffL | (long) a.get(ValueLayout.JAVA_INT, 12) << 32;
    }

    private static int verdict(long result) {
        return (int) result;
    }

    private static int length(long result) {
        return (int) (result >>> 32);
    }

    /// A frame of `length` bytes from the guest to the other, its payload counted through.
    private static void frame(MemorySegment at, long offset, int type, int length) {
        for (int i = 0; i < length; i++) {
            NetworkOrder.put8(at, offset + i, i);
        }
        NetworkOrder.put48(at, offset, OTHER);
        NetworkOrder.put48(at, offset + 6, GUEST);
        NetworkOrder.put16(at, offset + 12, type);
        if (type == 0x0800) {
            NetworkOrder.put16(at, offset + 14, 0x4500);
            NetworkOrder.put16(at, offset + 16, length - 14);
        }
    }

    private void outboundFlow() {
        NetworkOrder.put48(key, 0, OTHER);
        NetworkOrder.put48(key, 6, GUEST);
        key.set(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN, NIC);
        value.set(ValueLayout.JAVA_INT, FlowEntry.MOST_FRAME, 1464);
        value.set(ValueLayout.JAVA_INT, FlowEntry.MOST_SEGMENT, 1410);
        value.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, 1);
        value.set(ValueLayout.JAVA_INT, FlowEntry.IP_SUM, Programs.ipSum(local, remote));
        value.set(ValueLayout.JAVA_INT, FlowEntry.SOURCE, local);
        value.set(ValueLayout.JAVA_INT, FlowEntry.DESTINATION, remote);
        value.set(ValueLayout.JAVA_SHORT, FlowEntry.PORT, (short) Assembler.network16(PORT));
        value.set(ValueLayout.JAVA_INT, FlowEntry.NETWORK, Assembler.network32(NETWORK << 8));
        assertEquals(0, bpf.add(map, key, value));
    }

    private long counted(int offset) {
        assertEquals(0, bpf.lookup(map, key, value));
        return value.get(ValueLayout.JAVA_LONG, offset);
    }

    @Test
    void aKnownFlowsFramesGetTheHeadersOfRfc7348() {
        outboundFlow();
        int program = load(Programs.outbound(map, NIC, 1));
        long bytes = 0;
        int runs = 0;
        for (int type : new int[] {0x0800, 0x86dd}) {
            for (int length : new int[] {60, 61, 1463, 1464}) {
                frame(input, 0, type, length);
                long result = run(program, length);
                assertEquals(REDIRECT, verdict(result));
                assertEquals(length + OUTER, length(result));
                check(length);
                bytes += length;
                runs++;
            }
        }
        assertEquals(runs, counted(FlowEntry.FRAMES));
        assertEquals(bytes, counted(FlowEntry.BYTES));
        assertEquals(runs, counted(FlowEntry.DATAGRAMS));
        assertEquals(0, counted(FlowEntry.SUPERFRAMES));
        bpf.close(program);
    }

    private void check(int length) {
        assertEquals(0x0800, NetworkOrder.u16(output, 12));
        assertEquals(0, output.get(ValueLayout.JAVA_BYTE, 0) & 1, "no group address, or the neighbour is not asked");
        assertEquals(0x4500, NetworkOrder.u16(output, 14));
        checkOuter(length);
    }

    private void checkOuter(int length) {
        assertEquals(length + 36, NetworkOrder.u16(output, 16));
        assertEquals(0, NetworkOrder.u16(output, 20), "a router may fragment");
        assertEquals(64 << 8 | 17, NetworkOrder.u16(output, 22));
        assertEquals(0xffff, InternetChecksum.sum(output, 14, 20), "the IPv4 header's checksum");
        assertEquals(local, output.get(ValueLayout.JAVA_INT_UNALIGNED, 26));
        assertEquals(remote, output.get(ValueLayout.JAVA_INT_UNALIGNED, 30));
        assertTrue(NetworkOrder.u16(output, 34) >= 0xc000, "a dynamic source port");
        assertEquals(PORT, NetworkOrder.u16(output, 36));
        assertEquals(length + 16, NetworkOrder.u16(output, 38));
        assertEquals(0, NetworkOrder.u16(output, 40));
        assertEquals(0x0800_0000, NetworkOrder.i32(output, 42));
        assertEquals(NETWORK << 8, NetworkOrder.i32(output, 46));
        assertEquals(-1, input.asSlice(0, length).mismatch(output.asSlice(OUTER, length)), "the frame itself");
    }

    @Test
    void whatIsUnusualGoesToTheNodeAsItCame() {
        outboundFlow();
        int program = load(Programs.outbound(map, NIC, 1));
        int stranger = load(Programs.outbound(map, NIC + 1, 1));
        frame(input, 0, 0x0800, 1465);
        unchanged(program, 1465, "too long");
        frame(input, 0, 0x0806, 60);
        unchanged(program, 60, "ARP");
        frame(input, 0, 0x0800, 100);
        unchanged(stranger, 100, "from another NIC");
        NetworkOrder.put48(input, 0, OTHER + 1);
        unchanged(program, 100, "to an unknown address");
        frame(input, 0, 0x0800, 100);
        NetworkOrder.put48(input, 6, GUEST + 1);
        unchanged(program, 100, "from an unknown address");
        assertEquals(0, counted0());
        bpf.close(program);
        bpf.close(stranger);
    }

    private long counted0() {
        NetworkOrder.put48(key, 0, OTHER);
        NetworkOrder.put48(key, 6, GUEST);
        return counted(FlowEntry.FRAMES);
    }

    private void unchanged(int program, int length, String what) {
        long result = run(program, length);
        assertEquals(REDIRECT, verdict(result), what + ": to the TAP");
        assertEquals(length, length(result), what);
        assertEquals(-1, input.asSlice(0, length).mismatch(output.asSlice(0, length)), what);
    }

    // --- inbound ---

    private int inboundFlow() {
        NetworkOrder.put48(key, 0, OTHER);
        NetworkOrder.put48(key, 6, GUEST);
        key.set(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN, remote);
        value.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, 1);
        value.set(ValueLayout.JAVA_INT, FlowEntry.FROM, LINK);
        value.set(ValueLayout.JAVA_INT, FlowEntry.TO, NIC);
        assertEquals(0, bpf.add(map, key, value));
        return load(Programs.inbound(map, local, PORT, NETWORK));
    }

    /// A datagram with a frame of `length` bytes in the input.
    private void datagram(int type, int length) {
        input.fill((byte) 0);
        frame(input, OUTER, type, length);
        NetworkOrder.put16(input, 12, 0x0800);
        NetworkOrder.put16(input, 14, 0x4500);
        NetworkOrder.put16(input, 16, length + 36);
        NetworkOrder.put16(input, 22, 64 << 8 | 17);
        input.set(ValueLayout.JAVA_INT_UNALIGNED, 26, remote);
        input.set(ValueLayout.JAVA_INT_UNALIGNED, 30, local);
        NetworkOrder.put16(input, 34, 51234);
        NetworkOrder.put16(input, 36, PORT);
        NetworkOrder.put16(input, 38, length + 16);
        NetworkOrder.put32(input, 42, 0x0800_0000);
        NetworkOrder.put32(input, 46, NETWORK << 8);
    }

    @Test
    void aKnownFlowsDatagramsLoseTheirHeaders() {
        int program = inboundFlow();
        for (int type : new int[] {0x0800, 0x86dd}) {
            for (int length : new int[] {60, 1464}) {
                datagram(type, length);
                long result = run(program, length + OUTER);
                assertEquals(REDIRECT, verdict(result));
                assertEquals(length, length(result));
                assertEquals(-1, input.asSlice(OUTER, length).mismatch(output.asSlice(0, length)));
            }
        }
        assertEquals(4, counted(FlowEntry.FRAMES));
        assertEquals(2 * (60 + 1464), counted(FlowEntry.BYTES));
        bpf.close(program);
    }

    /// Everything that the program must look at, by the bytes where it lies. A datagram with any other value there is
    /// not the kernel's to handle.
    private static final int[] CHECKED = {
        12, 13, 14, 16, 17, 20, 21, 23, 26, 27, 28, 29, 30, 31, 32, 33, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
        48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    };

    @Test
    void aDatagramWithOneWrongByteIsLeftAlone() {
        int program = inboundFlow();
        Random random = new Random(2012);
        for (int i = 0; i < 20_000; i++) {
            datagram(0x0800, 100);
            int at = random.nextInt(OUTER + 100);
            int bits = 1 + random.nextInt(255);
            byte was = input.get(ValueLayout.JAVA_BYTE, at);
            if (at == 15) {
                // What the outer header says about congestion has a test of its own.
                bits &= ~1;
            }
            input.set(ValueLayout.JAVA_BYTE, at, (byte) (was ^ bits));
            // "Do not fragment" is not the reserved bit's or a fragment's business.
            boolean leave = Arrays.binarySearch(CHECKED, at) >= 0 && !(at == 20 && (bits & 0x3f) == 0);
            long result = run(program, OUTER + 100);
            if (leave) {
                assertEquals(NEXT, verdict(result), "byte " + at + " changed by " + bits);
                assertEquals(OUTER + 100, length(result));
                assertEquals(-1, input.asSlice(0, OUTER + 100).mismatch(output.asSlice(0, OUTER + 100)));
            } else {
                assertEquals(REDIRECT, verdict(result), "byte " + at + " changed by " + bits);
                assertEquals(100, length(result));
            }
        }
        bpf.close(program);
    }

    /// RFC 6040, figure 4: Not-ECT, ECT(1), ECT(0), CE inside against the same outside; -1 is dropped.
    private static final int[][] RFC_6040 = {{0, 0, 0, -1}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};

    /// Writes the ECN field of the frame's IP header and makes IPv4's checksum right.
    private static void ecn(MemorySegment at, long ip, boolean ipv4, int ecn) {
        if (ipv4) {
            NetworkOrder.put16(at, ip, 0x45b8 | ecn);
            NetworkOrder.put16(at, ip + 10, 0);
            NetworkOrder.put16(at, ip + 10, InternetChecksum.complement(InternetChecksum.sum(at, ip, 20)));
        } else {
            NetworkOrder.put32(at, ip, 0x6b81_2345 | ecn << 20);
        }
    }

    @Test
    void whatAFrameSaysAboutCongestionTheOuterHeaderSaysToo() {
        outboundFlow();
        int program = load(Programs.outbound(map, NIC, 1));
        for (boolean ipv4 : new boolean[] {true, false}) {
            for (int ecn = 0; ecn < 4; ecn++) {
                frame(input, 0, ipv4 ? 0x0800 : 0x86dd, 200);
                ecn(input, 14, ipv4, ecn);
                assertEquals(REDIRECT, verdict(run(program, 200)));
                assertEquals(0x4500 | ecn, NetworkOrder.u16(output, 14), "the service class is not copied");
                checkOuter(200);
            }
        }
        bpf.close(program);
    }

    @Test
    void whatTheOuterHeaderSaysAboutCongestionReachesTheFrame() {
        int program = inboundFlow();
        int dropped = 0;
        for (boolean ipv4 : new boolean[] {true, false}) {
            for (int inner = 0; inner < 4; inner++) {
                for (int outer = 0; outer < 4; outer++) {
                    String what = (ipv4 ? "IPv4, " : "IPv6, ") + "inner " + inner + ", outer " + outer;
                    datagram(ipv4 ? 0x0800 : 0x86dd, 200);
                    ecn(input, OUTER + 14, ipv4, inner);
                    NetworkOrder.put8(input, 15, 0xb8 | outer);
                    long result = run(program, OUTER + 200);
                    int expected = RFC_6040[inner][outer];
                    if (expected < 0) {
                        assertEquals(DROP, verdict(result), what);
                        assertEquals(++dropped, counted(FlowEntry.CONGESTED), what);
                        continue;
                    }
                    assertEquals(REDIRECT, verdict(result), what);
                    ecn(input, OUTER + 14, ipv4, expected);
                    assertEquals(-1, input.asSlice(OUTER, 200).mismatch(output.asSlice(0, 200)), what);
                }
            }
        }
        assertEquals(2, dropped);
        assertEquals(30, counted(FlowEntry.FRAMES));
        // Whatever a frame is that calls itself IP and is not, it is the node's.
        datagram(0x0800, 200);
        NetworkOrder.put8(input, OUTER + 14, 0x65);
        NetworkOrder.put8(input, 15, 3);
        assertEquals(NEXT, verdict(run(program, OUTER + 200)));
        bpf.close(program);
    }

    @Test
    void datagramsOfAnyLengthAreHandledOnlyWhenTheySayTheirLength() {
        int program = inboundFlow();
        for (int length = 14 + 20; length < OUTER + 200; length++) {
            datagram(0x0800, 100);
            assertEquals(length == OUTER + 100 ? REDIRECT : NEXT, verdict(run(program, length)), "length " + length);
        }
        bpf.close(program);
    }
}

package org.vnetp.overlay.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
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
    private static final int OUTER_IPV6 = 70;
    private static final int MOST_FRAME = 1464;
    private static final int TAG = 0x6007;
    /// Of the input, what the kernel is told beside its bytes: struct __sk_buff.
    private static final int CONTEXT_BYTES = 192;

    private static final int GSO_SEGMENTS = 164;
    private static final int GSO_SIZE = 176;

    private final Arena arena = Arena.ofConfined();
    private final Bpf bpf = new Bpf();
    private final Posix posix = new Posix();
    private final MemorySegment input = arena.allocate(4096, 8);
    private final MemorySegment output = arena.allocate(4096, 8);
    private final MemorySegment key = arena.allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment value = arena.allocate(FlowEntry.VALUE_BYTES, 8);
    private final int local = word("10.99.0.1");
    private final int remote = word("192.168.200.250");
    private final InetAddress local6 = InetAddress.ofLiteral("fd99::a:1");
    private final InetAddress remote6 = InetAddress.ofLiteral("2001:db8:1:2:3:4:5:fffe");
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
        return run(program, length, 0);
    }

    /// The same for a superframe that is cut into segments of `segment` bytes, unless that is 0.
    private long run(int program, int length, int segment) {
        MemorySegment a = arena.allocate(80, 8);
        MemorySegment context = arena.allocate(CONTEXT_BYTES, 8);
        context.set(ValueLayout.JAVA_INT, GSO_SIZE, segment);
        context.set(ValueLayout.JAVA_INT, GSO_SEGMENTS, segment == 0 ? 0 : 3);
        a.set(ValueLayout.JAVA_INT, 40, CONTEXT_BYTES);
        a.set(ValueLayout.JAVA_LONG, 48, context.address());
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
        value.set(ValueLayout.JAVA_INT, FlowEntry.MOST_FRAME, MOST_FRAME);
        value.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, 1);
        value.set(ValueLayout.JAVA_LONG, FlowEntry.GATE, FlowEntry.OPEN);
        value.set(ValueLayout.JAVA_INT, FlowEntry.VERSION, 4);
        value.set(ValueLayout.JAVA_INT, FlowEntry.IP_SUM, Headers.ipv4Sum(local, remote));
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
    void overIpv6FramesGetItsHeadersWithoutAChecksum() {
        outboundFlow();
        assertEquals(0, bpf.remove(map, key, value));
        value.set(ValueLayout.JAVA_INT, FlowEntry.VERSION, 6);
        MemorySegment.copy(local6.getAddress(), 0, value, ValueLayout.JAVA_BYTE, FlowEntry.SOURCE, 16);
        MemorySegment.copy(remote6.getAddress(), 0, value, ValueLayout.JAVA_BYTE, FlowEntry.DESTINATION, 16);
        assertEquals(0, bpf.add(map, key, value));
        int program = load(Programs.outbound(map, NIC, 1));
        int runs = 0;
        for (int type : new int[] {0x0800, 0x86dd}) {
            for (int ecn = 0; ecn < 4; ecn++) {
                int length = 60 + 468 * ecn;
                frame(input, 0, type, length);
                ecn(input, 14, type == 0x0800, ecn);
                long result = run(program, length);
                assertEquals(REDIRECT, verdict(result));
                assertEquals(length + OUTER_IPV6, length(result));
                assertEquals(0x86dd, NetworkOrder.u16(output, 12));
                assertEquals(0x6000_0000 | ecn << 20, NetworkOrder.i32(output, 14));
                assertEquals(length + 16, NetworkOrder.u16(output, 18));
                assertEquals(17 << 8 | 64, NetworkOrder.u16(output, 20));
                assertEquals(-1, MemorySegment.ofArray(local6.getAddress()).mismatch(output.asSlice(22, 16)));
                assertEquals(-1, MemorySegment.ofArray(remote6.getAddress()).mismatch(output.asSlice(38, 16)));
                assertTrue(NetworkOrder.u16(output, 54) >= 0xc000, "a dynamic source port");
                assertEquals(PORT, NetworkOrder.u16(output, 56));
                assertEquals(length + 16, NetworkOrder.u16(output, 58));
                assertEquals(0, NetworkOrder.u16(output, 60));
                assertEquals(0x0800_0000, NetworkOrder.i32(output, 62));
                assertEquals(NETWORK << 8, NetworkOrder.i32(output, 66));
                assertEquals(-1, input.asSlice(0, length).mismatch(output.asSlice(OUTER_IPV6, length)));
                runs++;
            }
        }
        assertEquals(runs, counted(FlowEntry.FRAMES));
        bpf.close(program);
    }

    /// The headers before the segments' payload: of IP, and of TCP with options or UDP.
    private static int headers(MemorySegment at, boolean ipv4, int options, int tcp) {
        int ip = ipv4 ? 20 + options : 40;
        NetworkOrder.put8(at, 14, ipv4 ? 0x40 | ip / 4 : 0x60);
        NetworkOrder.put8(at, ipv4 ? 14 + 9 : 14 + 6, tcp > 0 ? 6 : 17);
        if (tcp > 0) {
            NetworkOrder.put8(at, 14 + ip + 12, tcp / 4 << 4 | 1);
        }
        return 14 + ip + (tcp > 0 ? tcp : 8);
    }

    /// What a superframe becomes is what counts for the way ahead. The kernel runs programs on given
    /// superframes, but lets them put no headers before those, so the question is asked alone.
    @Test
    void aSuperframesLongestFrameIsKnownByItsHeaders() {
        Assembler a = new Assembler();
        a.letRegister(Skb.PACKET, Assembler.Do.MOVE, 1);
        a.load(Assembler.Size.WORD, Skb.LENGTH, Skb.PACKET, Skb.SKB_LENGTH);
        a.load(Assembler.Size.WORD, Skb.SEGMENT, Skb.PACKET, Skb.SKB_GSO_SIZE);
        OutboundProgram.longestOfSuperframe(a);
        a.letRegister(0, Assembler.Do.MOVE, 2).exit();
        a.label("node").let(0, Assembler.Do.MOVE, NEXT).exit();
        int program = load(a);
        for (boolean ipv4 : new boolean[] {true, false}) {
            for (int options : new int[] {0, 4, 40}) {
                // 0 is UDP; 32 is TCP with timestamps.
                for (int tcp : new int[] {0, 20, 32, 60}) {
                    frame(input, 0, ipv4 ? 0x0800 : 0x86dd, 3000);
                    int headers = headers(input, ipv4, options, tcp);
                    assertEquals(headers + 1000, verdict(run(program, 3000, 1000)), "headers of " + headers);
                }
            }
        }
        frame(input, 0, 0x86dd, 3000);
        headers(input, false, 0, 20);
        NetworkOrder.put8(input, 14 + 6, 43);
        assertEquals(NEXT, verdict(run(program, 3000, 1000)), "a header that is not known, to the node");
        bpf.close(program);
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

    // --- gates ---

    /// Opens the flow at hand.
    private int open(long seen) {
        MemorySegment packet = arena.allocate(Programs.OPENER_BYTES, 8);
        packet.asSlice(Programs.OPENER_KEY, FlowEntry.KEY_BYTES).copyFrom(key);
        packet.set(ValueLayout.JAVA_LONG, Programs.OPENER_SEEN, seen);
        int opener = load(Programs.opener(map));
        int told = bpf.run(opener, packet);
        bpf.close(opener);
        return told;
    }

    private void gate(long word) {
        assertEquals(0, bpf.remove(map, key, value));
        value.set(ValueLayout.JAVA_LONG, FlowEntry.GATE, word);
        assertEquals(0, bpf.add(map, key, value));
    }

    @Test
    void aClosedFlowsFramesGoToTheNodeAndAreCounted() {
        outboundFlow();
        gate(0);
        int program = load(Programs.outbound(map, NIC, 1));
        for (int length : new int[] {60, 1464, 1465, 1500}) {
            frame(input, 0, 0x0800, length);
            unchanged(program, length, "closed");
        }
        frame(input, 0, 0x0806, 60);
        unchanged(program, 60, "ARP, which never was the kernel's");
        assertEquals(4, counted(FlowEntry.GATE), "those that are too long too");
        assertEquals(0, counted(FlowEntry.FRAMES));
        assertEquals(Programs.CLOSED, open(3), "a frame has come meanwhile");
        frame(input, 0, 0x0800, 60);
        unchanged(program, 60, "still closed");
        assertEquals(Programs.OPENED, open(5));
        frame(input, 0, 0x0800, 60);
        assertEquals(60 + OUTER, length(run(program, 60)));
        assertEquals(FlowEntry.OPEN, counted(FlowEntry.GATE), "nothing more is counted there");
        assertEquals(1, counted(FlowEntry.FRAMES));
        assertEquals(Programs.CLOSED, open(5), "it is open already");
        gate(0);
        assertEquals(Programs.OPENED, open(Programs.HOWEVER));
        NetworkOrder.put48(key, 6, GUEST + 1);
        assertEquals(Programs.GONE, open(0), "no such flow");
        bpf.close(program);
    }

    @Test
    void whatTheOtherNodeSendsItselfClosesAFlow() {
        int program = inboundFlow();
        datagram(0x0800, 100);
        assertEquals(REDIRECT, verdict(run(program, OUTER + 100)));
        NetworkOrder.put16(input, 40, 0x1234);
        assertEquals(NEXT, verdict(run(program, OUTER + 100)));
        assertEquals(1L << FlowEntry.SENT_BY_NODE_SHIFT, counted(FlowEntry.GATE));
        // What its kernel sends now may not overtake that.
        datagram(0x0800, 100);
        assertEquals(NEXT, verdict(run(program, OUTER + 100)));
        tag(OUTER, 96);
        assertEquals(NEXT, verdict(run(program, OUTER + 100)), "with a tag");
        long seen = (1L << FlowEntry.SENT_BY_NODE_SHIFT) + 2;
        assertEquals(seen, counted(FlowEntry.GATE));
        datagram(0x0800, 100);
        NetworkOrder.put16(input, 40, 0x1234);
        assertEquals(NEXT, verdict(run(program, OUTER + 100)));
        assertEquals(Programs.CLOSED, open(seen), "its node has sent once more");
        assertEquals(Programs.OPENED, open(seen + (1L << FlowEntry.SENT_BY_NODE_SHIFT)));
        datagram(0x0800, 100);
        assertEquals(REDIRECT, verdict(run(program, OUTER + 100)));
        assertEquals(2, counted(FlowEntry.FRAMES));
        // Of another flow, and of none.
        datagram(0x0806, 100);
        NetworkOrder.put16(input, 40, 0x1234);
        assertEquals(NEXT, verdict(run(program, OUTER + 100)));
        datagram(0x0800, 100);
        NetworkOrder.put48(input, OUTER + 6, GUEST + 1);
        NetworkOrder.put16(input, 40, 0x1234);
        assertEquals(NEXT, verdict(run(program, OUTER + 100)));
        assertEquals(FlowEntry.OPEN, counted(FlowEntry.GATE));
        bpf.close(program);
    }

    @Test
    void whatTheOtherNodeSendsItselfOverIpv6ClosesAFlowToo() {
        Peers peers = peers6();
        int program = load(Programs.inbound(map, peers.map(), local6, PORT, NETWORK));
        datagram6(0x0800, 100);
        assertEquals(REDIRECT, verdict(run(program, OUTER_IPV6 + 100)));
        NetworkOrder.put16(input, 54, PORT);
        NetworkOrder.put16(input, 60, 0x1234);
        assertEquals(NEXT, verdict(run(program, OUTER_IPV6 + 100)));
        assertEquals(1L << FlowEntry.SENT_BY_NODE_SHIFT, counted(FlowEntry.GATE));
        datagram6(0x0800, 100);
        assertEquals(NEXT, verdict(run(program, OUTER_IPV6 + 100)));
        assertEquals(Programs.OPENED, open((1L << FlowEntry.SENT_BY_NODE_SHIFT) + 1));
        assertEquals(REDIRECT, verdict(run(program, OUTER_IPV6 + 100)));
        peers.close();
        bpf.close(program);
    }

    // --- inbound ---

    private int inboundFlow() {
        NetworkOrder.put48(key, 0, OTHER);
        NetworkOrder.put48(key, 6, GUEST);
        key.set(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN, remote);
        value.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, 1);
        value.set(ValueLayout.JAVA_LONG, FlowEntry.GATE, FlowEntry.OPEN);
        value.set(ValueLayout.JAVA_INT, FlowEntry.FROM, LINK);
        value.set(ValueLayout.JAVA_INT, FlowEntry.TO, NIC);
        assertEquals(0, bpf.add(map, key, value));
        return load(Programs.inbound(map, 0, InetAddress.ofLiteral("10.99.0.1"), PORT, NETWORK));
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

    /// Puts a tag into the frame in the input, which is longer by it.
    private void tag(int outer, int length) {
        MemorySegment.copy(input, outer + 12L, input, outer + 16L, length - 12L);
        NetworkOrder.put16(input, outer + 12L, 0x8100);
        NetworkOrder.put16(input, outer + 14L, TAG);
    }

    @Test
    void aFramesTagStandsBesideThePacketAsTheKernelHasIt() {
        int program = inboundFlow();
        for (int type : new int[] {0x0800, 0x86dd}) {
            for (int length : new int[] {60, 1460}) {
                datagram(type, length);
                ecn(input, OUTER + 14, type == 0x0800, 2);
                MemorySegment frame = arena.allocate(length).copyFrom(input.asSlice(OUTER, length));
                tag(OUTER, length);
                NetworkOrder.put16(input, 16, length + 40);
                NetworkOrder.put16(input, 38, length + 20);
                // A router's mark reaches the frame behind its tag.
                NetworkOrder.put8(input, 15, 3);
                ecn(frame, 14, type == 0x0800, 3);
                long result = run(program, OUTER + length + 4);
                assertEquals(REDIRECT, verdict(result));
                assertEquals(length, length(result));
                assertEquals(-1, frame.mismatch(output.asSlice(0, length)));
                NetworkOrder.put16(input, OUTER + 16, 0x8100);
                assertEquals(NEXT, verdict(run(program, OUTER + length + 4)), "two tags");
            }
        }
        assertEquals(4, counted(FlowEntry.FRAMES));
        assertEquals(2 * (60 + 1460 + 8), counted(FlowEntry.BYTES), "with their tags");
        bpf.close(program);
    }

    private Peers peers6() {
        Peers peers = new Peers(bpf);
        InetSocketAddress endpoint = new InetSocketAddress(remote6, PORT);
        peers.follow(List.of(new Tunnel(LINK, "l", true, false, endpoint, null, MOST_FRAME - 14)));
        NetworkOrder.put48(key, 0, OTHER);
        NetworkOrder.put48(key, 6, GUEST);
        key.set(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN, peers.origin(remote6));
        value.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, 1);
        value.set(ValueLayout.JAVA_LONG, FlowEntry.GATE, FlowEntry.OPEN);
        value.set(ValueLayout.JAVA_INT, FlowEntry.FROM, LINK);
        value.set(ValueLayout.JAVA_INT, FlowEntry.TO, NIC);
        bpf.add(map, key, value);
        return peers;
    }

    private void datagram6(int type, int length) {
        input.fill((byte) 0);
        frame(input, OUTER_IPV6, type, length);
        NetworkOrder.put16(input, 12, 0x86dd);
        NetworkOrder.put32(input, 14, 0x6000_0000);
        NetworkOrder.put16(input, 18, length + 16);
        NetworkOrder.put16(input, 20, 17 << 8 | 64);
        MemorySegment.copy(remote6.getAddress(), 0, input, ValueLayout.JAVA_BYTE, 22, 16);
        MemorySegment.copy(local6.getAddress(), 0, input, ValueLayout.JAVA_BYTE, 38, 16);
        NetworkOrder.put16(input, 54, 51234);
        NetworkOrder.put16(input, 56, PORT);
        NetworkOrder.put16(input, 58, length + 16);
        NetworkOrder.put32(input, 62, 0x0800_0000);
        NetworkOrder.put32(input, 66, NETWORK << 8);
    }

    @Test
    void overIpv6DatagramsLoseTheirHeadersToo() {
        Peers peers = peers6();
        int program = load(Programs.inbound(map, peers.map(), local6, PORT, NETWORK));
        int runs = 0;
        for (boolean ipv4 : new boolean[] {true, false}) {
            for (int outer = 0; outer < 4; outer++) {
                for (boolean tagged : new boolean[] {false, true}) {
                    datagram6(ipv4 ? 0x0800 : 0x86dd, 200);
                    ecn(input, OUTER_IPV6 + 14, ipv4, 2);
                    MemorySegment frame = arena.allocate(200).copyFrom(input.asSlice(OUTER_IPV6, 200));
                    ecn(frame, 14, ipv4, RFC_6040[2][outer]);
                    if (tagged) {
                        tag(OUTER_IPV6, 200);
                        NetworkOrder.put16(input, 18, 220);
                        NetworkOrder.put16(input, 58, 220);
                    }
                    NetworkOrder.put32(input, 14, 0x6000_0000 | outer << 20 | 0x1_2345);
                    long result = run(program, OUTER_IPV6 + 200 + (tagged ? 4 : 0));
                    assertEquals(REDIRECT, verdict(result));
                    assertEquals(200, length(result));
                    assertEquals(-1, frame.mismatch(output.asSlice(0, 200)));
                    runs++;
                }
            }
        }
        assertEquals(runs, counted(FlowEntry.FRAMES));
        peers.close();
        bpf.close(program);
    }

    @Test
    void anIpv6DatagramWithOneWrongByteIsLeftAlone() {
        Peers peers = peers6();
        int program = load(Programs.inbound(map, peers.map(), local6, PORT, NETWORK));
        // What may be anything: the class of service, the flow label, the hop limit, the port of the sender.
        int[] free = {15, 16, 17, 21, 54, 55};
        for (int at = 0; at < OUTER_IPV6 + 14; at++) {
            datagram6(0x0800, 100);
            byte was = input.get(ValueLayout.JAVA_BYTE, at);
            // Not the version's neighbour bits, not the ECN field.
            int bits = at == 14 ? 0x10 : at == 15 ? 0x0f : 0x40;
            input.set(ValueLayout.JAVA_BYTE, at, (byte) (was ^ bits));
            boolean other = at >= 12 && Arrays.binarySearch(free, at) < 0;
            open(Programs.HOWEVER);
            assertEquals(other ? NEXT : REDIRECT, verdict(run(program, OUTER_IPV6 + 100)), "byte " + at);
        }
        for (int length = 14 + 40; length < OUTER_IPV6 + 200; length++) {
            datagram6(0x0800, 100);
            int expected = length == OUTER_IPV6 + 100 ? REDIRECT : NEXT;
            assertEquals(expected, verdict(run(program, length)), "length " + length);
        }
        peers.close();
        bpf.close(program);
    }

    /// A Linux VXLAN device over IPv6 drops datagrams without a checksum unless told otherwise.
    @Test
    void aNodeOverIpv6IsTrustedOnceItSendsAsNodesDo() {
        Peers peers = peers6();
        int program = load(Programs.inbound(map, peers.map(), local6, PORT, NETWORK));
        datagram6(0x0800, 100);
        NetworkOrder.put16(input, 60, 0x1234);
        assertEquals(NEXT, verdict(run(program, OUTER_IPV6 + 100)), "its checksum is the socket's to verify");
        assertFalse(peers.takesNoChecksum(remote6), "from some port, with a checksum: maybe such a device");

        NetworkOrder.put16(input, 54, PORT);
        assertEquals(NEXT, verdict(run(program, OUTER_IPV6 + 100)));
        assertTrue(peers.takesNoChecksum(remote6), "from the port where it listens: a node");
        peers.close();

        Peers again = peers6();
        int other = load(Programs.inbound(map, again.map(), local6, PORT, NETWORK));
        datagram6(0x0800, 100);
        assertFalse(again.takesNoChecksum(remote6));
        run(other, OUTER_IPV6 + 100);
        assertTrue(again.takesNoChecksum(remote6), "it sends such datagrams itself");
        again.follow(List.of());
        assertFalse(again.takesNoChecksum(remote6), "its link is gone");
        again.close();
        bpf.close(program);
        bpf.close(other);
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
            if (at == 40 || at == 41) {
                // A checksum: the other node has sent it itself, so that the flow is closed.
                open(Programs.HOWEVER);
            }
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

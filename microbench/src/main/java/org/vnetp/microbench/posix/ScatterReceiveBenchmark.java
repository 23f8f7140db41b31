package org.vnetp.microbench.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.link.UdpLink;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.LoopStatistics;

/// Whether cutting through on the way in would gain anything: a superframe's datagrams, merged by the kernel
/// (UDP_GRO), come to a virtual machine's receive buffers by one copy more ([#copied], as nodes do it), or
/// straight ([#scattered]), which needs a look at the first datagram's headers before, so that nothing is put into
/// a guest's memory that is not for it ([#peekedAndScattered]). Each first sends the superframe over the loopback,
/// which is all of [#sentOnly] but for throwing it away.
///
/// Every datagram has a header of 16 bytes, which goes elsewhere than its payload.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScatterReceiveBenchmark {
    private static final int HEADER = 16;
    private static final int CHUNK = 1456;
    /// Of a frame's first bytes a node needs a copy of its own, which the guest cannot change.
    private static final int HEAD = 256;
    private static final int BUFFERS = 256;
    private static final int MESSAGE_LENGTH = 56;
    private static final int CONTROL_LENGTH = 64;
    private static final int MSG_PEEK = 2;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;

    /// A frame with its virtio_net_hdr, bytes.
    @Param({"1456", "16016", "64064"})
    int frameBytes;

    /// Of the guest's receive buffers: what Linux's driver posts with mergeable buffers, and pages.
    @Param({"1536", "4096"})
    int bufferBytes;

    private final Posix posix = new Posix();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment all = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private final MemorySegment slab = arena.allocate(70_000, 4096);
    private final MemorySegment message = arena.allocate(MESSAGE_LENGTH, 8);
    private final MemorySegment control = arena.allocate(CONTROL_LENGTH, 8);
    private final ScatterList vectors = new ScatterList(arena, 256);
    private MemorySegment guest;
    private MemorySegment sent;
    private UdpSocket from;
    private UdpSocket to;
    private UdpLink link;
    private int datagrams;
    private int messageBytes;
    private int next;

    @Setup
    public void setUp() throws IOException {
        InetSocketAddress here = free();
        InetSocketAddress there = free();
        from = UdpSocket.open(here, there, true, UdpSocket.BUFFER_BYTES);
        to = UdpSocket.open(there, here, true, UdpSocket.BUFFER_BYTES);
        LoopStatistics statistics = new LoopStatistics("bench");
        link = new UdpLink(arena, from, statistics.drops(), statistics.port(0));
        guest = arena.allocate((long) BUFFERS * bufferBytes, 4096);
        datagrams = (frameBytes + CHUNK - 1) / CHUNK;
        messageBytes = frameBytes + datagrams * HEADER;
        sent = arena.allocate(messageBytes, 64);
        for (int i = 0; i < messageBytes; i++) {
            sent.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
        }
        for (int i = 0; i < 3; i++) {
            check(copied(), "copied");
            check(scattered(), "scattered");
            check(peekedAndScattered(), "peeked and scattered");
        }
    }

    private static InetSocketAddress free() throws IOException {
        try (DatagramSocket any = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), any.getLocalPort());
        }
    }

    /// @param first the first buffer that was written
    private void check(int first, String how) {
        for (int i = 0; i < frameBytes; i++) {
            long at = (long) ((first + i / bufferBytes) % BUFFERS) * bufferBytes + i % bufferBytes;
            int expected = (byte) ((i / CHUNK * (CHUNK + HEADER) + HEADER + i % CHUNK) * 31);
            if (guest.get(ValueLayout.JAVA_BYTE, at) != expected) {
                throw new IllegalStateException(how + ": byte " + i + " of " + frameBytes + " is not what was sent");
            }
        }
        guest.fill((byte) 0);
    }

    private void send() {
        link.slice(sent.address(), messageBytes);
        link.endTrain(CHUNK + HEADER, datagrams, messageBytes, Ecn.NOT_ECT);
        if (!link.flush(posix)) {
            throw new IllegalStateException("the loopback takes no more");
        }
    }

    private int receive(int flags) {
        message.set(ValueLayout.JAVA_LONG, 16, vectors.address());
        message.set(ValueLayout.JAVA_LONG, 24, vectors.count());
        message.set(ValueLayout.JAVA_LONG, 32, control.address());
        message.set(ValueLayout.JAVA_LONG, 40, CONTROL_LENGTH);
        return posix.recvmsg(to.descriptor(), message.address(), flags | MSG_DONTWAIT);
    }

    private void expect(int got) {
        if (got != messageBytes) {
            throw new IllegalStateException("expected " + messageBytes + " bytes, got " + got);
        }
    }

    private int turn() {
        int first = next;
        next = (next + (frameBytes + bufferBytes - 1) / bufferBytes) % BUFFERS;
        return first;
    }

    /// The floor: nothing reaches the guest.
    @Benchmark
    public int sentOnly() {
        send();
        vectors.clear();
        vectors.addSeparately(slab.address(), 64);
        return receive(MSG_TRUNC);
    }

    @Benchmark
    public int copied() {
        send();
        vectors.clear();
        vectors.addSeparately(slab.address(), 65_536);
        expect(receive(0));
        int first = turn();
        int buffer = first;
        int room = bufferBytes;
        int left = frameBytes;
        long from = slab.address() + HEADER;
        while (left > 0) {
            int chunk = Math.min(CHUNK, left);
            left -= chunk;
            while (chunk > 0) {
                if (room == 0) {
                    buffer = buffer + 1 & BUFFERS - 1;
                    room = bufferBytes;
                }
                int part = Math.min(chunk, room);
                MemorySegment.copy(all, from, all, guest.address() + (long) (buffer + 1) * bufferBytes - room, part);
                from += part;
                room -= part;
                chunk -= part;
            }
            from += HEADER;
        }
        return first;
    }

    /// As it could be done where only one guest can be meant; the bound of what can be gained.
    @Benchmark
    public int scattered() {
        send();
        return scatter();
    }

    @Benchmark
    public int peekedAndScattered() {
        send();
        vectors.clear();
        vectors.addSeparately(slab.address(), HEADER + HEAD);
        expect(receive(MSG_PEEK | MSG_TRUNC));
        return scatter();
    }

    private int scatter() {
        int first = turn();
        int buffer = first;
        int room = bufferBytes;
        int left = frameBytes;
        long header = slab.address();
        vectors.clear();
        boolean isHead = true;
        while (left > 0) {
            int chunk = Math.min(CHUNK, left);
            left -= chunk;
            if (isHead) {
                vectors.addSeparately(header, HEADER + HEAD);
                header += HEADER + HEAD;
                chunk -= HEAD;
                room -= HEAD;
                isHead = false;
            } else {
                vectors.addSeparately(header, HEADER);
                header += HEADER;
            }
            while (chunk > 0) {
                if (room == 0) {
                    buffer = buffer + 1 & BUFFERS - 1;
                    room = bufferBytes;
                }
                int part = Math.min(chunk, room);
                vectors.addSeparately(guest.address() + (long) (buffer + 1) * bufferBytes - room, part);
                room -= part;
                chunk -= part;
            }
        }
        expect(receive(0));
        MemorySegment.copy(all, slab.address() + HEADER, all, guest.address() + (long) first * bufferBytes, HEAD);
        return first;
    }

    @TearDown
    public void close() {
        from.close();
        to.close();
    }
}

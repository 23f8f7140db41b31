package org.vnetp.microbench.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.posix.Posix;

/// The edges of [WholeWayBenchmark] without anything between them: four copies a frame, out of the
/// guest, onto the wire in datagrams with room for a header, off the wire, into the guest in as many
/// slices. Small frames share datagrams, as in the `vnet` format.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EdgesBaseline {
    private static final int HEADER = 16;
    private static final int ENTRY_HEADER = 2;
    private static final int DATAGRAM = 1472;
    private static final int CHUNK = DATAGRAM - HEADER;
    private static final int SLOTS = 32;
    private static final int MOST_SLICES = 64;

    /// As the way out does: what is read is sent before it leaves the caches.
    private static final int FLUSH_BYTES = 128 << 10;

    @Param({"64", "1400", "9000", "65000"})
    int frameBytes;

    @Param({"1", "16", "64"})
    int batch;

    private final Posix posix = new Posix();
    private MemorySegment slab;
    private MemorySegment header;
    private ScatterList slices;
    private ReceiveBatch received;
    private BenchLink[] ends;
    private BenchNic sender;
    private BenchNic receiver;
    private int length;

    /// Bytes of small frames in the datagram that is being filled.
    private int shared;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        sender = new BenchNic(frameBytes);
        receiver = new BenchNic(frameBytes);
        length = VirtioNetHeader.LENGTH + frameBytes;
        slab = arena.allocate(ENTRY_HEADER + FLUSH_BYTES + VirtioNetHeader.LENGTH + Frame.MAX_LENGTH, 64);
        header = arena.allocate(HEADER, HEADER);
        slices = new ScatterList(arena, MOST_SLICES);
        received = new ReceiveBatch(arena, SLOTS);
        ends = BenchLink.pair(DATAGRAM);
    }

    @Benchmark
    public long edges() {
        sender.send(batch);
        int at = ENTRY_HEADER;
        while (sender.read(posix, slab, at, length) > 0) {
            if (length <= VnetEncapsulator.SMALL_FRAME) {
                share(slab.address() + at);
            } else {
                cut(slab.address() + at);
            }
            at += length + 63 & ~63;
            if (at >= FLUSH_BYTES) {
                flush();
                at = ENTRY_HEADER;
            }
        }
        flush();
        receive();
        return receiver.received();
    }

    /// Adds a small frame to the datagram, with the two bytes before it.
    private void share(long frame) {
        int entry = ENTRY_HEADER + length;
        if (shared + entry > CHUNK) {
            endShared();
        }
        if (shared == 0) {
            ends[0].slice(header.address(), HEADER);
        }
        ends[0].slice(frame - ENTRY_HEADER, entry);
        shared += entry;
    }

    private void endShared() {
        if (shared > 0) {
            ends[0].endTrain(HEADER + shared, 1, HEADER + shared, Ecn.NOT_ECT);
            shared = 0;
        }
    }

    private void cut(long frame) {
        int datagrams = 0;
        for (int offset = 0; offset < length; offset += CHUNK) {
            ends[0].slice(header.address(), HEADER);
            ends[0].slice(frame + offset, Math.min(CHUNK, length - offset));
            datagrams++;
        }
        ends[0].endTrain(Math.min(CHUNK, length) + HEADER, datagrams, length + datagrams * HEADER, Ecn.NOT_ECT);
    }

    private void flush() {
        endShared();
        ends[0].flush(posix);
    }

    /// All that was sent: the nodes of the whole way take turns, each does all its work.
    private void receive() {
        int collected = 0;
        slices.clear();
        received.reset();
        int count = ends[1].receive(posix, received);
        while (count > 0) {
            for (int i = 0; i < count; i++) {
                long at = received.slab().address() + received.offset(i);
                int left = received.length(i);
                if (length <= VnetEncapsulator.SMALL_FRAME) {
                    unshare(at, left, received.segmentSize(i));
                    continue;
                }
                while (left > 0) {
                    int bytes = Math.min(left, Math.min(DATAGRAM, length - collected + HEADER)) - HEADER;
                    slices.addSeparately(at + HEADER, bytes);
                    at += bytes + HEADER;
                    left -= bytes + HEADER;
                    collected += bytes;
                    if (collected == length) {
                        receiver.write(posix, slices);
                        slices.clear();
                        collected = 0;
                    }
                }
            }
            received.reset();
            count = ends[1].receive(posix, received);
        }
    }

    private void unshare(long message, int bytes, int datagram) {
        for (int start = 0; start < bytes; start += datagram) {
            int end = Math.min(start + datagram, bytes);
            for (int at = start + HEADER + ENTRY_HEADER; at < end; at += length + ENTRY_HEADER) {
                slices.clear();
                slices.addSeparately(message + at, length);
                receiver.write(posix, slices);
            }
        }
        slices.clear();
    }

    @TearDown
    public void everyFrameArrived() {
        receiver.check(sender);
    }
}

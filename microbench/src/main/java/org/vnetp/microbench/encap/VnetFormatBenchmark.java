package org.vnetp.microbench.encap;

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
import org.vnetp.microbench.GuestFrames;
import org.vnetp.microbench.Wire;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;

/// The `vnet` format: a frame to chunks (or a bundle of small frames to one datagram), and back to a
/// frame in slices. No payload byte is touched.
///
/// There is no measurement of decapsulation alone: a datagram is taken once, a second time it is a replay. Subtract.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VnetFormatBenchmark implements FrameSink {
    private static final int IP_AND_UDP_HEADERS = 28;
    private static final int NETWORK = 42;

    /// As the way out does: so many bytes are flushed, and the next frames lie where the first did.
    private static final int FLUSH_BYTES = 128 << 10;

    @Param({"64", "1400", "1500", "9000", "65000"})
    int frameBytes;

    @Param({"1", "16", "64"})
    int batch;

    /// A 1500-byte frame crosses the first in two datagrams, the second in one.
    @Param({"1500", "9000"})
    int underlayMtu;

    /// Frames between two flushes, and so many times that makes a batch, with a rest.
    private Frame[] frames;

    private Encapsulator encapsulator;
    private VnetDecapsulator decapsulator;
    private Wire wire;
    private final DropCounters drops = new DropCounters();
    private long bytesIn;
    private long bytesOut;
    private long nowNs;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        int length = VirtioNetHeader.LENGTH + frameBytes;
        int room = GuestFrames.HEADROOM + length + 63 & ~63;
        frames = new Frame[Math.min(batch, (FLUSH_BYTES + length - 1) / length)];
        MemorySegment slab = arena.allocate((long) frames.length * room, 4096);
        for (int i = 0; i < frames.length; i++) {
            long at = (long) i * room + GuestFrames.HEADROOM;
            GuestFrames.write(slab, at, frameBytes);
            frames[i] = new Frame(arena, 1).wrap(slab, at, length, 16);
        }
        VnetPeer peer = new VnetPeer(System::nanoTime);
        encapsulator = new VnetEncapsulator(arena, NETWORK, peer, 0);
        encapsulator.datagramCapacity(underlayMtu - IP_AND_UDP_HEADERS);
        decapsulator = new VnetDecapsulator(arena, NETWORK, peer, drops);
        wire = new Wire(arena, 65_536L + frames.length * (frameBytes * 2L + 256));
        encapsulateDecapsulate();
        wire.headersOnly(VnetHeader.LENGTH);
    }

    @Benchmark
    public int encapsulate() {
        int datagrams = 0;
        for (int left = batch; left > 0; left -= frames.length) {
            stage(Math.min(left, frames.length));
            datagrams += wire.datagrams();
        }
        return datagrams;
    }

    @Benchmark
    public long encapsulateDecapsulate() {
        nowNs += 1000;
        for (int left = batch; left > 0; left -= frames.length) {
            stage(Math.min(left, frames.length));
            for (int train = 0; train < wire.trains(); train++) {
                decapsulator.decapsulate(
                        wire.slab(),
                        wire.offset(train),
                        wire.length(train),
                        wire.segmentSize(train),
                        Ecn.NOT_ECT,
                        nowNs,
                        this);
            }
        }
        decapsulator.endBurst(this);
        bytesIn += (long) batch * (VirtioNetHeader.LENGTH + frameBytes);
        return bytesOut;
    }

    /// What is on the wire between two flushes of the way out.
    private void stage(int count) {
        wire.clear();
        for (int i = 0; i < count; i++) {
            if (encapsulator.encapsulate(frames[i], wire) == Encapsulator.FULL) {
                flush();
                encapsulator.encapsulate(frames[i], wire);
            }
        }
        flush();
    }

    private void flush() {
        encapsulator.finish(wire);
        encapsulator.flushed();
    }

    @Override
    public void onFrame(Frame frame) {
        bytesOut += frame.length();
    }

    @TearDown
    public void everyByteArrived() {
        if (bytesIn != bytesOut || drops.sum() != 0) {
            throw new IllegalStateException(
                    bytesIn + " bytes in, " + bytesOut + " bytes out, " + drops.sum() + " datagrams dropped");
        }
    }
}

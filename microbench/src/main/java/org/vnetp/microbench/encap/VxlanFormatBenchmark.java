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
import org.vnetp.overlay.encap.Merger;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// The `vxlan` format (RFC 7348): ordinary frames get their checksum and a header, superframes are
/// cut into segments with a checksum each; on the other side frames are checked and merged again.
/// The inner MTU is 1428.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VxlanFormatBenchmark implements FrameSink {
    private static final int DATAGRAM = 1450;
    /// VXLAN's 8 bytes with a frame's own headers, which the segmenter writes anew.
    private static final int LONGEST_HEADERS = 128;

    private static final int NETWORK = 42;

    @Param({"64", "256", "1400", "9000", "65000"})
    int frameBytes;

    private MemorySegment slab;
    private Frame frame;
    private Segmenter segmenter;
    private Merger trusting;
    private Merger verifying;
    private Wire wire;
    private long frames;
    private long bytes;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        slab = GuestFrames.allocate(arena, frameBytes);
        frame = new Frame(arena, 1).wrap(slab, GuestFrames.HEADROOM, VirtioNetHeader.LENGTH + frameBytes, 16);
        segmenter = new Segmenter(arena, NETWORK, DATAGRAM);
        trusting = new Merger(arena, NETWORK, Merger.Checksums.TRUST_OUTER);
        verifying = new Merger(arena, NETWORK, Merger.Checksums.VERIFY);
        wire = new Wire(arena, 65_536L + 2L * frameBytes);
        segment();
        wire.headersOnly(LONGEST_HEADERS);
        mergeTrusting();
        if (frames != 1 || bytes != VirtioNetHeader.LENGTH + frameBytes) {
            throw new IllegalStateException("one frame of " + frameBytes + " bytes went in, " + frames + " of " + bytes
                    + " bytes with virtio_net_hdr came out");
        }
    }

    @Benchmark
    public int segment() {
        wire.clear();
        int result = segmenter.encapsulate(frame, wire);
        segmenter.finish(wire);
        segmenter.flushed();
        if (result != Encapsulator.STAGED) {
            throw new IllegalStateException("encapsulate gave " + result);
        }
        return wire.datagrams();
    }

    @Benchmark
    public long mergeTrusting() {
        return merge(trusting);
    }

    @Benchmark
    public long mergeVerifying() {
        return merge(verifying);
    }

    private long merge(Merger merger) {
        for (int train = 0; train < wire.trains(); train++) {
            merger.decapsulate(
                    wire.slab(), wire.offset(train), wire.length(train), wire.segmentSize(train), Ecn.NOT_ECT, 0, this);
        }
        merger.endBurst(this);
        return frames;
    }

    @Override
    public void onFrame(Frame merged) {
        frames++;
        bytes += merged.length();
    }

    @TearDown
    public void everyFrameCameOut() {
        if (bytes != frames * (VirtioNetHeader.LENGTH + frameBytes)) {
            throw new IllegalStateException(frames + " frames with " + bytes + " bytes");
        }
    }
}

package org.vnetp.microbench.frame;

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
import org.vnetp.microbench.GuestFrames;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// The Internet checksum (RFC 1071) over a frame, and reading the addresses of a frame, which every frame pays.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {
    @Param({"64", "256", "1500", "9000", "65000"})
    int frameBytes;

    private MemorySegment slab;
    private Frame frame;

    @Setup
    public void setUp() {
        slab = GuestFrames.allocate(Arena.ofAuto(), frameBytes);
        frame = new Frame(Arena.ofAuto(), 1);
    }

    @Benchmark
    public int checksum() {
        return InternetChecksum.sum(slab, GuestFrames.HEADROOM + VirtioNetHeader.LENGTH, frameBytes);
    }

    @Benchmark
    public long wrapAndReadAddresses() {
        frame.wrap(slab, GuestFrames.HEADROOM, VirtioNetHeader.LENGTH + frameBytes, 16);
        return frame.destination() ^ frame.source();
    }
}

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

/// What one copy of a frame's bytes costs: the bar for everything that claims not to copy.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CopyBaseline {
    @Param({"64", "256", "1500", "9000", "65000"})
    int frameBytes;

    private MemorySegment from;
    private MemorySegment to;

    @Setup
    public void setUp() {
        from = Arena.ofAuto().allocate(frameBytes, 64);
        to = Arena.ofAuto().allocate(frameBytes, 64);
    }

    @Benchmark
    public MemorySegment copy() {
        MemorySegment.copy(from, 0, to, 0, frameBytes);
        return to;
    }
}

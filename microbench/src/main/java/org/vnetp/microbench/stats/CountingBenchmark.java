package org.vnetp.microbench.stats;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounters;

/// What every frame is counted under at one node: frames and bytes of the port it comes from and of the port it
/// leaves by, and its pair of addresses in the traffic matrix.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CountingBenchmark {
    private static final long FIRST_MAC = 0x02_00_00_00_00_00L;
    private static final long SENDER = 0x02_ff_00_00_00_01L;
    private static final int BYTES = 1500;

    @Param({"1", "64", "1024"})
    int pairs;

    private final LoopStatistics statistics = new LoopStatistics("bench");
    private final PortCounters in = statistics.port(0);
    private final PortCounters out = statistics.port(1);
    private int next;

    @Benchmark
    public long countFrame() {
        in.frameIn(BYTES);
        statistics.matrix().count(FIRST_MAC + (next++ & pairs - 1), SENDER, BYTES);
        out.frameOut(BYTES);
        return next;
    }
}

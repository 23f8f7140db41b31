package org.vnetp.microbench.dispatch;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.ModeController;

/// What the adaptive mode costs a round: counting, and deciding once a window.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ModeControllerBenchmark {
    private static final long ROUND_NS = 10_000;

    private final ModeController controller = new ModeController("out", DispatchSettings.DEFAULT, 0);
    private long nowNs;

    @Benchmark
    public boolean round() {
        nowNs += ROUND_NS;
        controller.onRound(64, nowNs);
        return controller.polling();
    }

    @Benchmark
    public long clockBaseline() {
        return System.nanoTime();
    }
}

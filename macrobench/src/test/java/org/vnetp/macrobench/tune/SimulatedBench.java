package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// A machine made of random numbers: its speed drifts for all settings alike, regions scatter, and each launch
/// has its own luck for each setting's kind of node. Round trips and a stream.
final class SimulatedBench implements Bench {
    static final String ROUND_TRIPS = "rtt";
    static final String STREAM = "tcp";

    private final Random random;
    private final double regionSpread;
    private final double launchSpread;
    private final ToDoubleFunction<Setting> gain;
    private final Map<String, Double> luck = new HashMap<>();
    private double drift;
    private Optional<Setting> broken = Optional.empty();
    int measured;
    int renewed;
    int stopAfter = Integer.MAX_VALUE;
    long nanoTime;

    /// @param gain of a setting over the default, as a log ratio
    SimulatedBench(long seed, double regionSpread, double launchSpread, ToDoubleFunction<Setting> gain) {
        this.random = new Random(seed);
        this.regionSpread = regionSpread;
        this.launchSpread = launchSpread;
        this.gain = gain;
    }

    void broken(Setting setting) {
        broken = Optional.of(setting);
    }

    @Override
    public void measure(Optional<Setting> setting, String workload, Run run) throws IOException, InterruptedException {
        if (measured >= stopAfter) {
            throw new InterruptedException("stopped");
        }
        measured++;
        nanoTime += 450_000_000;
        drift += 0.4 * regionSpread * random.nextGaussian();
        if (setting.isPresent() && setting.equals(broken)) {
            run.ended(Status.FAILED, "the node has ended");
            return;
        }
        String arm = workload + setting.map(Setting::toString).orElse("native");
        double better = setting.isPresent() ? gain.applyAsDouble(setting.get()) : 0.3;
        double log = better
                + drift
                + regionSpread * random.nextGaussian()
                + luck.computeIfAbsent(arm, _ -> launchSpread * random.nextGaussian());
        if (workload.equals(STREAM)) {
            run.value(Metrics.THROUGHPUT, 1e10 * Math.exp(log));
        } else {
            run.value(Metrics.RTT_P50, 5e4 * Math.exp(-log));
        }
    }

    @Override
    public void renew() {
        luck.clear();
        renewed++;
    }

    @Override
    public double seconds(String workload) {
        return 0.45;
    }

    @Override
    public double launchSeconds(int kinds) {
        return 5;
    }

    @Override
    public void close() {}
}

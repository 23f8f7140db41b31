package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// The highest rate of frames without loss, by [LossFreeSearch]; each trial is kept in the raw
/// output.
final class LossFree implements Workload {
    private static final int TRIALS_AT_LOAD = 3;
    private static final double EXCEED_RATIO = 0.5;
    private static final double WIDTH = 0.05;
    private static final double BUDGET_PER_SECOND = 3;
    /// Waiting for what is in flight, a trial; and the two programs' start.
    private static final double QUIET_SHARE = 0.35;

    private static final double START_SECONDS = 1.5;

    @Override
    public String name() {
        return "loss-free";
    }

    @Override
    public Metric primary() {
        return Metrics.LOSS_FREE_RATE;
    }

    @Override
    public List<Params> cells() {
        return cells(List.of(64, 1280));
    }

    @Override
    public List<Params> cells(List<Integer> sizes) {
        return FrameSize.cells(sizes);
    }

    @Override
    public boolean sized() {
        return true;
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public boolean busy() {
        return false; // the start of the source's and sink's Java machines would count as the fabric's cost
    }

    @Override
    public Duration estimate(double seconds) {
        return Duration.ofMillis(Math.round(1000 * (BUDGET_PER_SECOND * seconds * (1 + QUIET_SHARE) + START_SECONDS)));
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    /// Warms a pair up, searches, and keeps the trials in the run's raw output.
    ///
    /// @param seconds of measuring that the search stands for; it takes a few times as long
    static LossFreeSearch.Result search(Setup setup, double seconds, LoadPair pair)
            throws IOException, InterruptedException {
        double trial = Math.min(0.3, seconds / 10);
        LossFreeSearch.Settings settings =
                new LossFreeSearch.Settings(trial, TRIALS_AT_LOAD, EXCEED_RATIO, WIDTH, BUDGET_PER_SECOND * seconds);
        pair.warmUp();
        LossFreeSearch.Result found = new LossFreeSearch(settings, pair).search();
        Files.writeString(Path.of(setup.raw() + ".trials.csv"), csv(found));
        return found;
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        int size = Integer.parseInt(setup.params().get("size"));
        if (!FrameSize.fits(size, setup.client(), run)) {
            return null;
        }
        int payload = FrameSize.payload(size);
        try (LoadPair pair = new LoadPair(setup.client(), setup.server(), payload, setup.raw())) {
            LossFreeSearch.Result found = search(setup, setup.seconds(), pair);
            run.value(Metrics.FLOOD_RATE, found.most());
            run.value(Metrics.SENT, pair.sent());
            run.value(Metrics.LOSSES, pair.sent() - pair.arrived());
            run.value(Metrics.CPU_SENDER, pair.sourceCpu());
            run.value(Metrics.CPU_RECEIVER, pair.sinkCpu());
            if (found.load() == 0) {
                run.ended(
                        Status.FAILED,
                        String.format(
                                Locale.ROOT,
                                "no load without loss found; %.0f frames/s still lost some, the time is spent",
                                found.upper()));
                return null;
            }
            run.value(Metrics.LOSS_FREE_RATE, found.conditionalThroughput());
            run.value(Metrics.SOURCE_LIMITED, found.sourceLimited() ? 1 : 0);
            return new Moved(pair.arrived() * payload, pair.arrived());
        }
    }

    static String csv(LossFreeSearch.Result found) {
        StringBuilder text = new StringBuilder("intended_per_s,duration_s,sent,took_s,received,loss_ratio\n");
        for (LossFreeSearch.Trial t : found.trials()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%.1f,%.3f,%d,%.6f,%d,%.9f%n",
                    t.intended(),
                    t.duration(),
                    t.sent(),
                    t.seconds(),
                    t.received(),
                    t.lossRatio()));
        }
        return text.toString();
    }
}

package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Whether a network that adapts pays: a fixed amount of work over four hosts, its whole time
/// from the first byte to the last, reaction and changes included. Arms are fabrics:
/// `vnetp:topology=star` stays a star, `vnetp` is a mesh, `vnetp:topology=star,adapt=on` begins
/// as the star in each run, and `...,adapt=advise` measures and decides but changes nothing. Some
/// works are negative controls: no change pays, and one fails the run.
///
/// A subclass says which works, and what happens to the network meanwhile.
abstract class ExchangingWorkload implements Workload {
    private static final int HOSTS = 4;
    private static final int ESTIMATE_SECONDS = 45;

    final Supplier<MpiLauncher> launcher;

    ExchangingWorkload(Supplier<MpiLauncher> launcher) {
        this.launcher = launcher;
    }

    /// The works of which no change may come, as in `compute-10`.
    abstract List<ExchangeRun.Work> controls();

    /// The others.
    abstract List<ExchangeRun.Work> works();

    @Override
    public Metric primary() {
        return Metrics.TIME;
    }

    @Override
    public boolean busy() {
        return false;
    }

    @Override
    public int hosts() {
        return HOSTS;
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public boolean everywhere() {
        return true;
    }

    @Override
    public List<Params> cells() {
        return Stream.concat(works().stream(), controls().stream())
                .map(ExchangingWorkload::cell)
                .toList();
    }

    static Params cell(ExchangeRun.Work work) {
        return Params.of("work", work.toString());
    }

    static ExchangeRun.Work work(Setup setup) {
        return ExchangeRun.Work.parse(setup.params().get("work"));
    }

    boolean isControl(ExchangeRun.Work work) {
        return controls().stream().anyMatch(control -> control.pattern() == work.pattern());
    }

    /// Whether no change pays in a run, so that one fails it.
    boolean isNegative(Setup setup, ExchangeRun.Work work) {
        return isControl(work);
    }

    /// What happens to the network while ranks exchange; a new one for each run.
    ExchangeRun.Meanwhile meanwhile(Setup setup) {
        return ExchangeRun.Meanwhile.NOTHING;
    }

    @Override
    public Duration overhead() {
        return Duration.ofSeconds(ESTIMATE_SECONDS);
    }

    @Override
    public List<Need> needs() {
        return Need.ofRanks();
    }

    /// Links that a controller had added before go with what they counted.
    @Override
    public void prepare(Fabric fabric) {
        fabric.restartAdapter();
    }

    /// What a workload looks at beside, after the exchange.
    void also(Setup setup, ExchangeRun.Work work, ExchangeRun.Came came, Run run)
            throws IOException, InterruptedException {}

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        run.value(Metrics.TIME, Double.NaN); // a run that fails is seen to be missing
        ExchangeRun.Work work = work(setup);
        ExchangeRun.Meanwhile meanwhile = meanwhile(setup);
        Optional<ExchangeRun.Came> came;
        try {
            came = new ExchangeRun(launcher, work).over(setup, meanwhile, run);
        } catch (UnsupportedOperationException e) {
            run.ended(Status.SKIPPED, "not applicable: " + e.getMessage());
            return null;
        }
        if (came.isEmpty()) {
            return null;
        }
        Optional<String> trouble = meanwhile.trouble(came.get());
        if (trouble.isPresent()) {
            run.ended(Status.FAILED, trouble.get());
            return null;
        }
        run.value(Metrics.TIME, came.get().seconds());
        Instant cause = meanwhile.cause(came.get());
        came.get().decisions().ifPresent(all -> all.record(isNegative(setup, work), cause, run));
        also(setup, work, came.get(), run);
        return came.get().moved(work);
    }
}

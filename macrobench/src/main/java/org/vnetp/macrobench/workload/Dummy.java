package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Starts a program that does nothing and waits for its end: what the suite itself takes for every run.
final class Dummy implements Workload {
    @Override
    public String name() {
        return "dummy";
    }

    @Override
    public Metric primary() {
        return Metrics.TIME;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.NONE);
    }

    /// It ends when it is done, however many seconds a run is given.
    @Override
    public Duration estimate(double seconds) {
        return Duration.ofMillis(50);
    }

    @Override
    public List<Need> needs() {
        return List.of();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        Program.Result result = Program.run(
                setup.client().tethered(List.of("true")),
                Path.of(setup.raw() + ".txt"),
                Path.of(setup.raw() + ".err.txt"),
                setup.limit());
        if (result.exitCode() != 0) {
            run.ended(Status.FAILED, "'true' ended with " + result.exitCode());
            return null;
        }
        run.value(Metrics.TIME, result.wall().toNanos() / 1e9);
        return Moved.NOTHING;
    }
}

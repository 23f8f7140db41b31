package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.vnetp.macrobench.testbed.Adapter;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.TimeLineFile;

/// What happens on a fabric while something runs over it: what each host sends, and what its
/// controller decides where it has one. Closed when the run is over, then recorded. For one thread.
public final class LedRun implements AutoCloseable {
    private final Fabric fabric;
    private final Instant begin;
    private final double cpuSeconds;
    private final TimeLine line;

    private LedRun(Fabric fabric) {
        this.fabric = fabric;
        this.begin = Instant.now();
        this.cpuSeconds = cpuSeconds(fabric);
        this.line = TimeLine.begin(fabric);
    }

    /// Begins to note.
    public static LedRun begin(Fabric fabric) {
        return new LedRun(fabric);
    }

    private static double cpuSeconds(Fabric fabric) {
        return fabric.adapter().map(Adapter::cpuSeconds).orElse(0.0);
    }

    /// Ends noting.
    @Override
    public void close() {
        line.close();
    }

    /// Records what the controller did from [#begin] on, and writes the time line beside the run's
    /// own output.
    ///
    /// @param raw what names of the run's own files begin with
    public void record(Path raw, Run run) throws IOException {
        keep(raw, begin, run).ifPresent(decisions -> decisions.record(false, begin, run));
    }

    /// Writes the time line and records the controller's processor time.
    ///
    /// @param since the run's beginning, which is the time line's
    /// @return what was decided since the controller was started; empty where there is none
    Optional<Decisions> keep(Path raw, Instant since, Run run) throws IOException {
        Optional<Decisions> decisions = fabric.adapter().map(Adapter::decisions).map(Decisions::parse);
        if (decisions.isPresent()) {
            run.value(Metrics.CONTROLLER_CPU, Math.max(0, cpuSeconds(fabric) - cpuSeconds));
        }
        line.write(
                raw.resolveSibling(raw.getFileName() + TimeLineFile.SUFFIX),
                since,
                decisions.map(Decisions::events).orElse(List.of()));
        return decisions;
    }
}

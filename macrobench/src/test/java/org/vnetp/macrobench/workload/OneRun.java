package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;

/// One run of a workload without a campaign, and what it has recorded.
final class OneRun {
    private OneRun() {}

    /// The first of a workload's cells, over links that have no rate.
    static Cell firstCell(String workload, String fabric) {
        return cell(workload, Workloads.find(workload).cells().getFirst(), fabric);
    }

    static Cell cell(String workload, Params params, String fabric) {
        return new Cell("macro", workload, params, fabric, "none");
    }

    /// Runs a cell; its files come to lie in `raw` and `latency`, as in a result's directory.
    static Run of(MacroRunner runner, Cell cell, int block, Path directory, Duration limit)
            throws IOException, InterruptedException {
        Slot slot = new Slot(cell, block, 0);
        Run run = slot.newRun();
        Path raw = Files.createDirectories(directory.resolve("raw"));
        Files.createDirectories(directory.resolve("latency"));
        runner.run(slot, run, raw.resolve(run.fileName()), limit);
        return run;
    }

    /// What was recorded last of a metric.
    static double value(Run run, Metric metric) {
        return run.observations().stream()
                .filter(o -> o.metric().equals(metric.name()))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError(metric.name() + " is not recorded: " + run.reason()))
                .value();
    }
}

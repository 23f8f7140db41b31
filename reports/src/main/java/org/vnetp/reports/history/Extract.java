package org.vnetp.reports.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;
import org.hipparchus.distribution.continuous.TDistribution;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;

/// What a history keeps of a result: an entry for each series that has a good value.
///
/// @param run with the entries
/// @param troubles a sentence for each value that is none and was left out
record Extract(HistoryRun run, List<String> troubles) {
    /// What a workload is told by, besides its primary metric. Others say the same again, or are too unsteady
    /// to be watched.
    private static final List<Metric> KEPT = List.of(
            Metrics.THROUGHPUT,
            Metrics.FRAME_RATE,
            Metrics.MESSAGE_RATE,
            Metrics.LOSS_FREE_RATE,
            Metrics.GUPS,
            Metrics.GFLOPS,
            Metrics.LATENCY,
            Metrics.RTT_P50,
            Metrics.RTT_P99,
            Metrics.OUTAGE,
            Metrics.CPU_PER_GIB,
            Metrics.CPU_PER_MFRAMES);

    private static final double TAIL = 0.025;

    static Extract of(Results results) throws IOException {
        RunInfo info = results.info();
        MachineKey key = MachineKey.of(info);
        List<Entry> entries = new ArrayList<>();
        List<String> troubles = new ArrayList<>();
        if (results.cutOffLines() > 0) {
            troubles.add("the last line of observations.csv was cut off (a crash or a full disk) and left out");
        }
        switch (info.suite()) {
            case "nas", "macro" ->
                cells(new Study(results.observations(), info.suite()), info.suite(), entries, troubles);
            case "micro" -> forks(results, entries, troubles);
            default -> throw new IllegalArgumentException("suite '" + info.suite() + "' is none of nas, macro, micro");
        }
        if (entries.isEmpty()) {
            throw new IllegalArgumentException(
                    "no value of any series: nothing to add" + (troubles.isEmpty() ? "" : "; " + troubles.getFirst()));
        }
        if (info.state().equals("running")) {
            throw new IllegalArgumentException("the run is not at its end (state running)");
        }
        String commit = info.gitCommit().matches("[0-9a-f]{7,64}") ? info.gitCommit() : "";
        return new Extract(
                new HistoryRun(
                        HistoryRun.SCHEMA,
                        key.text(),
                        key.hard(),
                        key.soft(),
                        info.suite(),
                        info.started(),
                        commit,
                        info.gitDirty(),
                        info.state(),
                        entries),
                List.copyOf(troubles));
    }

    private static void cells(Study study, String suite, List<Entry> entries, List<String> troubles) {
        boolean hasNative = study.fabrics().contains(Fabrics.NATIVE);
        for (Study.Cell cell : study.cells()) {
            for (Metric metric : metrics(study, cell, suite)) {
                for (String fabric : study.fabrics()) {
                    if (fabric.equals(Fabrics.NATIVE_AGAIN)) {
                        continue; // a control of the run itself, not a series
                    }
                    String series = new SeriesName(
                                    suite, cell.benchmark(), fabric, cell.link(), cell.params(), metric.name())
                            .text();
                    if (fabric.equals(Fabrics.NATIVE) || !hasNative) {
                        raw(study, cell, fabric, metric, series).ifPresent(entries::add);
                    } else {
                        ratio(study, cell, fabric, metric, series).ifPresent(entries::add);
                    }
                }
            }
            for (String fabric : study.fabrics()) {
                study.status(cell, fabric)
                        .filter(status -> status != Status.OK && status != Status.SKIPPED)
                        .ifPresent(status -> troubles.add(suite + " " + Names.row(cell) + " on " + fabric + " at "
                                + Names.link(cell.link()) + " ended as " + status.text() + ": no value"));
            }
        }
        if (suite.equals("nas") && hasNative) {
            means(study, entries);
        }
    }

    private static Set<Metric> metrics(Study study, Study.Cell cell, String suite) {
        Set<Metric> metrics = new java.util.LinkedHashSet<>();
        if (suite.equals("nas")) {
            metrics.add(Metrics.MOPS);
        } else {
            study.primary(cell.benchmark()).ifPresent(metrics::add);
            KEPT.stream()
                    .filter(metric -> study.metrics().containsKey(metric.name()))
                    .forEach(metrics::add);
        }
        return metrics;
    }

    private static Optional<Entry> ratio(Study study, Study.Cell cell, String fabric, Metric metric, String series) {
        return study.ratio(cell, fabric, Fabrics.NATIVE, metric).map(ratio -> {
            boolean bounded = Double.isFinite(ratio.low()) && Double.isFinite(ratio.high());
            return new Entry(
                    series,
                    HistoryRun.OF_NATIVE,
                    true,
                    ratio.estimate(),
                    bounded ? ratio.low() : Double.NaN,
                    bounded ? ratio.high() : Double.NaN,
                    ratio.pairs(),
                    study.launchRatios(cell, fabric, Fabrics.NATIVE, metric));
        });
    }

    private static Optional<Entry> raw(Study study, Study.Cell cell, String fabric, Metric metric, String series) {
        if (study.status(cell, fabric).orElse(Status.FAILED) != Status.OK) {
            return Optional.empty();
        }
        List<Double> launches = study.launchValues(cell, fabric, metric);
        return launches.isEmpty()
                ? Optional.empty()
                : Optional.of(entry(
                        series,
                        metric.unit(),
                        metric.direction() == Metric.Direction.HIGHER_IS_BETTER,
                        study.median(cell, fabric, metric.name()),
                        study.values(cell, fabric, metric.name()).length,
                        launches));
    }

    /// An entry whose interval is Student's of the launches' values: 95 % about their mean, moved to the
    /// value.
    private static Entry entry(
            String series, String unit, boolean moreIsBetter, double value, int blocks, List<Double> launches) {
        int n = launches.size();
        double half = Double.NaN;
        if (n > 1) {
            double mean =
                    launches.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
            double squares =
                    launches.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
            half = new TDistribution(n - 1).inverseCumulativeProbability(1 - TAIL) * Math.sqrt(squares / (n - 1) / n);
        }
        return new Entry(series, unit, moreIsBetter, value, value - half, value + half, blocks, launches);
    }

    /// The geometric mean over a link's cells. Which cells these are is part of its name: the mean of other
    /// cells is another quantity, and one that failed once must not look like a step.
    private static void means(Study study, List<Entry> entries) {
        for (String link : study.links()) {
            for (String fabric : study.overlays()) {
                Summary mean = study.summary(link, fabric, Fabrics.NATIVE, Metrics.MOPS);
                if (mean.cells() < 2) {
                    continue;
                }
                CRC32 cells = new CRC32();
                for (Study.Cell cell : study.cells()) {
                    if (cell.link().equals(link)
                            && study.ratio(cell, fabric, Fabrics.NATIVE, Metrics.MOPS)
                                    .isPresent()) {
                        cells.update((Names.row(cell) + "\n").getBytes(StandardCharsets.UTF_8));
                    }
                }
                boolean bounded = Double.isFinite(mean.low()) && Double.isFinite(mean.high());
                entries.add(new Entry(
                        new SeriesName(
                                        "nas",
                                        SeriesName.GEOMETRIC_MEAN,
                                        fabric,
                                        link,
                                        String.format(
                                                java.util.Locale.ROOT,
                                                "cells=%d;set=%08x",
                                                mean.cells(),
                                                cells.getValue()),
                                        Metrics.MOPS.name())
                                .text(),
                        HistoryRun.OF_NATIVE,
                        true,
                        mean.geometricMean(),
                        bounded ? mean.low() : Double.NaN,
                        bounded ? mean.high() : Double.NaN,
                        mean.cells(),
                        List.of()));
            }
        }
    }

    private static void forks(Results results, List<Entry> entries, List<String> troubles) throws IOException {
        java.nio.file.Path file = results.directory().resolve(JmhResult.FILE);
        List<JmhResult> scores = JmhResult.read(file);
        Set<String> seen = new HashSet<>();
        for (JmhResult score : scores) {
            StringBuilder params = new StringBuilder();
            score.params()
                    .forEach((name, value) -> params.append(params.isEmpty() ? "" : ";")
                            .append(name)
                            .append('=')
                            .append(value));
            String series = new SeriesName("micro", score.benchmark(), "", "", params.toString(), score.mode()).text();
            if (!seen.add(series)) {
                throw new IllegalArgumentException(
                        file + ": " + series + " twice; expected each benchmark, its parameters and mode once");
            }
            if (!Double.isFinite(score.score())) {
                troubles.add(series + ": its score is no number above 0: left out");
                continue;
            }
            List<Double> means = score.forks().means();
            boolean rate = score.unit().startsWith("ops/");
            if (means.stream().allMatch(mean -> mean > 0)) {
                entries.add(entry(
                        series, score.unit(), rate, score.score(), score.forks().iterations(), means));
            } else {
                troubles.add(series + ": a fork's mean is not above 0: its forks are left out");
                entries.add(entry(
                        series, score.unit(), rate, score.score(), score.forks().iterations(), List.of()));
            }
        }
    }
}

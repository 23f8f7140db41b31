package org.vnetp.reports.chart;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.reports.chart.Plots.Axis;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.CostTable;
import org.vnetp.reports.table.Published;

/// The plots of a NAS result.
public final class NasCharts {
    private static final String PERCENT = "percent of native (100 = native)";

    /// Bytes a second between hosts below which a kernel is left out of the picture against traffic.
    private static final double LEAST_TRAFFIC = 1e6;

    private NasCharts() {}

    /// Those that its data allow.
    public static List<Picture> of(Study study) {
        List<Picture> pictures = new ArrayList<>();
        for (String link : study.links()) {
            percentOfNative(study, link).ifPresent(pictures::add);
        }
        for (String link : study.links()) {
            besidePublished(study, link).ifPresent(pictures::add);
        }
        for (String link : study.links()) {
            mops(study, link).ifPresent(pictures::add);
        }
        againstTraffic(study).ifPresent(pictures::add);
        for (String link : study.links()) {
            timeAgainstClock(study, link).ifPresent(pictures::add);
        }
        for (String link : study.links()) {
            cpu(study, link).ifPresent(pictures::add);
        }
        return pictures;
    }

    private static Point interval(double x, PairedRatio ratio) {
        return new Point(x, 100 * ratio.estimate(), 100 * ratio.low(), 100 * ratio.high());
    }

    private static Optional<Picture> percentOfNative(Study study, String link) {
        List<Study.Cell> cells = Charts.cells(study, link);
        List<String> overlays = study.overlays();
        List<Series> series = new ArrayList<>();
        for (int s = 0; s < overlays.size(); s++) {
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < cells.size(); i++) {
                double x = i + shift(s, overlays.size());
                study.ratio(cells.get(i), overlays.get(s), Fabrics.NATIVE, Metrics.MOPS)
                        .ifPresent(ratio -> points.add(interval(x, ratio)));
            }
            if (!points.isEmpty()) {
                series.add(new Series(overlays.get(s), Charts.look(study, overlays.get(s)), false, points));
            }
        }
        return series.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.intervals(
                        "percent-of-native-" + Charts.file(link),
                        "Percent of native, " + Names.links(link) + " (bars: 95 % interval)",
                        PERCENT,
                        cells.stream().map(Names::row).toList(),
                        series,
                        100));
    }

    private static double shift(int index, int count) {
        return count < 2 ? 0 : (index - (count - 1) / 2.0) * Math.min(0.22, 0.7 / count);
    }

    /// By kernel: our cells with their intervals, and all published rows of that kernel.
    private static Optional<Picture> besidePublished(Study study, String link) {
        if (!Published.has(link)) {
            return Optional.empty();
        }
        Map<String, List<Study.Cell>> ours = new LinkedHashMap<>();
        List<String> fabrics = study.fabrics().stream()
                .filter(fabric -> fabric.startsWith(Fabrics.VNETP))
                .toList();
        for (Study.Cell cell : Charts.cells(study, link)) {
            if (fabrics.stream()
                    .anyMatch(fabric -> study.ratio(cell, fabric, Fabrics.NATIVE, Metrics.MOPS)
                            .isPresent())) {
                ours.computeIfAbsent(kernel(cell.benchmark()), _ -> new ArrayList<>())
                        .add(cell);
            }
        }
        if (ours.isEmpty()) {
            return Optional.empty();
        }
        List<String> kernels = List.copyOf(ours.keySet());
        Map<String, List<Point>> points = new LinkedHashMap<>();
        List<Point> published = new ArrayList<>();
        for (int i = 0; i < kernels.size(); i++) {
            List<Study.Cell> own = ours.get(kernels.get(i));
            for (int k = 0; k < own.size(); k++) {
                double x = i - 0.15 + (k - (own.size() - 1) / 2.0) * 0.25 / own.size();
                for (String fabric : fabrics) {
                    study.ratio(own.get(k), fabric, Fabrics.NATIVE, Metrics.MOPS)
                            .ifPresent(ratio -> points.computeIfAbsent(fabric, _ -> new ArrayList<>())
                                    .add(interval(x, ratio)));
                }
            }
            String kernel = kernels.get(i);
            List<Published.Row> rows = Published.rows(link).stream()
                    .filter(row -> kernel(row.benchmark()).equals(kernel))
                    .toList();
            for (int k = 0; k < rows.size(); k++) {
                double x = i + 0.15 + (k - (rows.size() - 1) / 2.0) * 0.25 / rows.size();
                published.add(Point.of(x, 100 * rows.get(k).ratio()));
            }
        }
        List<Series> series = new ArrayList<>();
        points.forEach((fabric, own) ->
                series.add(new Series(fabric + " (this run)", Charts.look(study, fabric), false, own)));
        if (!published.isEmpty()) {
            series.add(new Series(
                    "VNET/P published 2012 (B and C, 8 to 16 ranks)", Palette.published(), false, published));
        }
        return Optional.of(Plots.intervals(
                "beside-published-" + Charts.file(link),
                "Percent of native beside the published results, " + Names.link(link),
                PERCENT,
                kernels,
                series,
                100));
    }

    private static String kernel(String benchmark) {
        int dot = benchmark.indexOf('.');
        return dot < 0 ? benchmark : benchmark.substring(0, dot);
    }

    private static Optional<Picture> mops(Study study, String link) {
        List<Study.Cell> cells = Charts.cells(study, link);
        List<String> fabrics = study.fabrics().stream()
                .filter(fabric -> !fabric.equals(Fabrics.NATIVE_AGAIN))
                .toList();
        List<double[]> values = fabrics.stream()
                .map(fabric -> cells.stream()
                        .mapToDouble(cell -> Charts.ok(study, cell, fabric)
                                ? study.median(cell, fabric, Metrics.MOPS.name())
                                : Double.NaN)
                        .toArray())
                .toList();
        return Charts.bars(
                "mops-" + Charts.file(link),
                "Mop/s, " + Names.links(link) + " (medians, logarithmic)",
                "Mop/s",
                cells.stream().map(Names::row).toList(),
                study,
                fabrics,
                values,
                true);
    }

    /// Against the traffic that native ranks cause: what an overlay costs grows with it. Ranks that hardly talk say
    /// nothing here, and would take most of a logarithmic axis.
    private static Optional<Picture> againstTraffic(Study study) {
        Map<String, List<Point>> byArm = new LinkedHashMap<>();
        Map<String, Palette.Look> looks = new LinkedHashMap<>();
        for (String overlay : study.overlays()) {
            for (int l = 0; l < study.links().size(); l++) {
                String link = study.links().get(l);
                String name = overlay + ", " + Names.link(link);
                for (Study.Cell cell : Charts.cells(study, link)) {
                    double rate = CostTable.bytesPerSecond(study, cell, Fabrics.NATIVE);
                    if (rate >= LEAST_TRAFFIC) {
                        study.ratio(cell, overlay, Fabrics.NATIVE, Metrics.MOPS)
                                .ifPresent(ratio -> byArm.computeIfAbsent(name, _ -> new ArrayList<>())
                                        .add(interval(rate / 1e6, ratio)));
                    }
                }
                Palette.Look look = Charts.look(study, overlay);
                looks.put(
                        name,
                        l % 2 == 0
                                ? look
                                : new Palette.Look(
                                        look.color(), Palette.other(l - 1).marker(), look.line()));
            }
        }
        List<Series> series = byArm.entrySet().stream()
                .map(e -> new Series(e.getKey(), looks.get(e.getKey()), false, e.getValue()))
                .toList();
        return series.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.xy(
                        "percent-against-traffic",
                        "Percent of native against traffic (bars: 95 % interval)",
                        Axis.fit("MB/s between hosts, native (logarithmic; from 1 MB/s on)", true),
                        percentAxis(series),
                        series,
                        100));
    }

    private static Axis percentAxis(List<Series> series) {
        Bulk bulk = Bulk.of(series, 100);
        return new Axis(
                PERCENT,
                false,
                Math.max(0, 5 * Math.floor((bulk.low() - 2) / 5)),
                5 * Math.ceil((bulk.high() + 2) / 5),
                Plots::compact);
    }

    /// Every single region's time against the median of native, over the clock: shows drift, outliers, and how the arms
    /// move together. Results that do not know the time are shown over their blocks.
    private static Optional<Picture> timeAgainstClock(Study study, String link) {
        boolean clock = Charts.cells(study, link).stream()
                .anyMatch(cell -> study.fabrics().stream()
                        .flatMap(fabric -> study.runs(cell, fabric).stream())
                        .anyMatch(run -> Double.isFinite(run.atSeconds())));
        List<Series> series = new ArrayList<>();
        Collection<String> fabrics = study.fabrics();
        int index = 0;
        double last = 0.1;
        for (String fabric : fabrics) {
            List<Point> points = new ArrayList<>();
            for (Study.Cell cell : Charts.cells(study, link)) {
                double reference = study.median(cell, Fabrics.NATIVE, Metrics.TIME.name());
                for (Study.RunValues run : study.runs(cell, fabric)) {
                    double time = run.values().getOrDefault(Metrics.TIME.name(), Double.NaN);
                    double at = clock ? run.atSeconds() / 60 : run.block() + 1 + shift(index, fabrics.size());
                    if (run.status() == Status.OK && Double.isFinite(time / reference) && Double.isFinite(at)) {
                        points.add(Point.of(at, 100 * time / reference));
                        last = Math.max(last, at);
                    }
                }
            }
            if (!points.isEmpty()) {
                series.add(new Series(fabric, Charts.look(study, fabric), false, points));
            }
            index++;
        }
        if (series.isEmpty()) {
            return Optional.empty();
        }
        Bulk bulk = Bulk.of(series, 100);
        Picture picture = Plots.xy(
                "time-against-clock-" + Charts.file(link),
                "Time of every region, " + Names.links(link) + " (all kernels; below 100 is faster)",
                new Axis(
                        clock ? "minutes since the run began" : "block",
                        false,
                        -0.02 * last,
                        1.02 * last,
                        Plots::compact),
                new Axis(
                        "time, percent of native's median",
                        false,
                        Math.max(0, 10 * Math.floor((bulk.low() - 2) / 10)),
                        10 * Math.ceil((bulk.high() + 2) / 10),
                        Plots::compact),
                series,
                100);
        picture.chart().getStyler().setMarkerSize(5);
        return Optional.of(picture);
    }

    private static Optional<Picture> cpu(Study study, String link) {
        List<Metric> parts = List.of(Metrics.CPU_RANKS, Metrics.CPU_NODES, Metrics.SOFTIRQ);
        List<String> categories = new ArrayList<>();
        List<List<Double>> values = new ArrayList<>();
        parts.forEach(_ -> values.add(new ArrayList<>()));
        for (Study.Cell cell : Charts.cells(study, link)) {
            double reference = study.median(cell, Fabrics.NATIVE, Metrics.CPU_RANKS.name());
            for (String fabric : study.fabrics()) {
                if (!Charts.ok(study, cell, fabric) || fabric.equals(Fabrics.NATIVE_AGAIN) || !(reference > 0)) {
                    continue;
                }
                categories.add(kernel(cell.benchmark()) + " " + fabric);
                for (int i = 0; i < parts.size(); i++) {
                    double value = study.median(cell, fabric, parts.get(i).name());
                    values.get(i).add(Double.isNaN(value) ? 0 : 100 * value / reference);
                }
            }
        }
        if (categories.isEmpty() || new LinkedHashSet<>(categories).size() < categories.size()) {
            return Optional.empty(); // several classes of a kernel: too many bars to read; the table has the figures
        }
        return Optional.of(Plots.bars(
                "cpu-" + Charts.file(link),
                "CPU time, " + Names.links(link) + " (native ranks = 100)",
                "CPU seconds, percent of native ranks'",
                categories,
                List.of("ranks", "overlay nodes", "softirq (whole machine)"),
                List.of(Palette.of(Fabrics.NATIVE_AGAIN, 0), Palette.of(Fabrics.VNETP, 0), Palette.published()),
                values.stream()
                        .map(list ->
                                list.stream().mapToDouble(Double::doubleValue).toArray())
                        .toList(),
                false,
                true));
    }
}

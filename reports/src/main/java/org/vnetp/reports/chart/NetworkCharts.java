package org.vnetp.reports.chart;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.vnetp.reports.chart.Plots.Axis;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.stats.CpuSplit;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Numbers;

/// The plots of network workloads.
public final class NetworkCharts {
    private NetworkCharts() {}

    /// Those that its data allow.
    ///
    /// @param curves percentile curves by title, then by fabric, where histograms were kept
    public static List<Picture> of(Study study, Map<String, Map<String, PercentileCurve>> curves) {
        List<Picture> pictures = new ArrayList<>();
        Set<String> benchmarks = new LinkedHashSet<>();
        study.cells().forEach(cell -> benchmarks.add(cell.benchmark()));
        for (String link : study.links()) {
            for (String benchmark : benchmarks) {
                study.primary(benchmark)
                        .ifPresent(metric ->
                                workload(study, link, benchmark, metric).ifPresent(pictures::add));
                if (study.primary(benchmark).equals(Optional.of(Metrics.LATENCY))) {
                    workload(study, link, benchmark, Metrics.THROUGHPUT).ifPresent(pictures::add);
                }
            }
            cost(study, link, benchmarks, Metrics.CPU_PER_GIB, CpuSplit.Per.GIB).ifPresent(pictures::add);
            cost(study, link, benchmarks, Metrics.CPU_PER_MFRAMES, CpuSplit.Per.MFRAMES)
                    .ifPresent(pictures::add);
        }
        curves.forEach((title, byFabric) -> pictures.add(percentiles(study, title, byFabric)));
        return pictures;
    }

    private static Optional<Picture> workload(Study study, String link, String benchmark, Metric metric) {
        List<Study.Cell> all = Charts.cells(study, link).stream()
                .filter(cell -> cell.benchmark().equals(benchmark)
                        && study.fabrics().stream()
                                .anyMatch(fabric -> study.values(cell, fabric, metric.name()).length > 0))
                .toList();
        List<Study.Cell> sized =
                all.stream().filter(cell -> Study.number(cell, "size") >= 0).toList();
        // Without the one that stands for all sizes together.
        List<Study.Cell> cells = sized.size() > 1 ? sized : all;
        boolean second = study.primary(benchmark).filter(metric::equals).isEmpty();
        String name =
                Charts.file(benchmark) + (second ? "-" + Charts.file(metric.label()) : "") + "-" + Charts.file(link);
        double largest = 0;
        for (Study.Cell cell : cells) {
            for (String fabric : study.fabrics()) {
                double value = study.median(cell, fabric, metric.name());
                largest = Double.isNaN(value) ? largest : Math.max(largest, value);
            }
        }
        Numbers.Scale scale = Numbers.scale(metric.unit(), largest);
        String label = metric.label() + ", " + scale.unit();
        boolean sizes = cells.size() > 1 && cells.stream().allMatch(cell -> Study.number(cell, "size") >= 0);
        if (!sizes) {
            List<String> fabrics = List.copyOf(study.fabrics());
            List<double[]> values = fabrics.stream()
                    .map(fabric -> cells.stream()
                            .mapToDouble(cell -> Charts.ok(study, cell, fabric)
                                    ? scale.of(study.median(cell, fabric, metric.name()))
                                    : Double.NaN)
                            .toArray())
                    .toList();
            return cells.isEmpty()
                    ? Optional.empty()
                    : Charts.bars(
                            name,
                            benchmark + ", " + Names.links(link) + " (medians)",
                            label,
                            cells.stream()
                                    .map(cell -> cell.params().isEmpty() ? benchmark : cell.params())
                                    .toList(),
                            study,
                            fabrics,
                            values,
                            false);
        }
        boolean zero = cells.stream().anyMatch(cell -> Study.number(cell, "size") == 0);
        List<Series> series = new ArrayList<>();
        Set<String> variants = new LinkedHashSet<>();
        cells.forEach(cell -> variants.add(variant(cell)));
        int dashed = 0;
        for (String variant : variants) {
            for (String fabric : study.fabrics()) {
                List<Point> points = new ArrayList<>();
                for (Study.Cell cell : cells) {
                    double value = scale.of(study.median(cell, fabric, metric.name()));
                    if (variant(cell).equals(variant) && Charts.ok(study, cell, fabric) && value > 0) {
                        double size = Study.number(cell, "size");
                        points.add(Point.of(zero ? Math.max(size, 0.5) : size, value)); // 0 B stands at the left edge
                    }
                }
                if (!points.isEmpty()) {
                    points.sort(java.util.Comparator.comparingDouble(Point::x));
                    Palette.Look look = Charts.look(study, fabric);
                    series.add(new Series(
                            variant.isEmpty() ? fabric : fabric + " " + variant,
                            dashed == 0 ? look : new Palette.Look(look.color(), look.marker(), Palette.line(dashed)),
                            true,
                            points));
                }
            }
            dashed++;
        }
        return series.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.xy(
                        name,
                        benchmark + ", " + Names.links(link) + " (medians)",
                        new Axis(
                                zero ? "size, bytes (logarithmic; 0 at the left edge)" : "size, bytes (logarithmic)",
                                true,
                                Double.NaN,
                                Double.NaN,
                                v -> v < 1 ? "0" : Plots.compact(v)),
                        Axis.fit(label + " (logarithmic)", true),
                        series,
                        Double.NaN));
    }

    /// The parameters but the size.
    private static String variant(Study.Cell cell) {
        return cell.params().replaceAll("(^|;)size=[^;]*", "").replaceAll("^;", "");
    }

    /// One bar a workload and fabric, of the parts where they are known.
    private static Optional<Picture> cost(
            Study study, String link, Set<String> benchmarks, Metric metric, CpuSplit.Per per) {
        List<Study.Cell> cells = new ArrayList<>();
        for (String benchmark : benchmarks) {
            Charts.cells(study, link).stream()
                    .filter(cell -> cell.benchmark().equals(benchmark)
                            && study.fabrics().stream().anyMatch(f -> study.values(cell, f, metric.name()).length > 0))
                    .reduce((_, b) -> b) // of several sizes the largest
                    .ifPresent(cells::add);
        }
        List<String> fabrics = List.copyOf(study.fabrics());
        List<String> categories = new ArrayList<>();
        List<CpuSplit> splits = new ArrayList<>();
        for (Study.Cell cell : cells) {
            for (String fabric : fabrics) {
                CpuSplit.of(study, cell, fabric, per).ifPresent(split -> {
                    categories.add(cells.size() == 1 ? fabric : fabric + " " + Names.row(cell));
                    splits.add(split);
                });
            }
        }
        if (splits.stream().anyMatch(split -> Double.isFinite(split.sender()))) {
            return Optional.of(parts(
                    Charts.file(metric.name()) + "-" + Charts.file(link),
                    metric.label() + ", " + (cells.size() == 1 ? Names.row(cells.getFirst()) + ", " : "")
                            + Names.links(link) + " (less is better)",
                    "CPU " + metric.unit(),
                    categories,
                    splits));
        }
        List<double[]> values = fabrics.stream()
                .map(fabric -> cells.stream()
                        .mapToDouble(cell ->
                                Charts.ok(study, cell, fabric) ? study.median(cell, fabric, metric.name()) : Double.NaN)
                        .toArray())
                .toList();
        return cells.isEmpty()
                ? Optional.empty()
                : Charts.bars(
                        Charts.file(metric.name()) + "-" + Charts.file(link),
                        metric.label() + ", " + Names.links(link) + " (less is better)",
                        "CPU " + metric.unit(),
                        cells.stream().map(Names::row).toList(),
                        study,
                        fabrics,
                        values,
                        false);
    }

    private static Picture parts(
            String name, String title, String label, List<String> categories, List<CpuSplit> splits) {
        List<ToDoubleFunction<CpuSplit>> parts =
                List.of(CpuSplit::sender, CpuSplit::receiver, CpuSplit::nodes, CpuSplit::rest);
        return Plots.bars(
                name,
                title,
                label,
                categories,
                List.of("sender", "receiver", "overlay nodes", "rest of the machine"),
                List.of(Palette.other(0), Palette.other(2), Palette.of(Fabrics.VNETP, 0), Palette.published()),
                parts.stream()
                        .map(part -> splits.stream()
                                .mapToDouble(part)
                                .map(value -> Double.isNaN(value) ? 0 : value)
                                .toArray())
                        .toList(),
                false,
                true);
    }

    /// A curve of latencies: value in ns by share of samples below it.
    ///
    /// @param percentiles 0 to 100, rising
    /// @param nanos as many, rising
    public record PercentileCurve(double[] percentiles, double[] nanos) {}

    private static Picture percentiles(Study study, String title, Map<String, PercentileCurve> byFabric) {
        List<Series> series = new ArrayList<>();
        double most = 100;
        for (Map.Entry<String, PercentileCurve> entry : byFabric.entrySet()) {
            List<Point> points = new ArrayList<>();
            PercentileCurve curve = entry.getValue();
            for (int i = 0; i < curve.percentiles().length; i++) {
                if (curve.percentiles()[i] < 100 && curve.nanos()[i] > 0) {
                    double x = 1 / (1 - curve.percentiles()[i] / 100);
                    points.add(Point.of(x, curve.nanos()[i] / 1e3));
                    most = Math.max(most, x);
                }
            }
            if (!points.isEmpty()) {
                Palette.Look look = Charts.look(study, entry.getKey());
                series.add(new Series(
                        entry.getKey(),
                        points.size() > 20
                                ? new Palette.Look(
                                        look.color(), org.knowm.xchart.style.markers.SeriesMarkers.NONE, look.line())
                                : look,
                        true,
                        points));
            }
        }
        return Plots.xy(
                "percentiles-" + Charts.file(title),
                "Latency by percentile: " + title,
                new Axis(
                        "percentile (logarithmic towards 100 %)",
                        true, 0.98, Math.pow(10, Math.ceil(Math.log10(most))), NetworkCharts::percentile),
                Axis.fit("µs (logarithmic)", true),
                series,
                Double.NaN);
    }

    private static String percentile(double x) {
        double log = Math.log10(x);
        if (Math.abs(log - Math.rint(log)) > 1e-6) {
            return " ";
        }
        return switch ((int) Math.rint(log)) {
            case 0 -> "0 %";
            case 1 -> "90 %";
            case 2 -> "99 %";
            default -> "99." + "9".repeat((int) Math.rint(log) - 2) + " %";
        };
    }
}

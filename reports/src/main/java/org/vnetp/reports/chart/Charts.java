package org.vnetp.reports.chart;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.vnetp.reports.chart.Plots.Axis;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.CpuSplit;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.MicroTables;
import org.vnetp.reports.table.NasTables;
import org.vnetp.reports.table.Numbers;
import org.vnetp.reports.table.Published;

/// Decides which plots a result gets. Plots without data are left out.
public final class Charts {
    private static final String PERCENT = "percent of native (100 = native)";

    /// Lines in a picture of microbenchmarks.
    private static final int MOST_LINES = 8;

    private static final Set<String> SCALES = Set.of(MicroTables.FRAME_BYTES, MicroTables.BATCH, "rules");

    private Charts() {}

    /// The plots of a NAS result.
    public static List<Picture> nas(Study study) {
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

    private static List<Study.Cell> cells(Study study, String link) {
        return study.cells().stream().filter(cell -> cell.link().equals(link)).toList();
    }

    private static Palette.Look look(Study study, String fabric) {
        List<String> others = study.overlays().stream()
                .filter(name -> !List.of(Fabrics.VNETP, Fabrics.VNETP_EBPF, Fabrics.VXLAN)
                        .contains(name))
                .toList();
        return Palette.of(fabric, others.indexOf(fabric));
    }

    private static Point interval(double x, PairedRatio ratio) {
        return new Point(x, 100 * ratio.estimate(), 100 * ratio.low(), 100 * ratio.high());
    }

    private static Optional<Picture> percentOfNative(Study study, String link) {
        List<Study.Cell> cells = cells(study, link);
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
                series.add(new Series(overlays.get(s), look(study, overlays.get(s)), false, points));
            }
        }
        return series.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.intervals(
                        "percent-of-native-" + file(link),
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
        for (Study.Cell cell : cells(study, link)) {
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
        points.forEach(
                (fabric, own) -> series.add(new Series(fabric + " (this run)", look(study, fabric), false, own)));
        if (!published.isEmpty()) {
            series.add(new Series(
                    "VNET/P published 2012 (B and C, 8 to 16 ranks)", Palette.published(), false, published));
        }
        return Optional.of(Plots.intervals(
                "beside-published-" + file(link),
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
        List<Study.Cell> cells = cells(study, link);
        List<String> fabrics = study.fabrics().stream()
                .filter(fabric -> !fabric.equals(Fabrics.NATIVE_AGAIN))
                .toList();
        List<double[]> values = fabrics.stream()
                .map(fabric -> cells.stream()
                        .mapToDouble(cell ->
                                ok(study, cell, fabric) ? study.median(cell, fabric, Metrics.MOPS.name()) : Double.NaN)
                        .toArray())
                .toList();
        return bars(
                "mops-" + file(link),
                "Mop/s, " + Names.links(link) + " (medians, logarithmic)",
                "Mop/s",
                cells.stream().map(Names::row).toList(),
                study,
                fabrics,
                values,
                true);
    }

    private static boolean ok(Study study, Study.Cell cell, String fabric) {
        return study.status(cell, fabric).orElse(Status.FAILED) == Status.OK;
    }

    private static Optional<Picture> bars(
            String name,
            String title,
            String label,
            List<String> categories,
            Study study,
            List<String> fabrics,
            List<double[]> values,
            boolean logarithmic) {
        List<String> names = new ArrayList<>();
        List<Palette.Look> looks = new ArrayList<>();
        List<double[]> kept = new ArrayList<>();
        for (int i = 0; i < fabrics.size(); i++) {
            if (java.util.Arrays.stream(values.get(i)).anyMatch(v -> Double.isFinite(v) && v > 0)) {
                names.add(fabrics.get(i));
                looks.add(look(study, fabrics.get(i)));
                kept.add(values.get(i));
            }
        }
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.bars(name, title, label, categories, names, looks, kept, logarithmic, false));
    }

    private static Optional<Picture> againstTraffic(Study study) {
        Map<String, List<Point>> byArm = new LinkedHashMap<>();
        Map<String, Palette.Look> looks = new LinkedHashMap<>();
        for (String overlay : study.overlays()) {
            for (int l = 0; l < study.links().size(); l++) {
                String link = study.links().get(l);
                String name = overlay + ", " + Names.link(link);
                for (Study.Cell cell : cells(study, link)) {
                    double rate = NasTables.bytesPerSecond(study, cell, Fabrics.NATIVE);
                    if (rate > 0) {
                        study.ratio(cell, overlay, Fabrics.NATIVE, Metrics.MOPS)
                                .ifPresent(ratio -> byArm.computeIfAbsent(name, _ -> new ArrayList<>())
                                        .add(interval(rate / 1e6, ratio)));
                    }
                }
                Palette.Look look = look(study, overlay);
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
                        Axis.fit("MB/s between hosts, native (logarithmic)", true),
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
        boolean clock = cells(study, link).stream()
                .anyMatch(cell -> study.fabrics().stream()
                        .flatMap(fabric -> study.runs(cell, fabric).stream())
                        .anyMatch(run -> Double.isFinite(run.atSeconds())));
        List<Series> series = new ArrayList<>();
        Collection<String> fabrics = study.fabrics();
        int index = 0;
        double last = 0.1;
        for (String fabric : fabrics) {
            List<Point> points = new ArrayList<>();
            for (Study.Cell cell : cells(study, link)) {
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
                series.add(new Series(fabric, look(study, fabric), false, points));
            }
            index++;
        }
        if (series.isEmpty()) {
            return Optional.empty();
        }
        Bulk bulk = Bulk.of(series, 100);
        Picture picture = Plots.xy(
                "time-against-clock-" + file(link),
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
        for (Study.Cell cell : cells(study, link)) {
            double reference = study.median(cell, Fabrics.NATIVE, Metrics.CPU_RANKS.name());
            for (String fabric : study.fabrics()) {
                if (!ok(study, cell, fabric) || fabric.equals(Fabrics.NATIVE_AGAIN) || !(reference > 0)) {
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
                "cpu-" + file(link),
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

    /// The plots of network workloads.
    ///
    /// @param curves percentile curves by title, then by fabric, where histograms were kept
    public static List<Picture> macro(Study study, Map<String, Map<String, PercentileCurve>> curves) {
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
        List<Study.Cell> all = cells(study, link).stream()
                .filter(cell -> cell.benchmark().equals(benchmark)
                        && study.fabrics().stream()
                                .anyMatch(fabric -> study.values(cell, fabric, metric.name()).length > 0))
                .toList();
        List<Study.Cell> sized =
                all.stream().filter(cell -> Study.number(cell, "size") >= 0).toList();
        // Without the one that stands for all sizes together.
        List<Study.Cell> cells = sized.size() > 1 ? sized : all;
        boolean second = study.primary(benchmark).filter(metric::equals).isEmpty();
        String name = file(benchmark) + (second ? "-" + file(metric.label()) : "") + "-" + file(link);
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
                            .mapToDouble(cell -> ok(study, cell, fabric)
                                    ? scale.of(study.median(cell, fabric, metric.name()))
                                    : Double.NaN)
                            .toArray())
                    .toList();
            return cells.isEmpty()
                    ? Optional.empty()
                    : bars(
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
                    if (variant(cell).equals(variant) && ok(study, cell, fabric) && value > 0) {
                        double size = Study.number(cell, "size");
                        points.add(Point.of(zero ? Math.max(size, 0.5) : size, value)); // 0 B stands at the left edge
                    }
                }
                if (!points.isEmpty()) {
                    points.sort(java.util.Comparator.comparingDouble(Point::x));
                    Palette.Look look = look(study, fabric);
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
            cells(study, link).stream()
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
                    file(metric.name()) + "-" + file(link),
                    metric.label() + ", " + (cells.size() == 1 ? Names.row(cells.getFirst()) + ", " : "")
                            + Names.links(link) + " (less is better)",
                    "CPU " + metric.unit(),
                    categories,
                    splits));
        }
        List<double[]> values = fabrics.stream()
                .map(fabric -> cells.stream()
                        .mapToDouble(cell ->
                                ok(study, cell, fabric) ? study.median(cell, fabric, metric.name()) : Double.NaN)
                        .toArray())
                .toList();
        return cells.isEmpty()
                ? Optional.empty()
                : bars(
                        file(metric.name()) + "-" + file(link),
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
                Palette.Look look = look(study, entry.getKey());
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
                "percentiles-" + file(title),
                "Latency by percentile: " + title,
                new Axis(
                        "percentile (logarithmic towards 100 %)",
                        true, 0.98, Math.pow(10, Math.ceil(Math.log10(most))), Charts::percentile),
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

    /// The plots of microbenchmarks: cost against every parameter with several numbers, one picture a class and
    /// parameter, or several where one would have more lines than can be told apart. Of two points only those
    /// parameters make a line that a scale stands behind.
    public static List<Picture> micro(List<JmhResult> results) {
        List<Picture> pictures = new ArrayList<>();
        MicroTables.byClass(results).forEach((name, own) -> {
            Set<String> params = new LinkedHashSet<>();
            own.forEach(result -> params.addAll(result.params().keySet()));
            boolean any = false;
            for (String param : params) {
                long values = own.stream()
                        .map(r -> r.param(param, Double.NaN))
                        .filter(v -> v >= 0)
                        .distinct()
                        .count();
                boolean numbers =
                        own.stream().filter(r -> r.params().containsKey(param)).allMatch(r -> r.param(param, -1) >= 0);
                if (values > (SCALES.contains(param) ? 1 : 2) && numbers) {
                    pictures.addAll(costs(name, "", param, own));
                    any = true;
                }
            }
            if (!any) {
                bars(name, own).ifPresent(pictures::add);
            }
        });
        return pictures;
    }

    /// One picture, or one a method, or one a value of another parameter, and so on.
    ///
    /// @param part what the results have in common, as the end of a title
    private static List<Picture> costs(String name, String part, String param, List<JmhResult> own) {
        Set<String> lines = new LinkedHashSet<>();
        own.forEach(result -> lines.add(line(result, param, own)));
        if (lines.size() <= MOST_LINES) {
            return cost(name, part, param, own).stream().toList();
        }
        Map<String, List<JmhResult>> parts = by(JmhResult::method, own);
        Set<String> others = new LinkedHashSet<>(own.getFirst().params().keySet());
        others.remove(param);
        for (String other : others) {
            Map<String, List<JmhResult>> byOther =
                    by(result -> other + "=" + result.params().get(other), own);
            if (parts.size() < 2 || byOther.size() > 1 && byOther.size() < parts.size()) {
                parts = byOther;
            }
        }
        if (parts.size() < 2) {
            return cost(name, part, param, own).stream().toList();
        }
        List<Picture> pictures = new ArrayList<>();
        parts.forEach((value, some) -> pictures.addAll(costs(name, part + ", " + value, param, some)));
        return pictures;
    }

    private static Map<String, List<JmhResult>> by(Function<JmhResult, String> key, List<JmhResult> results) {
        Map<String, List<JmhResult>> parts = new LinkedHashMap<>();
        results.forEach(result ->
                parts.computeIfAbsent(key.apply(result), _ -> new ArrayList<>()).add(result));
        return parts;
    }

    /// What tells a line from the others of its picture; what all have in common stands in the title.
    private static String line(JmhResult result, String param, List<JmhResult> all) {
        StringBuilder line = new StringBuilder(several(JmhResult::method, all) ? result.method() : "");
        result.params().forEach((key, value) -> {
            if (!key.equals(param) && several(each -> each.params().get(key), all)) {
                line.append(line.isEmpty() ? "" : " ").append(key).append('=').append(value);
            }
        });
        return line.isEmpty() ? result.method() : line.toString();
    }

    private static boolean several(Function<JmhResult, String> what, List<JmhResult> results) {
        return results.stream().map(what).distinct().count() > 1;
    }

    private static Optional<Picture> cost(String name, String part, String param, List<JmhResult> own) {
        Map<String, List<Point>> lines = new LinkedHashMap<>();
        for (JmhResult result : own) {
            double x = result.param(param, Double.NaN);
            double frames = result.param(MicroTables.BATCH, 1);
            double y = result.nanosPerOp() / frames;
            if (!(x >= 0) || !(y > 0)) {
                continue;
            }
            double error = result.errorNanosPerOp() / frames;
            lines.computeIfAbsent(line(result, param, own), _ -> new ArrayList<>())
                    .add(new Point(Math.max(x, 0.5), y, Math.max(y - error, y / 10), y + error));
        }
        List<Series> series = new ArrayList<>();
        lines.forEach((line, points) -> {
            points.sort(java.util.Comparator.comparingDouble(Point::x));
            series.add(new Series(line, Palette.series(series.size()), true, points));
        });
        if (series.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Plots.xy(
                "micro-" + file(name + part) + "-" + file(param),
                name + part + ": cost against " + (param.equals(MicroTables.FRAME_BYTES) ? "frame size" : param),
                new Axis(
                        (param.equals(MicroTables.FRAME_BYTES) ? "frame size, bytes" : param) + " (logarithmic)",
                        true,
                        Double.NaN,
                        Double.NaN,
                        v -> v < 1 ? "0" : Plots.compact(v)),
                Axis.fit("ns a frame (logarithmic)", true),
                series,
                Double.NaN));
    }

    private static Optional<Picture> bars(String name, List<JmhResult> own) {
        List<String> categories = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (JmhResult result : own) {
            if (result.nanosPerOp() > 0) {
                List<String> words = new ArrayList<>();
                if (result.params().isEmpty() || several(JmhResult::method, own)) {
                    words.add(result.method());
                }
                words.addAll(result.params().values());
                categories.add(String.join(", ", words));
                values.add(result.nanosPerOp());
            }
        }
        if (categories.isEmpty() || new LinkedHashSet<>(categories).size() < categories.size()) {
            return Optional.empty();
        }
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
        return Optional.of(Plots.bars(
                "micro-" + file(name),
                name + ": cost",
                "ns an operation",
                categories,
                List.of("ns/op"),
                List.of(Palette.series(0)),
                List.of(values.stream().mapToDouble(Double::doubleValue).toArray()),
                most > 30 * least,
                false));
    }

    private static String file(String text) {
        return text.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
    }
}

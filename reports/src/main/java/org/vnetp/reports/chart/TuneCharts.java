package org.vnetp.reports.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.vnetp.reports.chart.Plots.Axis;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.tune.Arms;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.SweepTables;
import org.vnetp.reports.tune.TuneTables;

/// The plots of tuning. Plots without data are left out.
public final class TuneCharts {
    private TuneCharts() {}

    /// The finalists against the default by every figure.
    public static List<Picture> race(TuneTables tables) {
        Arms arms = tables.arms();
        List<Series> series = new ArrayList<>();
        List<String> names = tables.confirmed().stream()
                .filter(name -> !name.equals(Contest.DEFAULT))
                .toList();
        for (int s = 0; s < names.size(); s++) {
            List<Point> points = new ArrayList<>();
            for (int f = 0; f < arms.figures().size(); f++) {
                double x = f + (s - (names.size() - 1) / 2.0) * 0.2;
                arms.ratio(arms.figures().get(f), names.get(s), Contest.DEFAULT)
                        .ifPresent(r -> points.add(new Point(x, 100 * r.estimate(), 100 * r.low(), 100 * r.high())));
            }
            if (!points.isEmpty()) {
                series.add(new Series(names.get(s), Palette.series(s), false, points));
            }
        }
        List<Picture> pictures = new ArrayList<>();
        if (!series.isEmpty()) {
            pictures.add(Plots.intervals(
                    "tune-finalists",
                    "The finalists against the default, more is better (bars: 95 % interval)",
                    "percent of the default (100 = default)",
                    arms.figures().stream().map(TuneCharts::shortName).toList(),
                    series,
                    100));
        }
        pareto(tables, arms).ifPresent(pictures::add);
        return pictures;
    }

    private static String shortName(Arms.Figure figure) {
        return figure.cell().benchmark() + " " + figure.metric().label();
    }

    /// Round trips against throughput: what is gained by one at the cost of the other.
    private static Optional<Picture> pareto(TuneTables tables, Arms arms) {
        Optional<Arms.Figure> x = figure(arms, Metrics.THROUGHPUT);
        Optional<Arms.Figure> y = figure(arms, Metrics.RTT_P50);
        if (x.isEmpty() || y.isEmpty()) {
            return Optional.empty();
        }
        List<Series> series = new ArrayList<>();
        List<String> names = new ArrayList<>(tables.confirmed());
        names.add(Fabrics.NATIVE);
        for (int i = 0; i < names.size(); i++) {
            Optional<PairedRatio> across = arms.value(x.get(), names.get(i));
            Optional<PairedRatio> up = arms.value(y.get(), names.get(i));
            if (across.isPresent() && up.isPresent()) {
                Palette.Look look =
                        names.get(i).equals(Fabrics.NATIVE) ? Palette.of(Fabrics.NATIVE, 0) : Palette.series(i);
                series.add(new Series(
                        names.get(i),
                        look,
                        false,
                        List.of(new Point(
                                across.get().estimate() / x.get().divisor(),
                                up.get().estimate() / y.get().divisor(),
                                up.get().low() / y.get().divisor(),
                                up.get().high() / y.get().divisor()))));
            }
        }
        return series.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.xy(
                        "tune-pareto",
                        "Round trips against throughput (bars: 95 % interval)",
                        Axis.fit("Gbit/s, one TCP stream", false),
                        Axis.fit("RTT p50, µs", false),
                        series,
                        Double.NaN));
    }

    private static Optional<Arms.Figure> figure(Arms arms, Metric metric) {
        return arms.figures().stream().filter(f -> f.metric().equals(metric)).findFirst();
    }

    /// Delay and processor time of the modes over the offered rate.
    ///
    /// @param alphaL the rate below which adaptive dispatch blocks
    /// @param alphaU the rate above which it polls
    public static List<Picture> sweep(SweepTables tables, double alphaL, double alphaU) {
        List<Picture> pictures = new ArrayList<>();
        picture(
                        tables,
                        Metrics.DELAY_P50,
                        "sweep-delay",
                        "Delay, median, by mode of dispatch",
                        "µs",
                        1e3,
                        alphaL,
                        alphaU)
                .ifPresent(pictures::add);
        picture(
                        tables,
                        Metrics.DELAY_P99,
                        "sweep-delay-p99",
                        "Delay, p99, by mode of dispatch",
                        "µs",
                        1e3,
                        alphaL,
                        alphaU)
                .ifPresent(pictures::add);
        picture(
                        tables,
                        Metrics.NODE_CPU_PER_MFRAMES,
                        "sweep-cpu",
                        "Processor time of both nodes for a frame, by mode of dispatch",
                        "µs a frame",
                        1,
                        alphaL,
                        alphaU)
                .ifPresent(pictures::add);
        return pictures;
    }

    private static Optional<Picture> picture(
            SweepTables tables,
            Metric metric,
            String name,
            String title,
            String unit,
            double divisor,
            double alphaL,
            double alphaU) {
        List<Series> series = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        List<String> arms = new ArrayList<>(SweepTables.MODES);
        if (metric != Metrics.NODE_CPU_PER_MFRAMES) {
            arms.add(Fabrics.NATIVE);
        }
        for (int i = 0; i < arms.size(); i++) {
            List<Point> points = new ArrayList<>();
            for (Study.Cell cell : tables.cells()) {
                Optional<PairedRatio> value = tables.value(cell, arms.get(i), metric);
                if (value.isPresent()) {
                    PairedRatio v = value.get();
                    points.add(new Point(
                            SweepTables.rate(cell), v.estimate() / divisor, v.low() / divisor, v.high() / divisor));
                    least = Math.min(least, v.estimate() / divisor);
                    most = Math.max(most, v.estimate() / divisor);
                }
            }
            if (!points.isEmpty()) {
                boolean ground = arms.get(i).equals(Fabrics.NATIVE);
                series.add(new Series(
                        ground ? arms.get(i) : arms.get(i) + (arms.get(i).equals("adaptive") ? "" : "-driven"),
                        ground ? Palette.of(Fabrics.NATIVE, 0) : Palette.series(i),
                        true,
                        points));
            }
        }
        if (series.isEmpty()) {
            return Optional.empty();
        }
        mark(series, "alpha-l", alphaL, least, most, 1);
        mark(series, "alpha-u", alphaU, least, most, 2);
        OptionalDouble polls = tables.polls();
        if (polls.isPresent()) {
            mark(series, "adaptive polls", polls.getAsDouble(), least, most, 3);
        }
        return Optional.of(Plots.xy(
                name,
                title + " (bars: 95 % interval)",
                Axis.fit("offered frames/s (logarithmic)", true),
                Axis.fit(unit + " (logarithmic)", true),
                series,
                Double.NaN));
    }

    /// An upright line at a rate.
    private static void mark(List<Series> series, String name, double rate, double least, double most, int dashes) {
        if (rate > 0) {
            series.add(new Series(
                    name,
                    new Palette.Look(
                            Palette.GREY, org.knowm.xchart.style.markers.SeriesMarkers.NONE, Palette.line(dashes)),
                    true,
                    List.of(Point.of(rate, least), Point.of(rate, most))));
        }
    }
}

package org.vnetp.reports.gate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vnetp.reports.history.SeriesName;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.NoiseFloor;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;

/// Observations as series. A fabric is taken as a factor of native where that was measured beside it, block by block:
/// what the machine did that hour moves both. Native itself, and all values of a result without it, are plain.
final class StudySeries {
    private final Study study;
    private final String suite;

    StudySeries(Results results) {
        this.suite = results.info().suite();
        this.study = new Study(results.observations(), suite);
    }

    double floor() {
        return study.noiseFloor(suite.equals("nas") ? Metrics.MOPS : Metrics.THROUGHPUT)
                .map(NoiseFloor::typical)
                .orElse(Double.NaN);
    }

    List<Series> all() {
        List<Series> all = new ArrayList<>();
        for (Study.Cell cell : study.cells()) {
            Optional<Metric> primary = study.primary(cell.benchmark());
            boolean hasNative = study.status(cell, Fabrics.NATIVE).isPresent();
            for (String fabric : study.fabrics()) {
                if (fabric.equals(Fabrics.NATIVE_AGAIN)) {
                    continue;
                }
                for (Metric metric : metrics(cell, fabric)) {
                    boolean gates = primary.filter(metric::equals).isPresent();
                    all.add(
                            hasNative && !fabric.equals(Fabrics.NATIVE)
                                    ? relative(cell, fabric, metric, gates)
                                    : plain(cell, fabric, metric, gates && !hasNative));
                }
            }
        }
        if (suite.equals("nas")) {
            all.addAll(means());
        }
        return all;
    }

    /// Those that have a better side and of which the arm, or native beside it, has a value. Of nas only the rate: its
    /// time says the same, and what it cost is another matter.
    private List<Metric> metrics(Study.Cell cell, String fabric) {
        Optional<Metric> primary = study.primary(cell.benchmark());
        return study.metrics().values().stream()
                .filter(metric -> metric.direction() != Metric.Direction.NEUTRAL)
                .filter(metric ->
                        !suite.equals("nas") || primary.filter(metric::equals).isPresent())
                .filter(metric -> study.values(cell, fabric, metric.name()).length > 0
                        || primary.filter(metric::equals).isPresent()
                                && study.status(cell, fabric).isPresent())
                .toList();
    }

    private SeriesKey key(Study.Cell cell, String fabric, Metric metric) {
        return new SeriesKey(suite, cell.benchmark(), fabric, cell.link(), cell.params(), metric.name());
    }

    private Optional<String> trouble(Study.Cell cell, String fabric) {
        return study.status(cell, fabric)
                .filter(status -> status != Status.OK)
                .map(status -> status.text() + reason(cell, fabric, status));
    }

    private String reason(Study.Cell cell, String fabric, Status status) {
        return study.runs(cell, fabric).stream()
                .filter(run -> run.status() == status && !run.reason().isBlank())
                .map(run -> ": " + run.reason())
                .findFirst()
                .orElse("");
    }

    private Series relative(Study.Cell cell, String fabric, Metric metric, boolean gates) {
        SeriesKey key = key(cell, fabric, metric);
        Optional<String> trouble =
                trouble(cell, fabric).or(() -> trouble(cell, Fabrics.NATIVE).map(why -> "native beside it: " + why));
        if (trouble.isPresent()) {
            return Series.without(key, "of native", gates, trouble.get());
        }
        return study.ratio(cell, fabric, Fabrics.NATIVE, metric)
                .map(ratio -> of(key, ratio, gates))
                .orElseGet(() -> Series.without(key, "of native", gates, "no block has both it and native"));
    }

    private static Series of(SeriesKey key, PairedRatio ratio, boolean gates) {
        return new Series(
                key,
                "of native",
                true,
                true,
                gates,
                ratio.estimate(),
                Math.log(ratio.estimate()),
                ratio.standardError(),
                ratio.freedom(),
                ratio.pairs(),
                "");
    }

    private List<Series> means() {
        List<Series> means = new ArrayList<>();
        for (String link : study.links()) {
            for (String fabric : study.overlays()) {
                Summary mean = study.summary(link, fabric, Fabrics.NATIVE, Metrics.MOPS);
                if (mean.cells() > 1) {
                    means.add(new Series(
                            new SeriesKey(suite, SeriesName.GEOMETRIC_MEAN, fabric, link, "", Metrics.MOPS.name()),
                            "of native",
                            true,
                            true,
                            true,
                            mean.geometricMean(),
                            Math.log(mean.geometricMean()),
                            mean.standardError(),
                            mean.freedom(),
                            mean.cells(),
                            ""));
                }
            }
        }
        return means;
    }

    private Series plain(Study.Cell cell, String fabric, Metric metric, boolean gates) {
        SeriesKey key = key(cell, fabric, metric);
        Optional<String> trouble = trouble(cell, fabric);
        if (trouble.isPresent()) {
            return Series.without(key, metric.unit(), gates, trouble.get());
        }
        double[] logs = study.launchValues(cell, fabric, metric).stream()
                .mapToDouble(Math::log)
                .toArray();
        if (logs.length == 0) {
            return Series.without(key, metric.unit(), gates, "no value above 0");
        }
        double mean = Arrays.stream(logs).average().orElseThrow();
        double squares = Arrays.stream(logs).map(x -> (x - mean) * (x - mean)).sum();
        int n = logs.length;
        boolean more = metric.direction() == Metric.Direction.HIGHER_IS_BETTER;
        return new Series(
                key,
                metric.unit(),
                false,
                more,
                gates,
                Math.exp(mean),
                more ? mean : -mean,
                n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n),
                n - 1,
                n,
                "");
    }
}

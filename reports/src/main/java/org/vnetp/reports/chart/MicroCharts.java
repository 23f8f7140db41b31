package org.vnetp.reports.chart;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.vnetp.reports.chart.Plots.Axis;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.table.MicroTables;

/// The plots of microbenchmarks.
public final class MicroCharts {
    /// Lines in a picture.
    private static final int MOST_LINES = 8;

    private static final Set<String> SCALES = Set.of(MicroTables.FRAME_BYTES, MicroTables.BATCH, "rules");

    private MicroCharts() {}

    /// Cost against every parameter with several numbers, one picture a class and
    /// parameter, or several where one would have more lines than can be told apart. Of two points only those
    /// parameters make a line that a scale stands behind.
    public static List<Picture> of(List<JmhResult> results) {
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
                "micro-" + Charts.file(name + part) + "-" + Charts.file(param),
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
                "micro-" + Charts.file(name),
                name + ": cost",
                "ns an operation",
                categories,
                List.of("ns/op"),
                List.of(Palette.series(0)),
                List.of(values.stream().mapToDouble(Double::doubleValue).toArray()),
                most > 30 * least,
                false));
    }
}

package org.vnetp.reports.gate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.stats.VariancePrior;

/// JMH's results as series. The independent unit is the fork: iterations of one process share its memory layout and its
/// compiled code, and an interval from within it is far too narrow.
final class JmhSeries {
    /// Of JMH's words for times and rates in seconds.
    private static final Map<String, Double> SECONDS =
            Map.of("ns", 1e-9, "us", 1e-6, "ms", 1e-3, "s", 1.0, "min", 60.0, "hr", 3600.0, "day", 86400.0);

    private JmhSeries() {}

    /// What the results are series of, without their values.
    static Map<SeriesKey, JmhResult> byKey(List<JmhResult> results) {
        Map<SeriesKey, JmhResult> byKey = new LinkedHashMap<>();
        results.forEach(result -> byKey.put(key(result), result));
        return byKey;
    }

    static List<Series> of(List<JmhResult> results) {
        // Few forks tell little of how they scatter: each series leans on what is usual in its file.
        double[] variances = new double[results.size()];
        int[] freedoms = new int[results.size()];
        for (int i = 0; i < variances.length; i++) {
            double[] logs = logs(results.get(i));
            freedoms[i] = Math.max(0, logs.length - 1);
            variances[i] = freedoms[i] == 0 ? 0 : squares(logs) / freedoms[i];
        }
        VariancePrior prior = VariancePrior.of(variances, freedoms);
        List<Series> series = new ArrayList<>();
        for (JmhResult result : results) {
            series.add(of(result, prior));
        }
        return series;
    }

    private static Series of(JmhResult result, VariancePrior prior) {
        SeriesKey key = key(result);
        boolean rate = isRate(result);
        double toBase = toBase(result.unit());
        String unit = Double.isNaN(toBase) ? result.unit() : rate ? "ops/s" : "ns/op";
        double factor = Double.isNaN(toBase) ? 1 : toBase;
        double[] logs = logs(result);
        if (logs.length == 0 && !Double.isFinite(result.score())) {
            return Series.without(key, unit, true, "JMH gives no score for it");
        }
        double mean = logs.length == 0
                ? Math.log(result.score())
                : java.util.Arrays.stream(logs).average().orElseThrow();
        int own = Math.max(0, logs.length - 1);
        double freedom = logs.length < 2 ? 0 : own + prior.freedom();
        double error = logs.length < 2 ? Double.NaN : Math.sqrt(prior.moderate(squares(logs), own) / logs.length);
        double log = mean + Math.log(factor);
        return new Series(
                key,
                unit,
                false,
                rate,
                true,
                Math.exp(log),
                rate ? log : -log,
                error,
                freedom,
                Math.max(1, logs.length),
                "");
    }

    private static SeriesKey key(JmhResult result) {
        String params = result.params().entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(";"));
        return new SeriesKey("micro", result.benchmark(), "", "", params, result.mode());
    }

    private static double[] logs(JmhResult result) {
        return result.forks().means().stream()
                .mapToDouble(Double::doubleValue)
                .filter(mean -> mean > 0)
                .map(Math::log)
                .toArray();
    }

    private static double squares(double[] logs) {
        double mean = java.util.Arrays.stream(logs).average().orElse(0);
        return java.util.Arrays.stream(logs).map(x -> (x - mean) * (x - mean)).sum();
    }

    private static boolean isRate(JmhResult result) {
        return result.unit().startsWith("ops/") || result.mode().equals("thrpt");
    }

    /// What one of the unit is in operations a second or nanoseconds an operation; NaN for units that are neither.
    private static double toBase(String unit) {
        if (unit.startsWith("ops/")) {
            return 1 / SECONDS.getOrDefault(unit.substring(4), Double.NaN);
        }
        return unit.endsWith("/op")
                ? 1e9 * SECONDS.getOrDefault(unit.substring(0, unit.length() - 3), Double.NaN)
                : Double.NaN;
    }
}

package org.vnetp.reports.gate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.vnetp.reports.result.JmhResult;

/// A microbenchmark of several arms whose forks took turns, iteration by iteration. The ratio of two arms is the median
/// over the iterations, each against the other arm's of the same number, which ran within some milliseconds: so a spell
/// in which the machine is slow moves both, and an iteration in which it changed its speed counts for no more than any
/// other.
///
/// @param series the first arm's, as JMH scored it
/// @param values by arm, in the series' unit: the first one's, and the others' by their ratios to it
public record InTurns(Series series, Map<String, Double> values) {
    public InTurns {
        values = Map.copyOf(values);
    }

    /// Those that all arms have.
    ///
    /// @param files JMH's, one an arm, the first of which the others are held against
    /// @throws org.vnetp.reports.result.ResultException naming a file that cannot be read
    public static List<InTurns> of(Map<String, Path> files) throws IOException {
        Map<String, Map<SeriesKey, JmhResult>> arms = new LinkedHashMap<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            arms.put(file.getKey(), JmhSeries.byKey(JmhResult.read(file.getValue())));
        }
        String base = files.keySet().iterator().next();
        List<InTurns> all = new ArrayList<>();
        for (Series series : JmhSeries.of(List.copyOf(arms.get(base).values()))) {
            of(series, arms).ifPresent(all::add);
        }
        return all;
    }

    private static Optional<InTurns> of(Series series, Map<String, Map<SeriesKey, JmhResult>> arms) {
        Map<String, Double> values = new LinkedHashMap<>();
        double[] first = null;
        for (Map.Entry<String, Map<SeriesKey, JmhResult>> arm : arms.entrySet()) {
            JmhResult result = arm.getValue().get(series.key());
            if (result == null || result.forks().values().size() != 1) {
                return Optional.empty();
            }
            double[] own = result.forks().values().getFirst().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            if (first == null) {
                first = own;
                values.put(arm.getKey(), series.value());
            } else {
                values.put(arm.getKey(), series.value() * ratio(first, own));
            }
        }
        return values.values().stream().allMatch(value -> Double.isFinite(value) && value > 0)
                ? Optional.of(new InTurns(series, values))
                : Optional.empty();
    }

    /// The median ratio of the second to the first.
    static double ratio(double[] first, double[] second) {
        return median(IntStream.range(0, Math.min(first.length, second.length))
                .mapToDouble(i -> second[i] / first[i])
                .toArray());
    }

    private static double median(double[] values) {
        double[] sorted = Arrays.stream(values)
                .filter(v -> v > 0 && Double.isFinite(v))
                .sorted()
                .toArray();
        int n = sorted.length;
        return n == 0 ? Double.NaN : Math.sqrt(sorted[(n - 1) / 2] * sorted[n / 2]);
    }
}

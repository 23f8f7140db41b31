package org.vnetp.reports.gate;

import java.util.Arrays;
import java.util.List;

/// One series of two arms that stood side by side.
///
/// @param base its value, for people; its errors are not used
/// @param head the same
/// @param differences of the logs of head and base, one a round, more is better
public record Paired(Series base, Series head, List<Double> differences) {
    public Paired {
        differences = List.copyOf(differences);
        if (differences.isEmpty() || !differences.stream().allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("expected finite differences, got " + differences);
        }
    }

    /// Of the values of each round.
    ///
    /// @param unit of the values
    /// @param moreIsBetter of the values
    /// @param base above 0, one a round
    /// @param head above 0, of the same rounds
    public static Paired of(SeriesKey key, String unit, boolean moreIsBetter, double[] base, double[] head) {
        double sign = moreIsBetter ? 1 : -1;
        Double[] differences = new Double[base.length];
        Arrays.setAll(differences, i -> sign * (Math.log(head[i]) - Math.log(base[i])));
        return new Paired(
                series(key, unit, moreIsBetter, base), series(key, unit, moreIsBetter, head), List.of(differences));
    }

    private static Series series(SeriesKey key, String unit, boolean moreIsBetter, double[] values) {
        double log = Arrays.stream(values).map(Math::log).average().orElseThrow();
        return new Series(
                key,
                unit,
                false,
                moreIsBetter,
                true,
                Math.exp(log),
                moreIsBetter ? log : -log,
                Double.NaN,
                0,
                values.length,
                "");
    }

    int rounds() {
        return differences.size();
    }

    double mean() {
        return differences.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    double squares() {
        double mean = mean();
        return differences.stream().mapToDouble(d -> (d - mean) * (d - mean)).sum();
    }
}

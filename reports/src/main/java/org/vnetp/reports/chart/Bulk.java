package org.vnetp.reports.chart;

import java.util.Arrays;
import java.util.List;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;

/// The span of values that an axis shows: where the bulk of the data is, so that one wild value or one hopeless
/// interval
/// does not squeeze all others into a line.
///
/// The bulk is what lies within three times the middle half of the estimates beyond that half (Tukey's outer fences),
/// and never less than [#LEAST] to either side. Intervals are shown whole up to the fences.
///
/// @param low least value shown, finite
/// @param high greatest value shown, finite
record Bulk(double low, double high) {
    private static final double LEAST = 10;
    private static final double FENCE = 3;
    private static final double ROOM = 2;

    /// @param reference a value that is always shown; NaN for none
    static Bulk of(List<Series> series, double reference) {
        double[] estimates = series.stream()
                .flatMap(s -> s.points().stream())
                .mapToDouble(Point::y)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        double first = estimates.length == 0 ? 0 : estimates[estimates.length / 4];
        double third = estimates.length == 0 ? 0 : estimates[3 * (estimates.length - 1) / 4];
        double beyond = Math.max(FENCE * (third - first), LEAST);
        double low = Double.isNaN(reference) ? first : Math.min(first, reference - ROOM);
        double high = Double.isNaN(reference) ? third : Math.max(third, reference + ROOM);
        double[] ends = series.stream()
                .flatMap(s -> s.points().stream())
                .flatMapToDouble(p -> Arrays.stream(new double[] {p.y(), p.low(), p.high()}))
                .filter(Double::isFinite)
                .toArray();
        for (double end : ends) {
            low = Math.min(low, Math.max(end, first - beyond));
            high = Math.max(high, Math.min(end, third + beyond));
        }
        return new Bulk(low, high);
    }
}

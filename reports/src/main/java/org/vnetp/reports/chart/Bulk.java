package org.vnetp.reports.chart;

import java.util.List;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;

/// The span of values that an axis shows: where the bulk of the data is, so that one wild value or one hopeless
/// interval does not squeeze all others into a line.
///
/// The bulk is what lies within three times the middle half of the estimates beyond that half (Tukey's outer fences);
/// for estimates never less than [#ESTIMATES] to either side, for ends of intervals [#ENDS].
///
/// @param low least value shown, finite
/// @param high greatest value shown, finite
record Bulk(double low, double high) {
    private static final double ESTIMATES = 50;
    private static final double ENDS = 10;
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
        double fence = FENCE * (third - first);
        double low = Double.isNaN(reference) ? first : Math.min(first, reference - ROOM);
        double high = Double.isNaN(reference) ? third : Math.max(third, reference + ROOM);
        for (Series each : series) {
            for (Point p : each.points()) {
                for (double[] value : new double[][] {{p.y(), ESTIMATES}, {p.low(), ENDS}, {p.high(), ENDS}}) {
                    if (Double.isFinite(value[0])) {
                        double beyond = Math.max(fence, value[1]);
                        low = Math.min(low, Math.max(value[0], first - beyond));
                        high = Math.max(high, Math.min(value[0], third + beyond));
                    }
                }
            }
        }
        return new Bulk(low, high);
    }
}

package org.vnetp.overlay.measure;

/// The straight line below a cloud of one-way delays by two clocks that run at different speeds:
/// the edge of the lower convex hull above which the cloud's points lie closest (S. B. Moon, P.
/// Skelly, D. Towsley, "Estimation and removal of clock skew from network delay measurements",
/// INFOCOM 1999). What is above the line is queueing.
final class SkewLine {
    private final double slope;
    private final double offset;

    private SkewLine(double slope, double offset) {
        this.slope = slope;
        this.offset = offset;
    }

    /// @param times  ascending
    /// @param delays of the same times
    /// @param count  how many; at least one
    static SkewLine below(double[] times, double[] delays, int count) {
        int[] hull = new int[count];
        int corners = 0;
        double middle = 0;
        for (int i = 0; i < count; i++) {
            middle += times[i] / count;
            while (corners >= 2 && !turnsLeft(times, delays, hull[corners - 2], hull[corners - 1], i)) {
                corners--;
            }
            hull[corners++] = i;
        }
        // The sum of the distances is least for the edge over the mean of the times.
        for (int i = 0; i + 1 < corners; i++) {
            int from = hull[i];
            int to = hull[i + 1];
            if (times[to] >= middle && times[to] > times[from]) {
                double slope = (delays[to] - delays[from]) / (times[to] - times[from]);
                return new SkewLine(slope, delays[from] - slope * times[from]);
            }
        }
        double least = delays[0];
        for (int i = 1; i < count; i++) {
            least = Math.min(least, delays[i]);
        }
        return new SkewLine(0, least);
    }

    private static boolean turnsLeft(double[] x, double[] y, int a, int b, int c) {
        return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]) > 0;
    }

    double at(double time) {
        return offset + slope * time;
    }

    /// How much faster one clock runs; 1e-6 is a microsecond a second.
    double slope() {
        return slope;
    }
}

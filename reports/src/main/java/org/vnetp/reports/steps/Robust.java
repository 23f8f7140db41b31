package org.vnetp.reports.steps;

import java.util.Arrays;

/// Middle and spread of values some of which may be far off.
final class Robust {
    /// Makes the median absolute deviation of normal values their standard deviation.
    private static final double NORMAL = 1.4826;

    private Robust() {}

    /// The median, NaN of nothing.
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n == 0 ? Double.NaN : n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    /// The standard deviation that the median absolute deviation from `middle` tells.
    static double deviation(double[] values, double middle) {
        return NORMAL
                * median(Arrays.stream(values).map(x -> Math.abs(x - middle)).toArray());
    }

    /// The standard deviation of values around their levels, by the differences of neighbours: few of them
    /// are across a step. At least `least`, for series whose values are mostly the same.
    static double noise(double[] values, double least) {
        if (values.length < 2) {
            return least;
        }
        double[] differences = new double[values.length - 1];
        for (int i = 1; i < values.length; i++) {
            differences[i - 1] = values[i] - values[i - 1];
        }
        return Math.max(least, deviation(differences, 0) / Math.sqrt(2));
    }

    /// The same by the mean square of differences (J. von Neumann, 1941), which every value takes part in.
    static double roughNoise(double[] values) {
        double squares = 0;
        for (int i = 1; i < values.length; i++) {
            squares += (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
        }
        return Math.sqrt(squares / (2 * (values.length - 1)));
    }
}

package org.vnetp.reports.steps;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The second detector: the segmentation of a series into constant levels that costs least, where a level
/// costs the absolute distances of its values to their median and every change costs a penalty (the L1-Potts
/// functional; its exact minimum by dynamic programming, as F. Friedrich and others, Complexity Penalized
/// M-Estimation, 2008).
///
/// Distances are counted in units of the noise. The penalty is a description length: a change costs its
/// position and a level, so it grows with the logarithm of the series' length, and more where neighbours
/// resemble each other (values that wander tell less each).
final class Potts {
    /// Nats a change costs, in logarithms of the length. 2 are position and level, as in Schwarz's criterion;
    /// the rest keeps the tails of real measurements, heavier than Laplace's, from making levels of their
    /// own.
    private static final double WEIGHT = 3;

    /// A level that holds for one value is an outlier.
    private static final int SHORTEST = 2;

    private static final double MOST_LIKENESS = 0.8;

    private final double[] x;
    private final double noise;

    private Potts(double[] x, double noise) {
        this.x = x;
        this.noise = noise;
    }

    /// The first indices of all levels but the first.
    ///
    /// @param x finite values
    /// @param deviation standard deviation of a value around its level, more than 0
    static List<Integer> find(double[] x, double deviation) {
        if (x.length < 2 * SHORTEST) {
            return List.of();
        }
        // The mean distance of normal values from their middle.
        Potts potts = new Potts(x, deviation * Math.sqrt(2 / Math.PI));
        double penalty = WEIGHT * Math.log(x.length);
        List<Integer> changes = potts.segment(penalty);
        double likeness = potts.likeness(changes);
        return likeness <= 0 ? changes : potts.segment(penalty * (1 + likeness) / (1 - likeness));
    }

    private List<Integer> segment(double penalty) {
        int n = x.length;
        double[] cost = new double[n + 1]; // of x[0, j), without the first level's penalty
        int[] begin = new int[n + 1];
        Arrays.fill(cost, Double.POSITIVE_INFINITY);
        cost[0] = -penalty;
        double[] sorted = new double[n];
        for (int j = SHORTEST; j <= n; j++) {
            double total = 0;
            double low = 0; // sum of the lower half
            for (int length = 1; length <= j; length++) {
                double value = x[j - length];
                int place = place(sorted, length - 1, value);
                System.arraycopy(sorted, place, sorted, place + 1, length - 1 - place);
                sorted[place] = value;
                total += value;
                int half = (length - 1) / 2; // how many were in the lower half
                if (place < half) {
                    low += value - sorted[half];
                }
                if (length / 2 > half) {
                    low += sorted[half];
                }
                double middle = length % 2 == 1 ? sorted[length / 2] : 0;
                if (length >= SHORTEST && cost[j - length] < Double.POSITIVE_INFINITY) {
                    double all = cost[j - length] + penalty + (total - 2 * low - middle) / noise;
                    if (all < cost[j]) {
                        cost[j] = all;
                        begin[j] = j - length;
                    }
                }
            }
        }
        List<Integer> changes = new ArrayList<>();
        for (int j = begin[n]; j > 0; j = begin[j]) {
            changes.add(j);
        }
        return changes.reversed();
    }

    private static int place(double[] sorted, int length, double value) {
        int at = Arrays.binarySearch(sorted, 0, length, value);
        return at < 0 ? -at - 1 : at;
    }

    /// How much a value's distance from its level tells of the next one's: 0 not at all, 1 all. By signs,
    /// which outliers do not sway.
    private double likeness(List<Integer> changes) {
        double[] sign = new double[x.length];
        int from = 0;
        for (int k = 0; k <= changes.size(); k++) {
            int to = k < changes.size() ? changes.get(k) : x.length;
            double median = Robust.median(Arrays.copyOfRange(x, from, to));
            for (int i = from; i < to; i++) {
                sign[i] = Math.signum(x[i] - median);
            }
            from = to;
        }
        double same = 0;
        int pairs = 0;
        for (int i = 1; i < sign.length; i++) {
            if (sign[i] != 0 && sign[i - 1] != 0 && !changes.contains(i)) {
                same += sign[i] * sign[i - 1];
                pairs++;
            }
        }
        // Less than two standard errors of this mean is chance.
        double mean = pairs == 0 ? 0 : same / pairs;
        if (pairs < 10 || mean < 2 / Math.sqrt(pairs)) {
            return 0;
        }
        // Of normal values with correlation r the signs have 2/pi * asin(r).
        return Math.min(MOST_LIKENESS, Math.sin(Math.PI / 2 * mean));
    }
}

package org.vnetp.reports.stats;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Holm's step-down procedure (Holm 1979, A simple sequentially rejective multiple test procedure,
/// Scandinavian Journal
/// of Statistics 6): of any number of tests together, the chance that even one rejects wrongly is at most the
/// level.
public final class Holm {
    private Holm() {}

    /// The adjusted p-values in the same order, each to be held against the level itself. What is NaN is no
    /// test, and stays NaN.
    public static double[] adjusted(double[] p) {
        Integer[] order = IntStream.range(0, p.length)
                .filter(i -> !Double.isNaN(p[i]))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> p[i]))
                .toArray(Integer[]::new);
        double[] adjusted = new double[p.length];
        Arrays.fill(adjusted, Double.NaN);
        double largest = 0;
        for (int k = 0; k < order.length; k++) {
            largest = Math.max(largest, Math.min(1, p[order[k]] * (order.length - k)));
            adjusted[order[k]] = largest;
        }
        return adjusted;
    }
}

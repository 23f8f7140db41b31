package org.vnetp.reports.steps;

import java.util.Arrays;
import java.util.Optional;
import org.hipparchus.stat.inference.MannWhitneyUTest;

/// A slow change that no step shows: the last values against the first of the same epoch.
///
/// @param before median of the first [#VALUES]
/// @param after median of the last
/// @param pValue of a rank test between them
public record Drift(double before, double after, double pValue) {
    /// How many values are compared at either end.
    public static final int VALUES = 10;

    /// What the series of one epoch shows.
    ///
    /// @param values of the epoch, NaN for gaps
    /// @param least relative difference that counts
    /// @return empty where both ends overlap, are alike or differ by less
    public static Optional<Drift> of(double[] values, double least) {
        double[] there =
                Arrays.stream(values).filter(v -> Double.isFinite(v) && v > 0).toArray();
        if (there.length < 2 * VALUES) {
            return Optional.empty();
        }
        double[] first = Arrays.copyOf(there, VALUES);
        double[] last = Arrays.copyOfRange(there, there.length - VALUES, there.length);
        double before = Robust.median(first);
        double after = Robust.median(last);
        if (Math.abs(Math.log(after / before)) < Math.log1p(least)) {
            return Optional.empty();
        }
        double pValue = new MannWhitneyUTest().mannWhitneyUTest(first, last);
        return pValue <= StepFinder.MAX_P_VALUE ? Optional.of(new Drift(before, after, pValue)) : Optional.empty();
    }

    /// The relative change.
    public double change() {
        return after / before - 1;
    }
}

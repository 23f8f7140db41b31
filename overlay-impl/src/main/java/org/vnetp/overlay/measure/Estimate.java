package org.vnetp.overlay.measure;

/// A measured value, and how good it is. Unknown is a value of its own, never 0.
///
/// @param value      in the unit of its [Quantity]; NaN: unknown
/// @param low        lower end of an interval in which it lies; NaN: not known
/// @param high       upper end
/// @param samples    measurements behind it
/// @param intervalNs over which they were taken
/// @param ageNs      since the last of them
/// @param atLeast    a lower bound: nothing has tried the link any harder
public record Estimate(
        double value, double low, double high, long samples, long intervalNs, long ageNs, boolean atLeast) {
    /// Nothing is known.
    public static final Estimate UNKNOWN = new Estimate(Double.NaN, Double.NaN, Double.NaN, 0, 0, 0, false);

    /// A value of samples.
    public static Estimate of(double value, double low, double high, long samples, long intervalNs, long ageNs) {
        return new Estimate(value, low, high, samples, intervalNs, ageNs, false);
    }

    public boolean known() {
        return !Double.isNaN(value);
    }

    /// The same as a lower bound, or as none.
    public Estimate atLeast(boolean bound) {
        return new Estimate(value, low, high, samples, intervalNs, ageNs, bound);
    }
}

package org.vnetp.overlay.measure;

/// Wilson's interval of a proportion, 95 % (E. B. Wilson, "Probable inference, the law of
/// succession, and statistical inference", 1927): sound for few events too, also for none.
final class Proportion {
    private static final double Z = 1.959964;

    private Proportion() {}

    static Estimate of(long events, long trials, long intervalNs, long ageNs) {
        if (trials <= 0) {
            return Estimate.UNKNOWN;
        }
        double part = Math.clamp((double) events / trials, 0, 1);
        double square = Z * Z / trials;
        double middle = (part + square / 2) / (1 + square);
        double half = Z / (1 + square) * Math.sqrt(part * (1 - part) / trials + square / (4 * trials));
        // Of none or of all events a bound is the part itself, which rounding would miss.
        double low = Math.clamp(middle - half, 0, part);
        double high = Math.clamp(middle + half, part, 1);
        return Estimate.of(part, low, high, trials, intervalNs, ageNs);
    }
}

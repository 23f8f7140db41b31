package org.vnetp.reports.stats;

import org.hipparchus.special.Gamma;

/// What variance is usual among many groups, and how sure that is: a scaled inverse chi-squared distribution fitted to
/// the groups' sample variances by the moments of their logs (Smyth 2004, Linear models and empirical Bayes methods for
/// assessing differential expression, section 6.2).
///
/// @param variance the usual one
/// @param freedom how many degrees of freedom it is worth beside a group's own; 0 where the groups do not tell
public record VariancePrior(double variance, double freedom) {
    private static final int LEAST_GROUPS = 4;
    private static final double MOST_FREEDOM = 100;

    /// @param variances sample variances
    /// @param freedoms their degrees of freedom; groups without any, or without variance, are left out
    public static VariancePrior of(double[] variances, int[] freedoms) {
        double sum = 0;
        int groups = 0;
        for (int i = 0; i < variances.length; i++) {
            if (usable(variances[i], freedoms[i])) {
                sum += level(variances[i], freedoms[i]);
                groups++;
            }
        }
        if (groups < LEAST_GROUPS) {
            return new VariancePrior(0, 0);
        }
        double mean = sum / groups;
        double excess = 0;
        for (int i = 0; i < variances.length; i++) {
            if (usable(variances[i], freedoms[i])) {
                double distance = level(variances[i], freedoms[i]) - mean;
                excess += (distance * distance * groups / (groups - 1) - Gamma.trigamma(freedoms[i] / 2.0)) / groups;
            }
        }
        double freedom = excess <= 0 ? MOST_FREEDOM : Math.min(MOST_FREEDOM, 2 * inverseTrigamma(excess));
        return new VariancePrior(Math.exp(mean + Gamma.digamma(freedom / 2) - Math.log(freedom / 2)), freedom);
    }

    private static boolean usable(double variance, int freedom) {
        return freedom > 0 && variance > 0;
    }

    private static double level(double variance, int freedom) {
        return Math.log(variance) - Gamma.digamma(freedom / 2.0) + Math.log(freedom / 2.0);
    }

    /// A group's variance moved towards the usual one, by how much each of the two is worth.
    ///
    /// @param squares sum of squared deviations
    /// @param own degrees of freedom of that sum
    public double moderate(double squares, int own) {
        return freedom + own == 0 ? 0 : (freedom * variance + squares) / (freedom + own);
    }

    /// The x with trigamma(x) = y, by Newton's method on 1/trigamma, which is convex and nearly linear.
    private static double inverseTrigamma(double y) {
        if (y > 1e7) {
            return 1 / Math.sqrt(y);
        }
        double x = 0.5 + 1 / y;
        for (int i = 0; i < 50; i++) {
            double value = Gamma.trigamma(x);
            double slope = (Gamma.trigamma(x * (1 + 1e-6)) - Gamma.trigamma(x * (1 - 1e-6))) / (2e-6 * x);
            double step = value * (1 - value / y) / slope;
            x += step;
            if (-step < 1e-8 * x) {
                break;
            }
        }
        return x;
    }
}

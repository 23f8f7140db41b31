package org.vnetp.reports.stats;

import java.util.Arrays;
import java.util.Random;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.hipparchus.distribution.continuous.TDistribution;
import org.hipparchus.stat.inference.WilcoxonSignedRankTest;

/// One arm against its reference, compared block by block. Ratios are factors: 1 means alike, more is better.
///
/// The estimate is the exponential of the Hodges-Lehmann estimate (the median of all pairwise
/// means) of the log ratios. The interval of 95 % is an expanded percentile bootstrap of that
/// estimate ([#RESAMPLES] resamples, fixed seed) from [#BOOTSTRAP_FROM] pairs on. Below that no
/// resampling can reach 95 %, since it never leaves the range of what was seen; there the interval
/// is Student's of the mean log ratio, wide as it has to be. One pair gives no interval.
///
/// @param estimate ratio of arm to reference
/// @param low lower end of the interval, NaN where there is none
/// @param high upper end of the interval, NaN where there is none
/// Where several blocks come of one launch, the estimate and its interval are those of [LaunchModel].
///
/// @param pairs number of blocks compared
/// @param launches of the arm that the blocks came from; 0 where each block was a launch of its own
/// @param pValue two-sided: of Wilcoxon's signed-rank test, NaN below six pairs, where it cannot be small; with
///     launches that of the interval's t
/// @param deviation standard deviation of the log ratios of single blocks, NaN for one pair
/// @param standardError of the log of the estimate, NaN where there is no interval
/// @param freedom degrees of freedom of the standard error
public record PairedRatio(
        double estimate,
        double low,
        double high,
        int pairs,
        int launches,
        double pValue,
        double deviation,
        double standardError,
        double freedom) {
    /// Number of bootstrap resamples.
    public static final int RESAMPLES = 4000;
    /// The least number of pairs for which the interval is a bootstrap interval.
    public static final int BOOTSTRAP_FROM = 6;

    private static final double TAIL = 0.025;
    private static final double POWER = 0.8;
    /// The library looks at all 2^n signs: at 16 in a millisecond, at 26 in seconds. The approximation is good
    /// by then.
    private static final int EXACT_UP_TO = 16;

    /// Compares by the log ratios of the blocks.
    ///
    /// @param logRatios one a block, finite, at least one
    /// @param seed of the resampling
    public static PairedRatio of(double[] logRatios, long seed) {
        int n = logRatios.length;
        if (n == 0) {
            throw new IllegalArgumentException("expected at least one pair");
        }
        double estimate = hodgesLehmann(logRatios);
        if (n == 1) {
            return new PairedRatio(
                    Math.exp(estimate), Double.NaN, Double.NaN, 1, 0, Double.NaN, Double.NaN, Double.NaN, 0);
        }
        double mean = Arrays.stream(logRatios).average().orElseThrow();
        double deviation = Math.sqrt(
                Arrays.stream(logRatios).map(x -> (x - mean) * (x - mean)).sum() / (n - 1));
        double low;
        double high;
        if (n < BOOTSTRAP_FROM) {
            double half = new TDistribution(n - 1).inverseCumulativeProbability(1 - TAIL) * deviation / Math.sqrt(n);
            low = Math.min(mean - half, estimate);
            high = Math.max(mean + half, estimate);
        } else {
            double[] resampled = resample(logRatios, seed);
            double t = new TDistribution(n - 1).inverseCumulativeProbability(TAIL);
            double tail = new NormalDistribution().cumulativeProbability(t * Math.sqrt(n / (n - 1.0)));
            low = Math.min(quantile(resampled, tail), estimate);
            high = Math.max(quantile(resampled, 1 - tail), estimate);
        }
        return new PairedRatio(
                Math.exp(estimate),
                Math.exp(low),
                Math.exp(high),
                n,
                0,
                signedRank(logRatios),
                deviation,
                deviation / Math.sqrt(n),
                n - 1);
    }

    private static double[] resample(double[] values, long seed) {
        Random random = new Random(seed); // the one generator whose sequence the Java API fixes
        double[] estimates = new double[RESAMPLES];
        double[] sample = new double[values.length];
        for (int b = 0; b < RESAMPLES; b++) {
            for (int i = 0; i < sample.length; i++) {
                sample[i] = values[random.nextInt(values.length)];
            }
            estimates[b] = hodgesLehmann(sample);
        }
        Arrays.sort(estimates);
        return estimates;
    }

    /// The median of the means of all pairs of values, each with itself too.
    public static double hodgesLehmann(double[] values) {
        int n = values.length;
        double[] means = new double[n * (n + 1) / 2];
        int k = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                means[k++] = (values[i] + values[j]) / 2;
            }
        }
        Arrays.sort(means);
        return median(means);
    }

    /// The median of sorted values; NaN where there are none.
    public static double median(double[] sorted) {
        int n = sorted.length;
        return n == 0 ? Double.NaN : n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    private static double quantile(double[] sorted, double p) {
        double at = p * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /// Two-sided p of Wilcoxon's signed-rank test that the median of log ratios is zero; NaN below six, where
    /// it cannot be small.
    public static double signedRank(double[] logRatios) {
        double[] differences = Arrays.stream(logRatios).filter(x -> x != 0).toArray();
        if (differences.length < BOOTSTRAP_FROM) {
            return Double.NaN;
        }
        double[] magnitudes =
                Arrays.stream(differences).map(Math::abs).distinct().toArray();
        boolean exact = differences.length <= EXACT_UP_TO && magnitudes.length == differences.length;
        return new WilcoxonSignedRankTest().wilcoxonSignedRankTest(differences, new double[differences.length], exact);
    }

    /// Whether there is an interval.
    public boolean hasInterval() {
        return !Double.isNaN(low);
    }

    /// Half of the interval's width, as a factor beside the estimate: 0.021 in 0.973 +- 0.021.
    public double halfWidth() {
        return (high - low) / 2;
    }

    /// The smallest true difference that a run like this finds in four cases of five (80 % power, two-sided 5 %),
    /// as a factor less 1; NaN where there is no interval.
    public double detectable() {
        return detectable(standardError, freedom);
    }

    static double detectable(double standardError, double freedom) {
        if (!(freedom > 0) || Double.isNaN(standardError)) {
            return Double.NaN;
        }
        TDistribution student = new TDistribution(freedom);
        return Math.expm1(standardError
                * (student.inverseCumulativeProbability(1 - TAIL) + student.inverseCumulativeProbability(POWER)));
    }

    /// Whether the interval holds 1: the two cannot be told apart. False where there is no interval.
    public boolean holdsOne() {
        return low <= 1 && 1 <= high;
    }
}

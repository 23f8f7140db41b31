package org.vnetp.reports.stats;

import java.util.List;
import org.hipparchus.distribution.continuous.TDistribution;

/// How narrow the interval of one arm's ratio is, and how narrow it would become: what a campaign spends its time by.
/// Widths are halves of the 95 % interval, relative to the estimate (0.02 for +-2 %).
///
/// @param pairs blocks so far
/// @param launches of the arm so far; 0 where every block is a launch of its own
public record Precision(int pairs, int launches, Later later) {
    /// The width after more blocks and launches.
    @FunctionalInterface
    public interface Later {
        /// @param blocks more of them, over all launches together
        /// @param launches of the arm and of its reference more
        /// @return NaN where nothing tells it
        double halfWidth(int blocks, int launches);
    }

    static Precision of(List<LaunchModel.Pair> pairs, PairedRatio ratio, LaunchModel model) {
        if (ratio.launches() == 0) {
            return new Precision(
                    pairs.size(),
                    0,
                    (blocks, _) -> ratio.halfWidth()
                            / ratio.estimate()
                            * student(ratio.pairs() + blocks)
                            / student(ratio.pairs()));
        }
        return new Precision(
                pairs.size(),
                ratio.launches(),
                (blocks, launches) -> Math.sinh(model.halfWidth(pairs, blocks, launches)));
    }

    /// Half of Student's 95 % interval of a mean, in standard deviations of one value; NaN for a single one.
    private static double student(int values) {
        return values < 2
                ? Double.NaN
                : new TDistribution(values - 1).inverseCumulativeProbability(0.975) / Math.sqrt(values);
    }

    /// The width now; NaN where there is no interval yet.
    public double halfWidth() {
        return later.halfWidth(0, 0);
    }

    /// The width after more blocks and launches; NaN where nothing tells it.
    public double halfWidthAfter(int blocks, int launches) {
        return later.halfWidth(blocks, launches);
    }
}

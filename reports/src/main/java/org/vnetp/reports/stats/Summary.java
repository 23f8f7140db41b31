package org.vnetp.reports.stats;

import java.util.Comparator;
import java.util.List;
import org.hipparchus.distribution.continuous.TDistribution;

/// Several cells together: geometric mean with its interval, median, and the worst cell. Ratios are factors.
///
/// The interval of 95 % of the geometric mean is about the cells that were run, not about all
/// kernels there could be: it joins the cells' standard errors, with Welch's degrees of freedom (at most a cell's
/// where cells share the estimate of how launches scatter).
///
/// @param cells number of cells
/// @param geometricMean of the cells' estimates, NaN without cells
/// @param low lower end of its interval, NaN where a cell has but one pair
/// @param high upper end of its interval, NaN where a cell has but one pair
/// @param detectable the smallest difference of the geometric mean that a run like this finds in four cases of five
/// @param standardError of the geometric mean's logarithm, NaN where a cell has but one pair
/// @param freedom degrees of freedom of the standard error
/// @param median of the cells' estimates
/// @param worst the smallest estimate
/// @param worstName the cell that has it
/// @param atLeast95 how many cells are at 95 % or above
public record Summary(
        int cells,
        double geometricMean,
        double low,
        double high,
        double detectable,
        double standardError,
        double freedom,
        double median,
        double worst,
        String worstName,
        int atLeast95) {

    /// A cell's name and how it compares.
    public record Cell(String name, PairedRatio ratio) {}

    public static Summary of(List<Cell> cells) {
        int n = cells.size();
        if (n == 0) {
            double none = Double.NaN;
            return new Summary(0, none, none, none, none, none, 0, none, none, "", 0);
        }
        double sum = 0;
        double variance = 0;
        double denominator = 0;
        double mostFreedom = 0;
        boolean launched = false;
        int atLeast95 = 0;
        for (Cell cell : cells) {
            PairedRatio ratio = cell.ratio();
            sum += Math.log(ratio.estimate());
            double v = ratio.standardError() * ratio.standardError();
            variance += v;
            denominator += v * v / ratio.freedom();
            launched |= ratio.launches() > 0;
            mostFreedom = Math.max(mostFreedom, ratio.freedom());
            if (ratio.estimate() >= 0.95) {
                atLeast95++;
            }
        }
        double mean = sum / n;
        double half = Double.NaN;
        double detectable = Double.NaN;
        double freedom = 0;
        if (variance == 0) {
            half = 0;
        } else if (variance > 0 && denominator > 0) {
            freedom = variance * variance / denominator;
            if (launched) {
                // The spread of launches is one estimate that all cells share: more cells do not make it surer.
                freedom = Math.min(freedom, mostFreedom);
            }
            detectable = PairedRatio.detectable(Math.sqrt(variance) / n, freedom);
            half = new TDistribution(freedom).inverseCumulativeProbability(0.975) * Math.sqrt(variance) / n;
        }
        double[] sorted = cells.stream()
                .mapToDouble(cell -> cell.ratio().estimate())
                .sorted()
                .toArray();
        double median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        Cell worst = cells.stream()
                .min(Comparator.comparingDouble(cell -> cell.ratio().estimate()))
                .orElseThrow();
        return new Summary(
                n,
                Math.exp(mean),
                Math.exp(mean - half),
                Math.exp(mean + half),
                detectable,
                Math.sqrt(variance) / n,
                freedom,
                median,
                worst.ratio().estimate(),
                worst.name(),
                atLeast95);
    }

    /// Half of the width of the geometric mean's interval; NaN where there is none.
    public double halfWidth() {
        return (high - low) / 2;
    }

    /// Whether the geometric mean can be told from 1.
    public boolean differs() {
        return low > 1 || high < 1;
    }
}

package org.vnetp.reports.stats;

import java.util.List;
import org.hipparchus.stat.interval.BinomialProportion;
import org.hipparchus.stat.interval.ConfidenceInterval;

/// How often the intervals of cells whose truth is known hold it: native against native must hold 100 in about 95 of
/// 100 cells.
///
/// @param cells with an interval
/// @param holding of these, how many hold the truth
/// @param low lower end of the 95 % interval of the share (Wilson)
/// @param high upper end
/// @param medianHalfWidth of the cells' intervals, relative
public record Coverage(int cells, int holding, double low, double high, double medianHalfWidth) {
    static Coverage of(List<PairedRatio> ratios) {
        int holding = (int) ratios.stream().filter(PairedRatio::holdsOne).count();
        ConfidenceInterval wilson =
                BinomialProportion.getWilsonScoreInterval(ratios.size(), holding / (double) ratios.size(), 0.95);
        double[] widths = ratios.stream()
                .mapToDouble(ratio -> ratio.halfWidth() / ratio.estimate())
                .sorted()
                .toArray();
        return new Coverage(
                ratios.size(), holding, wilson.getLowerBound(), wilson.getUpperBound(), PairedRatio.median(widths));
    }

    public double share() {
        return holding / (double) cells;
    }
}

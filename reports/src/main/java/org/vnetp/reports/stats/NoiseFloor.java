package org.vnetp.reports.stats;

import java.util.Arrays;
import java.util.List;

/// What this machine shows where there is nothing to see: native against native, in the same
/// blocks. A difference that is not larger than this proves nothing.
///
/// @param cells number of cells that had both native arms
/// @param typical median over cells of the deviation from 1, as a factor minus 1
/// @param largest the largest deviation of a cell
/// @param singlePair median over cells of the standard deviation of single pairs
public record NoiseFloor(int cells, double typical, double largest, double singlePair) {
    public static NoiseFloor of(List<PairedRatio> ratios) {
        double[] deviations = ratios.stream()
                .mapToDouble(ratio -> Math.expm1(Math.abs(Math.log(ratio.estimate()))))
                .sorted()
                .toArray();
        double[] pairs = ratios.stream()
                .mapToDouble(PairedRatio::deviation)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return new NoiseFloor(
                deviations.length,
                PairedRatio.median(deviations),
                Arrays.stream(deviations).max().orElse(Double.NaN),
                PairedRatio.median(pairs));
    }
}

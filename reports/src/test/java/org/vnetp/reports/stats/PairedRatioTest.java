package org.vnetp.reports.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairedRatioTest {
    private static double[] logs(double... ratios) {
        return Arrays.stream(ratios).map(Math::log).toArray();
    }

    @Test
    void hodgesLehmannIsTheMedianOfPairwiseMeans() {
        assertEquals(2.0, PairedRatio.hodgesLehmann(new double[] {1, 2, 3}), 1e-12);
        assertEquals(1.5, PairedRatio.hodgesLehmann(new double[] {1, 2}), 1e-12);
        // Pairwise means of 1, 2, 10: 1, 1.5, 2, 5.5, 6, 10: the median lies between 2 and 5.5.
        assertEquals(3.75, PairedRatio.hodgesLehmann(new double[] {10, 1, 2}), 1e-12);
    }

    @Test
    void oneOutlierAmongManyHardlyMovesTheEstimateAndIsKept() {
        PairedRatio ratio = PairedRatio.of(logs(0.97, 0.98, 0.97, 0.96, 0.97, 0.98, 0.96, 0.2), 1);
        assertEquals(0.97, ratio.estimate(), 0.01);
        assertEquals(8, ratio.pairs());
        assertTrue(ratio.low() < 0.96, "the outlier widens the interval: " + ratio);
    }

    @Test
    void onePairHasNoIntervalAndTwoHaveAWideOne() {
        assertFalse(PairedRatio.of(logs(0.9), 1).hasInterval());
        PairedRatio two = PairedRatio.of(logs(0.95, 0.97), 1);
        // Student's t with one degree of freedom is 12.706; s/sqrt(2) is half the difference of the logs.
        double half = 12.7062 * Math.abs(Math.log(0.97 / 0.95)) / 2;
        double mean = (Math.log(0.95) + Math.log(0.97)) / 2;
        assertEquals(Math.exp(mean - half), two.low(), 1e-4);
        assertEquals(Math.exp(mean + half), two.high(), 1e-4);
    }

    @Test
    void wilcoxonHasItsKnownSmallestValue() {
        // Six differences of one sign: p = 2 / 2^6.
        assertEquals(
                2.0 / 64,
                PairedRatio.of(logs(0.9, 0.91, 0.92, 0.93, 0.94, 0.95), 1).pValue(),
                1e-9);
        assertTrue(Double.isNaN(
                PairedRatio.of(logs(0.9, 0.91, 0.92, 0.93, 0.94), 1).pValue()));
        assertTrue(Double.isNaN(PairedRatio.of(new double[8], 1).pValue()), "all alike: nothing to rank");
    }

    @Test
    void sameDataAndSeedGiveSameInterval() {
        double[] data = logs(0.9, 0.95, 0.97, 0.99, 0.93, 1.01, 0.96);
        assertEquals(PairedRatio.of(data, 5), PairedRatio.of(data, 5));
    }

    @Test
    void intervalCoversTheTruthAboutAsOftenAsItSays() {
        for (int n : new int[] {3, 5, 6, 8, 15}) {
            Random random = new Random(n);
            int covered = 0;
            int trials = 300;
            for (int t = 0; t < trials; t++) {
                double[] data = IntStream.range(0, n)
                        .mapToDouble(i -> Math.log(0.95) + 0.02 * random.nextGaussian())
                        .toArray();
                PairedRatio ratio = PairedRatio.of(data, t);
                covered += ratio.low() <= 0.95 && 0.95 <= ratio.high() ? 1 : 0;
            }
            double share = (double) covered / trials;
            assertTrue(share >= 0.91, n + " pairs: covers " + share);
        }
    }

    @Test
    void summaryKnowsItsCells() {
        Summary summary = Summary.of(List.of(
                new Summary.Cell("a", PairedRatio.of(logs(0.8, 0.8, 0.8), 1)),
                new Summary.Cell("b", PairedRatio.of(logs(1.0, 1.0, 1.0), 1)),
                new Summary.Cell("c", PairedRatio.of(logs(0.96, 0.96, 0.96), 1))));
        assertEquals(Math.cbrt(0.8 * 0.96), summary.geometricMean(), 1e-12);
        assertEquals(0.96, summary.median(), 1e-12);
        assertEquals(0.8, summary.worst(), 1e-12);
        assertEquals("a", summary.worstName());
        assertEquals(2, summary.atLeast95());
        assertEquals(summary.geometricMean(), summary.low(), 1e-12);
    }

    @Test
    void intervalOfGeometricMeanCoversToo() {
        Random random = new Random(3);
        int covered = 0;
        int trials = 200;
        for (int t = 0; t < trials; t++) {
            List<Summary.Cell> cells = IntStream.range(0, 8)
                    .mapToObj(c -> new Summary.Cell(
                            "c" + c,
                            PairedRatio.of(
                                    IntStream.range(0, 4)
                                            .mapToDouble(i -> Math.log(0.9 + 0.01 * c) + 0.02 * random.nextGaussian())
                                            .toArray(),
                                    c)))
                    .toList();
            double truth = Math.exp(IntStream.range(0, 8)
                    .mapToDouble(c -> Math.log(0.9 + 0.01 * c))
                    .average()
                    .orElseThrow());
            Summary summary = Summary.of(cells);
            covered += summary.low() <= truth && truth <= summary.high() ? 1 : 0;
        }
        assertTrue(covered >= 0.9 * trials, covered + " of " + trials);
    }

    @Test
    void noiseFloorIsTheSizeOfDeviationsEitherWay() {
        NoiseFloor floor = NoiseFloor.of(List.of(
                PairedRatio.of(logs(1.02, 1.02), 1),
                PairedRatio.of(logs(1 / 1.04, 1 / 1.04), 1),
                PairedRatio.of(logs(1.0, 1.0), 1)));
        assertEquals(3, floor.cells());
        assertEquals(0.02, floor.typical(), 1e-9);
        assertEquals(0.04, floor.largest(), 1e-9);
    }
}

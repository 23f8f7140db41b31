package org.vnetp.reports.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PottsTest {
    /// The running median against sorting anew, by what the whole thing costs.
    @Test
    void findsTheCheapestSegmentation() {
        Random random = new Random(8);
        for (int round = 0; round < 40; round++) {
            double[] x = new double[12];
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextInt(4) + (i >= 6 ? 30 : 0);
            }
            List<Integer> found = Potts.find(x, 1);
            double cheapest = Double.POSITIVE_INFINITY;
            for (int mask = 0; mask < 1 << 11; mask++) {
                List<Integer> cuts = new ArrayList<>();
                for (int i = 1; i < 12; i++) {
                    if ((mask >> i - 1 & 1) == 1) {
                        cuts.add(i);
                    }
                }
                cheapest = Math.min(cheapest, cost(x, cuts));
            }
            assertEquals(cheapest, cost(x, found), 1e-9, Arrays.toString(x));
            assertTrue(found.contains(6), found.toString());
        }
    }

    /// With levels of two values and more, and the penalty of independent values.
    private static double cost(double[] x, List<Integer> cuts) {
        List<Integer> ends = new ArrayList<>(cuts);
        ends.add(x.length);
        double cost = -3 * Math.log(x.length);
        int from = 0;
        for (int to : ends) {
            if (to - from < 2) {
                return Double.POSITIVE_INFINITY;
            }
            double[] level = Arrays.copyOfRange(x, from, to);
            double median = Robust.median(level);
            cost += 3 * Math.log(x.length)
                    + Arrays.stream(level).map(v -> Math.abs(v - median)).sum() / Math.sqrt(2 / Math.PI);
            from = to;
        }
        return cost;
    }

    @Test
    void levelsAreFoundThroughOutliers() {
        Random random = new Random(4);
        double[] x = new double[90];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i < 40 ? 0 : i < 65 ? 0.06 : 0.02) + 0.01 * random.nextGaussian() + (i % 13 == 5 ? 0.5 : 0);
        }
        List<Integer> found = Potts.find(x, 0.01);
        assertEquals(2, found.size(), found.toString());
        assertTrue(Math.abs(found.get(0) - 40) <= 1 && Math.abs(found.get(1) - 65) <= 1, found.toString());
    }

    @Test
    void shortSeriesHaveNoLevels() {
        assertEquals(List.of(), Potts.find(new double[0], 1));
        assertEquals(List.of(), Potts.find(new double[] {1, 100, 1}, 1));
    }
}

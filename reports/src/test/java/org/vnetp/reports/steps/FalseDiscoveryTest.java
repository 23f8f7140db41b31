package org.vnetp.reports.steps;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FalseDiscoveryTest {
    /// The fifteen p-values of the paper's example (treatments after a heart attack): the procedure rejects the first
    /// four at 5 %, where Holm's rejects three.
    @Test
    void thePapersExampleIsReckonedAsThere() {
        double[] p = {
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0
        };
        double[] adjusted = FalseDiscovery.adjusted(p, p.length);
        assertEquals(0.0015, adjusted[0], 1e-9);
        assertEquals(0.0095 * 15 / 4, adjusted[3], 1e-9);
        for (int i = 0; i < p.length; i++) {
            assertEquals(i < 4, adjusted[i] <= FalseDiscovery.RATE, "p " + p[i]);
        }
        assertArrayEquals(
                new double[] {1, 0.02}, FalseDiscovery.adjusted(new double[] {Double.NaN, 0.002}, 10), 1e-12);
    }

    private static List<Step> steps(double... p) {
        List<Step> steps = new ArrayList<>();
        for (double each : p) {
            steps.add(new Step(9, 10, 10, 1, 1.1, each, 20, Step.Grade.CONFIRMED));
        }
        return steps;
    }

    @Test
    void whatIsSureAloneIsChanceAmongAThousandSeries() {
        List<List<Step>> series = new ArrayList<>(List.of(steps(0.0009), steps(1e-9)));
        assertEquals(List.of(steps(0.0009), steps(1e-9)), FalseDiscovery.graded(series));
        for (int i = 0; i < 998; i++) {
            series.add(List.of());
        }
        List<List<Step>> graded = FalseDiscovery.graded(series);
        assertEquals(Step.Grade.CHANCE, graded.get(0).getFirst().grade());
        assertEquals(Step.Grade.CONFIRMED, graded.get(1).getFirst().grade());
        assertEquals(1000, graded.size());
    }

    /// Noise alone in a thousand series: fewer steps are sure than without it, and a real one stays.
    @Test
    void aRealStepAmongManySeriesIsToldAndNoiseIsNot() {
        SplittableRandom random = new SplittableRandom(3);
        List<List<Step>> series = new ArrayList<>();
        for (int s = 0; s < 1000; s++) {
            double[] values = new double[60];
            double wander = 0;
            for (int i = 0; i < values.length; i++) {
                wander = 0.5 * wander + 0.02 * random.nextGaussian(); // neighbours resemble each other
                values[i] = Math.exp(wander) * (s == 0 && i >= 30 ? 0.9 : 1);
            }
            series.add(StepFinder.find(values, 0.03).steps());
        }
        long before = series.stream().flatMap(List::stream).filter(Step::sure).count();
        List<List<Step>> graded = FalseDiscovery.graded(series);
        long after = graded.stream().flatMap(List::stream).filter(Step::sure).count();
        assertTrue(graded.getFirst().stream().anyMatch(Step::sure), "the real one");
        assertTrue(after < before, after + " of " + before);
    }
}

package org.vnetp.reports.steps;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
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
        assertArrayEquals(new double[] {1, 0.02}, FalseDiscovery.adjusted(new double[] {Double.NaN, 0.002}, 10), 1e-12);
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
}

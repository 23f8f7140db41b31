package org.vnetp.reports.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hipparchus.stat.interval.BinomialProportion;
import org.junit.jupiter.api.Test;

class StepFinderTest {
    private static final double LEAST = 0.03;

    private static List<Step> confirmed(double[] series) {
        return StepFinder.find(series, LEAST).steps().stream()
                .filter(step -> step.grade() == Step.Grade.CONFIRMED)
                .toList();
    }

    /// A series around 1 whose level is multiplied by `factor` from `at` on.
    private static double[] series(Random random, int length, double deviation, int at, double factor) {
        double[] series = new double[length];
        for (int i = 0; i < length; i++) {
            series[i] = Math.exp(deviation * random.nextGaussian()) * (i >= at ? factor : 1);
        }
        return series;
    }

    @Test
    void aStepIsConfirmedWithItsLevelsAndItsPlace() {
        Step step = confirmed(series(new Random(1), 60, 0.01, 35, 0.95)).getFirst();
        assertTrue(step.from() <= 35 && step.to() >= 35 && step.to() - step.from() <= 3, step.toString());
        assertEquals(1, step.before(), 0.01);
        assertEquals(0.95, step.after(), 0.01);
        assertEquals(-0.05, step.change(), 0.015);
        assertTrue(step.pValue() <= 0.001);
        assertEquals(25, step.valuesAfter(), 3);
    }

    @Test
    void aStepNearTheEndIsSuspectUntilFourValuesFollow() {
        double[] series = series(new Random(2), 60, 0.005, 50, 0.9);
        assertEquals(
                Step.Grade.CONFIRMED,
                StepFinder.find(Arrays.copyOf(series, 54), LEAST)
                        .steps()
                        .getFirst()
                        .grade());
        List<Step> early = StepFinder.find(Arrays.copyOf(series, 53), LEAST).steps();
        assertEquals(Step.Grade.SUSPECT, early.getFirst().grade());
        assertEquals(3, early.getFirst().valuesAfter());
    }

    @Test
    void gapsAreLeftOutAndAStepAcrossThemCoversThem() {
        double[] series = series(new Random(3), 60, 0.005, 30, 1.08);
        for (int i = 27; i < 33; i++) {
            series[i] = Double.NaN;
        }
        series[5] = Double.NaN;
        Step step = confirmed(series).getFirst();
        assertEquals(26, step.from());
        assertEquals(33, step.to());
    }

    @Test
    void singleValuesThatAreFarOffAreOutliersAndNoSteps() {
        double[] series = series(new Random(4), 60, 0.01, 60, 1);
        series[20] *= 0.5;
        series[41] *= 1.7;
        StepFinder.Found found = StepFinder.find(series, LEAST);
        assertEquals(List.of(20, 41), found.outliers());
        assertEquals(List.of(), found.steps());
        assertEquals(0.01, found.noise(), 0.004);
    }

    @Test
    void theCommitsThatAreNamedHoldTheOneThatDidIt() {
        for (double[] noiseAndSize : new double[][] {{0.01, 0.05}, {0.03, 0.08}, {0.04, 0.08}}) {
            int found = 0;
            int held = 0;
            int width = 0;
            for (int seed = 0; seed < 400; seed++) {
                for (Step step :
                        confirmed(series(new Random(77L * seed), 72, noiseAndSize[0], 40, 1 - noiseAndSize[1]))) {
                    if (Math.abs(step.at() - 40) <= 10) {
                        found++;
                        held += step.from() < 40 && step.to() >= 40 ? 1 : 0;
                        width += step.to() - step.from();
                    }
                }
            }
            String share = held + " of " + found + ", " + (double) width / found + " runs wide";
            assertTrue(found > 100 && held > 0.93 * found, share);
        }
    }

    /// A median of few values, or a benchmark that runs in one of two ways: most values are exactly alike,
    /// and one in four is far off. Runs of those are no steps.
    @Test
    void twoModesAreNoSteps() {
        int alarms = 0;
        for (int seed = 0; seed < 300; seed++) {
            java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
            double[] series = new double[72];
            for (int i = 0; i < series.length; i++) {
                series[i] = random.nextInt(4) == 0 ? 0.92 : 1;
            }
            StepFinder.Found found = StepFinder.find(series, LEAST);
            assertTrue(found.noise() > 0.02, "a spread of " + found.noise());
            alarms += confirmed(series).isEmpty() ? 0 : 1;
        }
        assertTrue(alarms <= 6, alarms + " of 300");
    }

    @Test
    void stepsThatAreTooSmallAreNotTold() {
        double[] series = series(new Random(5), 120, 0.003, 60, 0.98);
        assertEquals(List.of(), StepFinder.find(series, 0.03).steps());
        assertEquals(1, StepFinder.find(series, 0.01).steps().size());
    }

    @Test
    void flatAndShortSeriesHaveNoStepsAndNoNoiseThatIsNoNumber() {
        double[] flat = new double[50];
        Arrays.fill(flat, 3);
        assertEquals(List.of(), StepFinder.find(flat, LEAST).steps());
        assertEquals(1e-4, StepFinder.find(flat, LEAST).noise());
        Arrays.fill(flat, 25, 50, 3.3);
        Step step = confirmed(flat).getFirst();
        assertEquals(24, step.from());
        assertEquals(25, step.to());
        assertEquals(0.1, step.change(), 1e-9);
        assertTrue(step.pValue() >= 0 && step.pValue() < 1e-6);
        for (double[] few : List.of(new double[0], new double[] {1}, new double[] {1, 2}, new double[] {Double.NaN})) {
            assertEquals(List.of(), StepFinder.find(few, LEAST).steps());
        }
        assertEquals(List.of(), confirmed(new double[] {1, 1, 2, 2, 2}));
    }

    @Test
    void whatIsNotAboveZeroIsNamed() {
        for (double bad : new double[] {0, -1, Double.POSITIVE_INFINITY}) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> StepFinder.find(new double[] {1, bad, 1}, LEAST));
            assertEquals("value " + bad + " at 1: expected more than 0", e.getMessage());
        }
    }

    @Test
    void aSlowSlopeIsADrift() {
        Random random = new Random(6);
        double[] series = new double[100];
        for (int i = 0; i < 100; i++) {
            series[i] = Math.exp(-0.06 * i / 100 + 0.01 * random.nextGaussian());
        }
        Drift drift = Drift.of(series, LEAST).orElseThrow();
        assertEquals(-0.054, drift.change(), 0.012);
        assertTrue(drift.pValue() <= 0.001);
        assertFalse(Drift.of(series(random, 100, 0.01, 200, 1), LEAST).isPresent());
        assertFalse(Drift.of(Arrays.copyOf(series, 19), LEAST).isPresent(), "ends overlap");
    }

    /// How often one series of 100 runs without a step has one confirmed, and how often a step of a given
    /// size is, by kind of noise. The bounds are those that the README states; `-Dvnetp.simulate=N` makes N
    /// series of each and prints the table.
    @Test
    void falseAlarmsAreRareAndStepsAreFound() {
        int rounds = Integer.getInteger("vnetp.simulate", 0);
        boolean full = rounds > 0;
        rounds = full ? rounds : 200;
        for (Noise noise : Noise.values()) {
            for (double deviation : full ? new double[] {0.01, 0.02, 0.05} : new double[] {0.01, 0.02}) {
                StringBuilder line = new StringBuilder(
                        String.format(java.util.Locale.ROOT, "%-12s %4.1f %%", noise, 100 * deviation));
                for (double size : new double[] {0, 0.01, 0.03, 0.05, 0.10}) {
                    int alarms = 0;
                    int found = 0;
                    for (int round = 0; round < rounds; round++) {
                        double[] series = noise.series(new Random(1000 * round + 7), 100, deviation);
                        for (int i = 50; i < 100; i++) {
                            series[i] *= 1 - size;
                        }
                        boolean hit = false;
                        boolean other = false;
                        for (Step step : confirmed(series)) {
                            boolean near = size > 0 && step.from() <= 53 && step.to() >= 48 && step.change() < 0;
                            hit |= near;
                            other |= !near;
                        }
                        found += hit ? 1 : 0;
                        alarms += other ? 1 : 0;
                    }
                    int count = size == 0 ? alarms : found;
                    var wilson = BinomialProportion.getWilsonScoreInterval(rounds, (double) count / rounds, 0.95);
                    line.append(String.format(
                            java.util.Locale.ROOT,
                            "  %s %5.1f [%.1f, %.1f]",
                            size == 0 ? "false" : String.format(java.util.Locale.ROOT, "%.0f %%:", 100 * size),
                            100.0 * count / rounds,
                            100 * wilson.getLowerBound(),
                            100 * wilson.getUpperBound()));
                    if (size == 0 && noise != Noise.WANDERING) {
                        assertTrue(wilson.getLowerBound() < 0.01, noise + " " + deviation + ": " + alarms);
                    }
                    if (size == 0.05 && deviation <= 0.02 && noise != Noise.WANDERING) {
                        assertTrue(wilson.getUpperBound() > 0.9, noise + " " + deviation + ": " + found);
                    }
                }
                if (full) {
                    System.out.println(line);
                }
            }
        }
    }

    private enum Noise {
        NORMAL,
        HEAVY_TAILS,
        OUTLIERS,
        WANDERING;

        /// Values around 1 with a standard deviation of about `deviation`.
        double[] series(Random random, int length, double deviation) {
            double[] series = new double[length];
            double last = 0;
            for (int i = 0; i < length; i++) {
                double normal = random.nextGaussian();
                double log = switch (this) {
                    case NORMAL -> normal;
                    // Student's t with 3 degrees of freedom has a standard deviation of the root of 3.
                    case HEAVY_TAILS ->
                        normal / Math.sqrt((square(random) + square(random) + square(random)) / 3) / Math.sqrt(3);
                    case OUTLIERS -> random.nextInt(20) == 0 ? 8 * normal : normal;
                    // Half of what a run is off, the next one is off too.
                    case WANDERING -> last = 0.5 * last + Math.sqrt(0.75) * normal;
                };
                series[i] = Math.exp(deviation * log);
            }
            return series;
        }

        private static double square(Random random) {
            double normal = random.nextGaussian();
            return normal * normal;
        }
    }
}

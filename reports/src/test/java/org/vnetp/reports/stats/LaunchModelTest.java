package org.vnetp.reports.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Simulated runs of the suite whose truth is known: eight kernels on two links, with a machine that drifts by a factor
/// of two, regions that scatter by another amount in every kernel, and launches that differ.
class LaunchModelTest {
    private static final List<String> KERNELS = List.of("ep", "mg", "cg", "ft", "is", "lu", "sp", "bt");
    private static final Map<String, Double> TRUTH = Map.of("vnetp", 0.85, "vnetp-ebpf", 0.98, "vxlan", 0.99);

    private static List<Observation> simulate(long seed, int launches, int blocksEach, double launchDeviation) {
        return simulate(seed, launches, _ -> blocksEach, launchDeviation);
    }

    private static List<Observation> simulate(
            long seed, int launches, ToIntFunction<String> blocks, double launchDeviation) {
        Random random = new Random(seed);
        List<Observation> rows = new ArrayList<>();
        for (String kernel : KERNELS) {
            double regionDeviation = 0.03 * Math.exp(0.5 * random.nextGaussian());
            for (int launch = 0; launch < launches; launch++) {
                int number = launch;
                Map<String, Double> effects = new LinkedHashMap<>();
                for (String fabric : List.of(Fabrics.NATIVE, Fabrics.NATIVE_AGAIN, "vnetp", "vnetp-ebpf", "vxlan")) {
                    effects.put(
                            fabric,
                            Math.log(TRUTH.getOrDefault(fabric, 1.0)) + launchDeviation * random.nextGaussian());
                }
                for (int b = 0; b < blocks.applyAsInt(kernel); b++) {
                    int block = launch * 50 + b;
                    for (String link : List.of("1gbit", "10gbit")) {
                        double machine = Math.log(1000) + 0.7 * random.nextDouble();
                        effects.forEach((fabric, effect) -> {
                            // Now and then something else has the processor for a while.
                            double noise = regionDeviation * random.nextGaussian()
                                    - (random.nextInt(30) == 0 ? 4 * regionDeviation : 0);
                            rows.addAll(new Run("nas", kernel + ".A.2", fabric, link, Params.NONE, block, 0)
                                    .launch(number)
                                    .value(Metrics.MOPS, Math.exp(machine + effect + noise))
                                    .observations());
                        });
                    }
                }
            }
        }
        return rows;
    }

    /// How many of the overlays' intervals hold the truth, over some simulated runs.
    private static double coverage(int runs, int launches, int blocks, double launchDeviation, double[] width) {
        return coverage(runs, seed -> simulate(seed, launches, blocks, launchDeviation), width);
    }

    private static double coverage(int runs, IntFunction<List<Observation>> simulated, double[] width) {
        int cells = 0;
        int holding = 0;
        double widths = 0;
        for (int seed = 0; seed < runs; seed++) {
            Study study = new Study(simulated.apply(seed), "nas");
            for (Study.Cell cell : study.cells()) {
                for (String fabric : study.overlays()) {
                    PairedRatio ratio = study.ratio(cell, fabric, Fabrics.NATIVE, Metrics.MOPS)
                            .orElseThrow();
                    double truth = TRUTH.get(fabric);
                    cells++;
                    holding += ratio.low() <= truth && truth <= ratio.high() ? 1 : 0;
                    widths += ratio.halfWidth() / ratio.estimate();
                }
            }
        }
        width[0] = widths / cells;
        return holding / (double) cells;
    }

    @Test
    void intervalsHoldTheTruthAsOftenAsTheySay() {
        double[] width = new double[1];
        for (int launches : new int[] {1, 2, 3}) {
            for (double deviation : new double[] {0, 0.02, 0.05}) {
                double share = coverage(30, launches, 12 / launches, deviation, width);
                String what = launches + " launches that scatter by " + deviation + ": " + share
                        + " of 1440 intervals, +-" + width[0] + " on average";
                assertTrue(share >= 0.93 && share <= 0.975, what);
            }
        }
    }

    /// A short budget leaves long kernels with one block: how it scatters is known from the others only.
    @Test
    void ofOneBlockTheIntervalHoldsTheTruthAsOften() {
        double[] width = new double[1];
        ToIntFunction<String> blocks = kernel -> List.of("lu", "sp", "bt").contains(kernel) ? 1 : 4;
        for (double deviation : new double[] {0, 0.02, 0.05}) {
            double share = coverage(40, seed -> simulate(seed, 1, blocks, deviation), width);
            String what = "launches that scatter by " + deviation + ": " + share + " of 1920 intervals, +-" + width[0];
            assertTrue(share >= 0.93 && share <= 0.98, what);
        }
    }

    /// Two references with three fabrics: a pair's variance is that of one and a half regions instead of two.
    @Test
    void bothNativeArmsTogetherMakeTheIntervalNarrower() {
        double both = 0;
        double one = 0;
        for (int seed = 0; seed < 10; seed++) {
            List<Observation> rows = simulate(seed, 2, 8, 0);
            // Under another name, the second arm is an overlay like any: nothing is compared with it.
            List<Observation> renamed = rows.stream()
                    .map(row -> row.fabric().equals(Fabrics.NATIVE_AGAIN)
                            ? new Run(row.suite(), row.benchmark(), "other", row.link(), Params.NONE, row.block(), 0)
                                    .launch(row.launch())
                                    .value(Metrics.MOPS, row.value())
                                    .observations()
                                    .getFirst()
                            : row)
                    .toList();
            both += widths(new Study(rows, "nas"));
            one += widths(new Study(renamed, "nas"));
        }
        assertEquals(Math.sqrt(1.5 / 2), both / one, 0.04);
    }

    private static double widths(Study study) {
        return study.cells().stream()
                .mapToDouble(cell -> study.ratio(cell, "vnetp", Fabrics.NATIVE, Metrics.MOPS)
                        .orElseThrow()
                        .halfWidth())
                .sum();
    }

    @Test
    void ofManyRegionsInOneLaunchTheIntervalStaysAsWideAsLaunchesScatter() {
        double[] few = new double[1];
        double[] many = new double[1];
        coverage(5, 1, 6, 0.03, few);
        coverage(5, 1, 40, 0.03, many);
        assertTrue(many[0] > 0.05, "two launches compared, each off by 3 %: +-" + many[0]);
        assertTrue(many[0] < few[0], many[0] + " with 40 blocks, " + few[0] + " with 6");
    }

    @Test
    void findsHowMuchLaunchesScatter() {
        double sum = 0;
        for (int seed = 0; seed < 20; seed++) {
            sum += new Study(simulate(seed, 3, 6, 0.03), "nas")
                    .launchDeviation(Metrics.MOPS)
                    .orElseThrow();
        }
        assertEquals(0.03, sum / 20, 0.003);
    }

    @Test
    void controlArmShowsTheCoverage() {
        int cells = 0;
        int holding = 0;
        for (int seed = 0; seed < 20; seed++) {
            Coverage coverage = new Study(simulate(seed, 2, 6, 0.02), "nas")
                    .coverage(Metrics.MOPS)
                    .orElseThrow();
            cells += coverage.cells();
            holding += coverage.holding();
            assertTrue(coverage.low() < coverage.share() && coverage.share() <= coverage.high());
        }
        assertEquals(320, cells);
        assertTrue(holding >= 0.93 * cells && holding <= 0.985 * cells, holding + " of " + cells);
    }

    @Test
    void widthAfterMoreBlocksIsWhatMoreBlocksGive() {
        double promised = 0;
        double kept = 0;
        for (int seed = 0; seed < 10; seed++) {
            Study few = new Study(simulate(seed, 2, 4, 0.01), "nas");
            Study many = new Study(simulate(seed, 2, 16, 0.01), "nas");
            for (Study.Cell cell : few.cells()) {
                promised += few.precision(cell, "vnetp", Fabrics.NATIVE, Metrics.MOPS)
                        .orElseThrow()
                        .halfWidthAfter(24, 0);
                kept += many.precision(cell, "vnetp", Fabrics.NATIVE, Metrics.MOPS)
                        .orElseThrow()
                        .halfWidth();
            }
        }
        assertEquals(kept, promised, 0.25 * kept);
    }

    @Test
    void withoutControlAndSecondLaunchNothingTellsTheInterval() {
        List<Observation> rows = simulate(3, 1, 8, 0.02).stream()
                .filter(row -> !row.fabric().equals(Fabrics.NATIVE_AGAIN))
                .toList();
        Study study = new Study(rows, "nas");
        PairedRatio ratio = study.ratio(study.cells().iterator().next(), "vnetp", Fabrics.NATIVE, Metrics.MOPS)
                .orElseThrow();
        assertFalse(ratio.hasInterval());
        assertEquals(0.85, ratio.estimate(), 0.1);
    }

    @Test
    void armThatDiedOnceStandsByItsNextLaunch() {
        List<Observation> rows = new ArrayList<>(simulate(4, 1, 4, 0.02));
        Run dead = new Run("nas", "cg.A.2", "vnetp", "1gbit", Params.NONE, 7, 0).launch(1);
        rows.addAll(dead.ended(Status.FAILED, "rank 1 was killed by signal 9").observations());
        Study.Cell cell = new Study.Cell("cg.A.2", "", "1gbit");
        assertEquals(Status.FAILED, new Study(rows, "nas").status(cell, "vnetp").orElseThrow());
        Run next = new Run("nas", "cg.A.2", "vnetp", "1gbit", Params.NONE, 8, 0).launch(2);
        rows.addAll(next.value(Metrics.MOPS, 900).observations());
        assertEquals(Status.OK, new Study(rows, "nas").status(cell, "vnetp").orElseThrow());
        rows.addAll(new Run("nas", "cg.A.2", "vnetp", "1gbit", Params.NONE, 9, 0)
                .launch(2)
                .ended(Status.UNVERIFIED, "")
                .observations());
        assertEquals(
                Status.UNVERIFIED, new Study(rows, "nas").status(cell, "vnetp").orElseThrow());
    }
}

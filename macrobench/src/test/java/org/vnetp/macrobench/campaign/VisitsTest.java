package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.Campaign.Ending;
import org.vnetp.macrobench.campaign.Campaign.Settings;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;

/// Campaigns of programs that stay: visits, launches, blocks, and what the budget is spent on.
class VisitsTest {
    private static final List<String> ARMS = List.of("native", "native-again", "vnetp", "vxlan");

    @TempDir
    Path dir;

    private long nowNs;
    private final Stayers runner = new Stayers();
    /// By benchmark and fabric; a half unless said.
    private final Map<String, Double> scatter = new HashMap<>();

    /// By benchmark, of one run; a second unless said.
    private final Map<String, Double> runSeconds = new HashMap<>();

    private double runSeconds(Cell cell) {
        return runSeconds.getOrDefault(cell.benchmark(), 1.0);
    }

    /// Programs that take 10 s to launch and, unless said, 1 s a run, both of fake time.
    private final class Stayers implements CellRunner {
        final List<List<Cell>> visits = new ArrayList<>();
        final List<Slot> made = new ArrayList<>();
        final List<Integer> launches = new ArrayList<>();
        Predicate<Slot> interruptedIn = s -> false;
        Campaign campaign;
        private int launch;
        private boolean open;

        @Override
        public boolean resident() {
            return true;
        }

        @Override
        public List<List<Cell>> bundles(Plan plan) {
            Map<String, List<Cell>> byKernel = new LinkedHashMap<>();
            plan.groups()
                    .values()
                    .forEach(cells ->
                            cells.forEach(cell -> byKernel.computeIfAbsent(cell.benchmark(), _ -> new ArrayList<>())
                                    .add(cell)));
            return List.copyOf(byKernel.values());
        }

        @Override
        public void recall(List<Observation> earlier) {
            launch = earlier.stream().mapToInt(Observation::launch).max().orElse(-1) + 1;
        }

        @Override
        public void open(List<Cell> cells, Path raw) {
            assertTrue(!open, "two visits at the same time");
            open = true;
            visits.add(cells);
            nowNs += 10_000_000_000L;
        }

        @Override
        public void close() {
            open = false;
            launch++;
        }

        @Override
        public void run(Slot slot, Run run, Path raw, Duration limit) throws InterruptedException {
            assertTrue(open, "a run outside of a visit");
            if (interruptedIn.test(slot)) {
                campaign.stop();
                throw new InterruptedException();
            }
            made.add(slot);
            launches.add(launch);
            nowNs += (long) (1e9 * runSeconds(slot.cell()));
            run.launch(launch).value(Metrics.MOPS, 100);
        }

        @Override
        public Duration estimate(Cell cell) {
            return Duration.ofMillis((long) (1000 * runSeconds(cell)));
        }

        @Override
        public Duration launching(List<Cell> cells) {
            return Duration.ofSeconds(10);
        }

        @Override
        public Metric primary(Cell cell) {
            return Metrics.MOPS;
        }
    }

    private static Plan plan(String... benchmarks) {
        List<Cell> cells = new ArrayList<>();
        for (String benchmark : benchmarks) {
            for (String link : List.of("1gbit", "10gbit")) {
                for (String arm : ARMS) {
                    cells.add(new Cell("nas", benchmark, Params.NONE, arm, link));
                }
            }
        }
        return new Plan(cells, 3);
    }

    /// Each interval is its cell's scatter over the root of its blocks.
    private Widths widths(List<Observation> rows) {
        Map<String, Set<Integer>> blocks = new HashMap<>();
        rows.forEach(o -> blocks.computeIfAbsent(o.benchmark() + o.fabric() + o.link(), _ -> new HashSet<>())
                .add(o.block()));
        return new Widths() {
            @Override
            public int pairs(Cell cell) {
                return blocks.getOrDefault(cell.benchmark() + cell.fabric() + cell.link(), Set.of())
                        .size();
            }

            @Override
            public double now(Cell cell) {
                return after(cell, 0, 0);
            }

            @Override
            public double after(Cell cell, int more, int launches) {
                Set<Integer> seen = blocks.get(cell.benchmark() + cell.fabric() + cell.link());
                return seen == null || cell.fabric().equals("native")
                        ? Double.NaN
                        : scatter.getOrDefault(cell.benchmark() + " " + cell.fabric(), 0.5)
                                / Math.sqrt(seen.size() + more);
            }
        };
    }

    private Ending run(Plan plan, Settings settings, boolean resumed) throws IOException {
        Path at = dir.resolve("r");
        try (ResultDirectory results = resumed
                ? ResultDirectory.resume(at)
                : ResultDirectory.create(
                        at,
                        RunInfo.builder("r", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                                .build())) {
            Campaign campaign =
                    new Campaign(plan, runner, results, settings, this::widths, Progress.SILENT, () -> nowNs);
            runner.campaign = campaign;
            return campaign.run();
        }
    }

    private static Settings settings(int least, int most, int launches, Duration budget, double precision) {
        return new Settings(least, most, launches, budget, null, 2, precision);
    }

    @Test
    void aVisitHasAllArmsAtAllRatesAndItsBlocksFollowEachOther() throws IOException {
        assertEquals(Ending.COMPLETE, run(plan("cg.A.4", "mg.A.4"), settings(2, 6, 2, null, 0), false));
        assertEquals(4, runner.visits.size()); // two kernels, two launches each
        runner.visits.forEach(cells -> assertEquals(8, cells.size()));
        assertEquals(2 * 8 * 6, runner.made.size());
        for (int i = 0; i < runner.made.size(); i += 4) {
            List<Slot> block = runner.made.subList(i, i + 4);
            assertEquals(1, block.stream().map(Slot::block).distinct().count());
            assertEquals(1, block.stream().map(s -> s.cell().group()).distinct().count());
            assertEquals(4, block.stream().map(Slot::cell).distinct().count());
        }
        // Rates change once a block only: the next block begins at the rate where this one ended.
        for (int i = 0; i + 8 < 24; i += 16) {
            assertEquals(
                    runner.made.get(i + 7).cell().link(),
                    runner.made.get(i + 8).cell().link());
        }
    }

    @Test
    void whatIsNarrowYieldsItsTime() throws IOException {
        scatter.put("cg.A.4 vnetp", 0.01);
        assertEquals(Ending.COMPLETE, run(plan("cg.A.4"), settings(2, 8, 2, null, 0.02), false));
        assertEquals(2 * 2, count("vnetp"));
        assertEquals(2 * 8, count("vxlan"));
        assertEquals(2 * 8, count("native"));
        // It is not even launched the second time.
        assertTrue(runner.visits.get(1).stream().noneMatch(cell -> cell.fabric().equals("vnetp")));
    }

    private long count(String fabric) {
        return runner.made.stream()
                .filter(s -> s.cell().fabric().equals(fabric))
                .count();
    }

    @Test
    void theBudgetGoesWhereItNarrowsMostAndIsKept() throws IOException {
        for (String arm : ARMS) {
            scatter.put("ep.A.4 " + arm, 0.03);
        }
        Duration budget = Duration.ofSeconds(300);
        assertEquals(Ending.BUDGET_SPENT, run(plan("ep.A.4", "cg.A.4"), settings(2, 100, 1, budget, 0.005), false));
        long ep = runner.made.stream()
                .filter(s -> s.cell().benchmark().equals("ep.A.4"))
                .count();
        long cg = runner.made.size() - ep;
        assertTrue(cg > 1.5 * ep, "cg " + cg + ", ep " + ep);
        assertTrue(nowNs <= budget.toNanos(), "took " + nowNs / 1e9);
        assertTrue(nowNs > 0.9 * budget.toNanos(), "took only " + nowNs / 1e9);
    }

    private long blocks(String benchmark) {
        return runner.made.stream()
                .filter(s -> s.cell().benchmark().equals(benchmark))
                .map(Slot::block)
                .distinct()
                .count();
    }

    /// Launches take 40 of 156 s and a block 8: 14 blocks in all.
    @Test
    void firstVisitsShareTheBudgetEvenlyWhereAllScatterAlike() throws IOException {
        List<String> kernels = List.of("ep.A.4", "cg.A.4", "mg.A.4", "is.A.4");
        run(plan(kernels.toArray(String[]::new)), settings(1, 100, 1, Duration.ofSeconds(156), 0), false);
        assertEquals(4, runner.visits.size());
        for (String kernel : kernels) {
            assertTrue(blocks(kernel) == 3 || blocks(kernel) == 4, kernel + " has " + blocks(kernel));
        }
    }

    /// By 1 : 3 : 3 : 3 it would be 1.5, 4.3, 4.3, 4.3; whoever comes first is taken to scatter as the others will.
    @Test
    void aKernelThatScattersLessLeavesItsTimeToTheOthers() throws IOException {
        List<String> kernels = List.of("ep.A.4", "cg.A.4", "mg.A.4", "is.A.4");
        run(plan(kernels.toArray(String[]::new)), settings(1, 100, 1, Duration.ofSeconds(156), 0), false);
        String second = runner.visits.get(1).getFirst().benchmark();
        runner.visits.clear();
        runner.made.clear();
        nowNs = 0;
        ARMS.forEach(arm -> scatter.put(second + " " + arm, 0.17));
        dir = dir.resolve("again");
        run(plan(kernels.toArray(String[]::new)), settings(1, 100, 1, Duration.ofSeconds(156), 0), false);
        assertEquals(4, runner.visits.size());
        for (String kernel : kernels) {
            long blocks = blocks(kernel);
            assertTrue(kernel.equals(second) ? blocks <= 2 : blocks >= 3, kernel + " has " + blocks);
        }
        assertTrue(nowNs <= 156_000_000_000L, "took " + nowNs / 1e9);
    }

    @Test
    void whateverTheBudgetEveryKernelIsVisitedOnce() throws IOException {
        run(plan("ep.A.4", "cg.A.4", "mg.A.4"), settings(2, 100, 1, Duration.ofSeconds(20), 0), false);
        assertEquals(3, runner.visits.size());
        assertEquals(3 * 8 * 2, runner.made.size());
    }

    private static Settings cut(int least, int seconds) {
        return new Settings(least, 100, 1, Duration.ofSeconds(seconds), null, 2, 0, true);
    }

    /// Three launches and blocks of 8, 8 and 24 s: 70 s hold one block of each, 3 of each would take 150.
    @Test
    void aBudgetThatDoesNotHoldAllBlocksIsForOneOfEveryKernelFirst() throws IOException {
        runSeconds.put("lu.A.4", 3.0);
        assertEquals(Ending.BUDGET_SPENT, run(plan("ep.A.4", "cg.A.4", "lu.A.4"), cut(3, 79), false));
        for (String kernel : List.of("ep.A.4", "cg.A.4", "lu.A.4")) {
            assertTrue(blocks(kernel) >= 1, kernel + " has no block");
        }
        assertTrue(nowNs <= 79_000_000_000L && nowNs > 62_000_000_000L, "took " + nowNs / 1e9);
    }

    /// The long one alone would take 410 s; the others are not to suffer for it, whatever the order.
    @Test
    void whatDoesNotFitTheBudgetDoesNotKeepShorterOnesOut() throws IOException {
        runSeconds.put("lu.A.4", 50.0);
        runSeconds.put("bt.A.4", 60.0);
        assertEquals(
                Ending.BUDGET_SPENT, run(plan("lu.A.4", "ep.A.4", "bt.A.4", "cg.A.4", "mg.A.4"), cut(3, 150), false));
        for (String kernel : List.of("ep.A.4", "cg.A.4", "mg.A.4")) {
            assertTrue(blocks(kernel) >= 3, kernel + " has " + blocks(kernel));
        }
        assertEquals(0, blocks("lu.A.4") + blocks("bt.A.4"));
        assertTrue(nowNs <= 150_000_000_000L && nowNs > 130_000_000_000L, "took " + nowNs / 1e9);
    }

    @Test
    void aBudgetThatHoldsAllBlocksGivesEveryKernelWhatIsWanted() throws IOException {
        runSeconds.put("lu.A.4", 3.0);
        run(plan("ep.A.4", "cg.A.4", "lu.A.4"), cut(3, 200), false);
        for (String kernel : List.of("ep.A.4", "cg.A.4", "lu.A.4")) {
            assertTrue(blocks(kernel) >= 3, kernel + " has " + blocks(kernel));
        }
        assertTrue(nowNs <= 200_000_000_000L, "took " + nowNs / 1e9);
    }

    /// At most the region under way is lost, and no pair is made of runs that were not side by side.
    @Test
    void aResumedCampaignKeepsWhatItHasAndBeginsAFreshBlock() throws IOException {
        Plan plan = plan("cg.A.4");
        int[] left = {11};
        runner.interruptedIn = _ -> left[0]-- == 0;
        assertEquals(Ending.INTERRUPTED, run(plan, settings(4, 4, 1, null, 0), false));
        assertEquals(11, runner.made.size());
        runner.interruptedIn = _ -> false;
        assertEquals(Ending.COMPLETE, run(plan, settings(4, 4, 1, null, 0), true));
        List<Observation> rows = ResultDirectory.read(dir.resolve("r")).observations().stream()
                .filter(o -> o.metric().equals("mops"))
                .toList();
        assertEquals(runner.made.size(), rows.size());
        // Every block is of one launch.
        Map<String, Set<Integer>> byBlock = new HashMap<>();
        rows.forEach(o -> byBlock.computeIfAbsent(o.link() + " " + o.block(), _ -> new HashSet<>())
                .add(o.launch()));
        byBlock.forEach((block, launches) -> assertEquals(1, launches.size(), block));
        for (String arm : ARMS) {
            assertTrue(count(arm) >= 2 * 4, arm);
        }
    }
}

package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.Campaign.Ending;
import org.vnetp.macrobench.campaign.Campaign.Settings;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;

class CampaignTest {
    private static final Settings THREE_BLOCKS = settings(1, 3, null, 2);

    private static final Widths.Source UNKNOWN = _ -> widths(Double.NaN);

    private static Settings settings(int least, int most, Duration budget, int failures) {
        return new Settings(least, most, 1, budget, null, failures, 0);
    }

    /// The same for all cells, whatever comes.
    private static Widths widths(double width) {
        return new Widths() {
            @Override
            public int pairs(Cell cell) {
                return 0;
            }

            @Override
            public double now(Cell cell) {
                return width;
            }

            @Override
            public double after(Cell cell, int blocks, int launches) {
                return width / (1 + blocks);
            }
        };
    }

    @TempDir
    Path dir;

    private long nowNs;
    private final FakeRunner runner = new FakeRunner();
    private Plan plan;

    /// Takes ten seconds of fake time a run.
    private final class FakeRunner implements CellRunner {
        final List<Slot> made = new ArrayList<>();
        final List<Duration> limits = new ArrayList<>();
        Predicate<Slot> fails = s -> false;
        Predicate<Slot> skips = s -> false;
        Predicate<Slot> interruptedIn = s -> false;
        Predicate<Slot> breaks = s -> false;
        Campaign campaign;

        @Override
        public void run(Slot slot, Run run, Path raw, Duration limit) throws IOException, InterruptedException {
            if (interruptedIn.test(slot)) {
                campaign.stop();
                throw new InterruptedException();
            }
            made.add(slot);
            limits.add(limit);
            nowNs += 10_000_000_000L;
            if (breaks.test(slot)) {
                throw new IOException("node a has ended");
            }
            run.value(Metrics.MOPS, 100 + slot.block());
            if (fails.test(slot)) {
                run.ended(Status.FAILED, "exit code 1");
            }
            if (skips.test(slot)) {
                run.ended(Status.SKIPPED, "not applicable");
            }
        }

        @Override
        public Duration estimate(Cell cell) {
            return Duration.ofSeconds(20);
        }

        @Override
        public Metric primary(Cell cell) {
            return Metrics.MOPS;
        }
    }

    @BeforeEach
    void plan() {
        List<Cell> cells = new ArrayList<>();
        for (String benchmark : List.of("cg.S.4", "mg.S.4")) {
            for (String fabric : List.of("native", "vnetp")) {
                cells.add(new Cell("nas", benchmark, Params.NONE, fabric, "1gbit"));
            }
        }
        plan = new Plan(cells, 42);
    }

    private ResultDirectory fresh() throws IOException {
        return ResultDirectory.create(
                dir.resolve("r"),
                RunInfo.builder("r", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                        .build());
    }

    private ResultDirectory again() throws IOException {
        return ResultDirectory.resume(dir.resolve("r"));
    }

    private Campaign campaign(ResultDirectory results, Settings settings, Widths.Source widths) {
        Campaign campaign = new Campaign(plan, runner, results, settings, widths, Progress.SILENT, () -> nowNs);
        runner.campaign = campaign;
        return campaign;
    }

    private List<Slot> wholePlan() {
        return Campaign.slots(plan, 3);
    }

    @Test
    void runsThePlanInItsOrderAndStoresEveryRun() throws IOException {
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Ending.COMPLETE, campaign(results, THREE_BLOCKS, UNKNOWN).run());
        }
        assertEquals(wholePlan(), runner.made);
        var rows = ResultDirectory.read(dir.resolve("r")).observations();
        assertEquals(12, rows.stream().filter(o -> o.metric().equals("mops")).count());
        assertEquals(
                10,
                rows.stream()
                        .filter(o -> o.metric().equals("wall_s"))
                        .findFirst()
                        .orElseThrow()
                        .value());
    }

    @Test
    void whereNativeIsNotApplicableTheOthersAreMeasuredAllTheSame() throws IOException {
        runner.skips = slot -> slot.cell().fabric().equals("native");
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Ending.COMPLETE, campaign(results, THREE_BLOCKS, UNKNOWN).run());
        }
        assertEquals(
                6,
                runner.made.stream()
                        .filter(slot -> slot.cell().fabric().equals("vnetp"))
                        .count());
    }

    @Test
    void anInterruptedCampaignGoesOnWhereItStoppedAndRepeatsNothing() throws IOException {
        Slot fifth = wholePlan().get(4);
        runner.interruptedIn = fifth::equals;
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Ending.INTERRUPTED, campaign(results, THREE_BLOCKS, UNKNOWN).run());
        }
        assertFalse(Thread.interrupted(), "the interrupt must not reach the clean-up");
        assertEquals(wholePlan().subList(0, 4), runner.made);
        runner.interruptedIn = s -> false;
        try (ResultDirectory results = again()) {
            assertEquals(
                    Ending.COMPLETE, campaign(results, THREE_BLOCKS, UNKNOWN).run());
        }
        assertEquals(wholePlan(), runner.made);
    }

    @Test
    void aCrashAfterAnyRunLosesNoneAndRepeatsNone() throws IOException {
        for (int survived = 0; survived < wholePlan().size(); survived++) {
            runner.made.clear();
            int crashAt = survived;
            runner.breaks = s -> false;
            Path directory = dir.resolve("crash" + survived);
            class Crash extends Error {
                private static final long serialVersionUID = 1L;
            }
            try (ResultDirectory results = ResultDirectory.create(
                    directory,
                    RunInfo.builder("c", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                            .build())) {
                Campaign c = campaign(results, THREE_BLOCKS, UNKNOWN);
                runner.breaks = s -> {
                    if (runner.made.size() > crashAt) {
                        throw new Crash();
                    }
                    return false;
                };
                assertThrows(Crash.class, c::run);
            }
            runner.breaks = s -> false;
            runner.made.removeLast(); // the run under way in the crash was not stored
            try (ResultDirectory results = ResultDirectory.resume(directory)) {
                campaign(results, THREE_BLOCKS, UNKNOWN).run();
            }
            assertEquals(wholePlan(), runner.made, "crash after " + survived);
        }
    }

    @Test
    void aFailingRunIsAResultAndTheRestGoesOn() throws IOException {
        runner.breaks =
                s -> s.cell().benchmark().equals("cg.S.4") && s.cell().fabric().equals("vnetp") && s.block() == 1;
        try (ResultDirectory results = fresh()) {
            Campaign c = campaign(results, THREE_BLOCKS, UNKNOWN);
            assertEquals(Ending.COMPLETE, c.run());
            assertEquals(Map.of(Status.OK, 11, Status.FAILED, 1), c.tally());
        }
        assertEquals(12, runner.made.size());
        var failed = ResultDirectory.read(dir.resolve("r")).observations().stream()
                .filter(o -> o.status() == Status.FAILED)
                .toList();
        assertEquals("node a has ended", failed.getFirst().reason());
    }

    @Test
    void aCellThatKeepsFailingIsGivenUpAlsoAcrossAResume() throws IOException {
        runner.fails =
                s -> s.cell().benchmark().equals("cg.S.4") && s.cell().fabric().equals("vnetp");
        Settings settings = settings(3, 3, null, 2);
        Slot stopAt = plan.block(2).getFirst();
        runner.interruptedIn = stopAt::equals;
        try (ResultDirectory results = fresh()) {
            campaign(results, settings, UNKNOWN).run();
        }
        runner.interruptedIn = s -> false;
        try (ResultDirectory results = again()) {
            campaign(results, settings, UNKNOWN).run();
        }
        assertEquals(2, runner.made.stream().filter(runner.fails).count());
        // Native alone tells nothing, so it goes too.
        assertEquals(10, runner.made.size());
    }

    @Test
    void withoutNativeTheWholeGroupIsLeftOut() throws IOException {
        runner.fails =
                s -> s.cell().benchmark().equals("cg.S.4") && s.cell().fabric().equals("native");
        try (ResultDirectory results = fresh()) {
            campaign(results, settings(3, 3, null, 1), UNKNOWN).run();
        }
        assertEquals(
                0,
                runner.made.stream()
                        .filter(s -> s.block() > 0 && s.cell().benchmark().equals("cg.S.4"))
                        .count());
        assertEquals(
                6,
                runner.made.stream()
                        .filter(s -> s.cell().benchmark().equals("mg.S.4"))
                        .count());
    }

    @Test
    void aSettledGroupIsLeftOutAfterTheLeastNumberOfBlocks() throws IOException {
        Widths.Source afterTwo = rows -> widths(rows.size() >= 8 ? 0.01 : 0.5);
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Ending.COMPLETE,
                    campaign(results, new Settings(1, 10, 1, null, null, 2, 0.02), afterTwo)
                            .run());
        }
        assertEquals(8, runner.made.size());
    }

    @Test
    void theBudgetEndsTheCampaignBetweenGroupsAndCountsOverSessions() throws IOException {
        // 4 runs of 10 s a block; 65 s hold the first block and one group of the second.
        Settings settings = settings(1, 10, Duration.ofSeconds(65), 2);
        Slot stopAt = plan.block(0).get(2);
        runner.interruptedIn = stopAt::equals;
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Ending.INTERRUPTED, campaign(results, settings, UNKNOWN).run());
        }
        runner.interruptedIn = s -> false;
        try (ResultDirectory results = again()) {
            assertEquals(
                    Ending.BUDGET_SPENT, campaign(results, settings, UNKNOWN).run());
        }
        assertEquals(6, runner.made.size());
        assertEquals(
                runner.made.get(4).cell().group(), runner.made.get(5).cell().group());
    }

    @Test
    void theFirstBlockIsRunWholeWhateverTheBudget() throws IOException {
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Ending.BUDGET_SPENT,
                    campaign(results, settings(1, 5, Duration.ofSeconds(1), 2), UNKNOWN)
                            .run());
        }
        assertEquals(new HashSet<>(plan.block(0)), new HashSet<>(runner.made));
    }

    @Test
    void theLimitOfARunFollowsItsEstimateUnlessSet() throws IOException {
        try (ResultDirectory results = fresh()) {
            campaign(results, settings(1, 1, null, 2), UNKNOWN).run();
        }
        assertEquals(Duration.ofSeconds(200), runner.limits.getFirst());
    }

    @Test
    void aDiskThatTakesNoMoreEndsTheCampaignWithAClearMessage() throws IOException {
        Campaign c;
        try (ResultDirectory results = fresh()) {
            c = campaign(results, THREE_BLOCKS, UNKNOWN);
        }
        assertThrows(IOException.class, c::run); // closed: every append fails
        assertTrue(runner.made.size() <= 1, "it went on measuring what it could not store");
    }

    @Test
    void aBudgetThatTheUserSetCutsTheFirstRoundTooAndThatIsSaidBefore() throws IOException {
        Settings settings = new Settings(1, 10, 1, Duration.ofSeconds(1), null, 2, 0, true);
        try (ResultDirectory results = fresh()) {
            Campaign campaign = campaign(results, settings, UNKNOWN);
            String said = campaign.shortfall().orElseThrow();
            assertTrue(said.contains("more than the budget of 1 s: cells that do not fit are left out"), said);
            assertEquals(Ending.BUDGET_SPENT, campaign.run());
            said = campaign.leftOut().orElseThrow();
            assertTrue(said.matches("not measured, since the budget did not hold them: \\S+ 1gbit"), said);
        }
        assertEquals(2, runner.made.size(), "one visit, without which there is no result at all");
        assertEquals(
                runner.made.get(0).cell().group(), runner.made.get(1).cell().group());
    }

    @Test
    void theEstimateCountsEveryRunButNeverMoreThanTheBudget() throws IOException {
        try (ResultDirectory results = fresh()) {
            assertEquals(
                    Duration.ofSeconds(240),
                    campaign(results, THREE_BLOCKS, UNKNOWN).estimate());
            assertEquals(
                    Duration.ofSeconds(100),
                    campaign(results, settings(1, 3, Duration.ofSeconds(100), 2), UNKNOWN)
                            .estimate());
        }
    }
}

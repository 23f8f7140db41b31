package org.vnetp.macrobench.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.tune.Confirmation;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.Goal;

/// The method over machines of random numbers: regions scatter by 5 %, launches by 1 %, the machine drifts.
class RaceTest {
    private static final Duration BUDGET = Duration.ofMinutes(15);
    private static final Space SPACE = Space.of(2, true);
    private static final Goal GOAL = new Goal(
            "balanced",
            List.of(
                    new Goal.Part(SimulatedBench.ROUND_TRIPS, Metrics.RTT_P50, 1),
                    new Goal.Part(SimulatedBench.STREAM, Metrics.THROUGHPUT, 1)));
    private static final List<String> WORKLOADS = List.of(SimulatedBench.ROUND_TRIPS, SimulatedBench.STREAM);

    private record Outcome(Confirmation confirmation, Race race, SimulatedBench bench, List<String> said) {
        Optional<Setting> winner() {
            return confirmation
                    .winner()
                    .map(w -> race.entrants().find(w.setting()).orElseThrow());
        }
    }

    private static Outcome race(SimulatedBench bench, long seed) throws IOException, InterruptedException {
        return race(bench, seed, new ArrayList<>());
    }

    private static Outcome race(SimulatedBench bench, long seed, List<Observation> stored)
            throws IOException, InterruptedException {
        List<String> said = new ArrayList<>();
        RacePlan plan = Race.plan(BUDGET, GOAL, WORKLOADS, bench);
        Race race = new Race(SPACE, GOAL, WORKLOADS, ledger(bench, stored), plan, seed, (_, _) -> {}, said::add);
        return new Outcome(race.run(), race, bench, said);
    }

    private static Ledger ledger(SimulatedBench bench, List<Observation> stored) {
        return new Ledger(bench, List.copyOf(stored), run -> stored.addAll(run.observations()), () -> bench.nanoTime);
    }

    @Test
    void keepsTheDefaultWhereEverySettingIsTheSame() throws Exception {
        int kept = 0;
        for (int seed = 0; seed < 100; seed++) {
            kept += race(new SimulatedBench(seed, 0.05, 0.01, _ -> 0), seed)
                            .winner()
                            .isEmpty()
                    ? 1
                    : 0;
        }
        assertTrue(kept >= 95, "the default was kept in " + kept + " of 100");
    }

    @Test
    void findsTheOneSettingThatIsFivePercentBetter() throws Exception {
        int found = 0;
        for (int seed = 0; seed < 20; seed++) {
            List<Setting> start = SPACE.start(
                    Race.plan(BUDGET, GOAL, WORKLOADS, new SimulatedBench(0, 0, 0, _ -> 0))
                            .candidates(),
                    RacePlan.KINDS,
                    new Random(seed));
            Setting planted = start.get(new Random(seed).nextInt(start.size()));
            Outcome outcome =
                    race(new SimulatedBench(seed, 0.05, 0.01, s -> s.equals(planted) ? Math.log(1.05) : 0), seed);
            found += outcome.winner().equals(Optional.of(planted)) ? 1 : 0;
        }
        assertTrue(found >= 18, "found in " + found + " of 20");
    }

    @Test
    void climbsToSettingsThatWereNotAmongTheFirst() throws Exception {
        // Each step away from a batch of 64 and omega of 5 ms gains 6 %.
        Outcome outcome = race(
                new SimulatedBench(1, 0.02, 0.005, s -> gain(s, "batch", "128", 0.08) + gain(s, "omega", "10ms", 0.06)),
                1);
        Setting winner = outcome.winner().orElseThrow();
        assertEquals("128", winner.get("batch"), winner.toString());
    }

    private static double gain(Setting setting, String name, String value, double gain) {
        return setting.get(name).equals(value) ? gain : 0;
    }

    @Test
    void aSettingThatFailsIsOutAndSaid() throws Exception {
        SimulatedBench bench = new SimulatedBench(3, 0.05, 0.01, _ -> 0);
        Setting broken = SPACE.start(6, RacePlan.KINDS, new Random(3)).getFirst();
        bench.broken(broken);
        Outcome outcome = race(bench, 3);
        assertTrue(
                outcome.said().stream().anyMatch(line -> line.contains("failed in") && line.contains("has ended")),
                outcome.said().toString());
        assertTrue(outcome.confirmation().finalists().stream()
                .noneMatch(f -> outcome.race()
                        .entrants()
                        .find(f.setting())
                        .orElseThrow()
                        .equals(broken)));
    }

    @Test
    void aDefaultThatFailsEndsTheRace() {
        SimulatedBench bench = new SimulatedBench(4, 0.05, 0.01, _ -> 0);
        bench.broken(SPACE.usual());
        IOException e = assertThrows(IOException.class, () -> race(bench, 4));
        assertTrue(e.getMessage().contains("the default itself failed"), e.getMessage());
    }

    @Test
    void goesOnAfterAnInterruptionAsItWouldHave() throws Exception {
        // Of a machine without luck, so that the region itself tells nothing of which session made it.
        Outcome whole = race(new SimulatedBench(5, 0, 0, s -> gain(s, "batch", "16", 0.1)), 5);
        for (int stop : new int[] {17, 200, 700}) {
            List<Observation> stored = new ArrayList<>();
            SimulatedBench first = new SimulatedBench(5, 0, 0, s -> gain(s, "batch", "16", 0.1));
            first.stopAfter = stop;
            assertThrows(InterruptedException.class, () -> race(first, 5, stored));
            SimulatedBench second = new SimulatedBench(5, 0, 0, s -> gain(s, "batch", "16", 0.1));
            Outcome resumed = race(second, 5, stored);
            assertEquals(
                    whole.race().entrants().all(), resumed.race().entrants().all());
            assertEquals(whole.winner(), resumed.winner());
            assertEquals(whole.bench().measured, first.measured + second.measured, "nothing is measured twice");
        }
    }

    /// Names are given in the order of coming: another field's values must not be counted as these.
    @Test
    void eachNameIsToldBeforeItIsMeasuredAndCanBeRefused() {
        SimulatedBench bench = new SimulatedBench(5, 0.05, 0.01, _ -> 0);
        List<String> told = new ArrayList<>();
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> new Race(
                                SPACE,
                                GOAL,
                                WORKLOADS,
                                ledger(bench, new ArrayList<>()),
                                Race.plan(BUDGET, GOAL, WORKLOADS, bench),
                                5,
                                (name, setting) -> {
                                    told.add(name);
                                    if (name.equals("s02")) {
                                        throw new IllegalArgumentException("s02 is " + setting);
                                    }
                                },
                                _ -> {})
                        .run());
        assertTrue(refused.getMessage().startsWith("s02 is "), refused.getMessage());
        assertEquals(List.of(Contest.DEFAULT, "s01", "s02"), told);
        assertEquals(0, bench.measured);
    }

    @Test
    void endsWithinItsBudget() throws Exception {
        for (int minutes : new int[] {4, 15}) {
            SimulatedBench bench = new SimulatedBench(6, 0.05, 0.01, _ -> 0);
            RacePlan plan = Race.plan(Duration.ofMinutes(minutes), GOAL, WORKLOADS, bench);
            new Race(SPACE, GOAL, WORKLOADS, ledger(bench, new ArrayList<>()), plan, 6, (_, _) -> {}, _ -> {}).run();
            double seconds = bench.nanoTime / 1e9 + bench.renewed * bench.launchSeconds(2);
            assertTrue(seconds <= 60 * minutes, seconds + " s of " + minutes + " minutes");
            assertTrue(seconds >= 0.6 * 60 * minutes, "uses only " + seconds + " s of " + minutes + " minutes");
        }
    }

    @Test
    void theReportJudgesAsTheRaceDid() throws Exception {
        List<Observation> stored = new ArrayList<>();
        Outcome outcome = race(new SimulatedBench(7, 0.03, 0.01, s -> gain(s, "mode", "guest", 0.1)), 7, stored);
        Contest read = Contest.of(Goal.parse(GOAL.text()), Contest.CONFIRM, stored);
        assertEquals(outcome.confirmation(), Confirmation.of(read));
        assertFalse(outcome.confirmation().winner().isEmpty());
    }
}

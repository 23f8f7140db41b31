package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.vnetp.macrobench.campaign.ConsoleProgress;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.tune.Confirmation;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.Goal;

/// Finds the setting that beats the default, or that none does.
///
/// 1. *Heats.* The default and a few settings are measured one right after the other, workload by workload,
///    in random order: a setting's score is against the default's region of the same heat.
/// 2. *Rungs.* After some blocks the better third goes on, with some settings one step beside the best;
///    what is clearly worse or failed is out.
/// 3. *Confirmation.* The three best, the default and native are measured over fresh launches, which alone
///    are judged ([Confirmation]): however lucky a setting was in the race, its luck is not counted.
///
/// Decides by stored regions alone, so it goes on after an interruption as it would have. One thread.
public final class Race {
    /// The default may fail so often in a row before there is nothing to compare with.
    private static final int MOST_FAILURES = 3;

    /// For a verdict, a budget may be overrun so far.
    private static final double OVERRUN = 1.25;

    private final Space space;
    private final Goal goal;
    private final List<String> confirmed;
    private final RacePlan plan;
    private final Random random;
    private final Consumer<String> progress;
    private final Ledger ledger;
    private final Entrants entrants;
    private final Contest contest;
    private int block;
    private int defaultFailures;

    /// @param confirmed all workloads of the confirmation: the goal's, and those that are only reported
    /// @param ledger may hold what an earlier session measured
    /// @param seed of the order and the choice of settings
    /// @param newcomer is told each setting's name before anything is measured under it; what it throws
    ///     ends the race
    /// @param progress takes a line about what is going on
    Race(
            Space space,
            Goal goal,
            List<String> confirmed,
            Ledger ledger,
            RacePlan plan,
            long seed,
            BiConsumer<String, Setting> newcomer,
            Consumer<String> progress) {
        this.space = space;
        this.goal = goal;
        this.confirmed = List.copyOf(confirmed);
        this.plan = plan;
        this.random = new Random(seed);
        this.progress = progress;
        this.ledger = ledger;
        this.entrants = new Entrants(space.usual(), newcomer);
        this.contest = new Contest(goal, Contest.RACE);
    }

    /// Races for so long that all of it ends within a budget.
    ///
    /// @param budget of a race that goes on, the one that it began with: who takes part depends on it
    /// @param results may hold what an earlier session measured
    /// @param newcomer as of the constructor
    public static Race within(
            Duration budget,
            Space space,
            Goal goal,
            List<String> confirmed,
            Bench bench,
            ResultDirectory results,
            long seed,
            BiConsumer<String, Setting> newcomer,
            Consumer<String> progress) {
        return new Race(
                space,
                goal,
                confirmed,
                new Ledger(bench, results.earlier(), results::append, System::nanoTime),
                plan(budget, goal, confirmed, bench),
                seed,
                newcomer,
                progress);
    }

    /// What a race within a budget would do, by estimates.
    static RacePlan plan(Duration budget, Goal goal, List<String> confirmed, Costs costs) {
        return RacePlan.of(
                goal.parts().stream()
                        .mapToDouble(part -> costs.seconds(part.workload()))
                        .sum(),
                confirmed.stream().mapToDouble(costs::seconds).sum(),
                costs.launchSeconds(2),
                budget.toMillis() / 1e3);
    }

    /// The plan in words.
    public static String outlook(Duration budget, Goal goal, List<String> confirmed, Costs costs) {
        RacePlan plan = plan(budget, goal, confirmed, costs);
        return String.format(
                Locale.ROOT,
                "%d settings race for about %s, the best %d are confirmed in %d launches of %d blocks",
                plan.candidates(),
                ConsoleProgress.words(Duration.ofSeconds(Math.round(plan.raceSeconds()))),
                plan.finalists(),
                plan.launches(),
                plan.blocks());
    }

    /// The settings that took part so far, by name.
    public Entrants entrants() {
        return entrants;
    }

    /// Runs to the end.
    ///
    /// @throws InterruptedException when it is to stop; what was measured is stored
    /// @throws IOException where a region could not be stored, or the default itself fails
    public Confirmation run() throws IOException, InterruptedException {
        List<String> field = new ArrayList<>();
        space.start(plan.candidates(), RacePlan.KINDS, random).forEach(setting -> field.add(entrants.name(setting)));
        for (int i = 0; i < plan.rungs().size() && !field.isEmpty(); i++) {
            RacePlan.Rung rung = plan.rungs().get(i);
            say("rung " + (i + 1) + " of " + plan.rungs().size() + ": " + field.size() + " settings, " + rung.blocks()
                    + " blocks");
            for (int b = 0; b < rung.blocks() && !raceOver(); b++) {
                block(field);
            }
            advance(field, rung);
        }
        return confirm(field);
    }

    private boolean raceOver() {
        return ledger.spent() >= plan.raceSeconds();
    }

    /// One block of every setting, in heats.
    private void block(List<String> field) throws IOException, InterruptedException {
        List<String> order = new ArrayList<>(field);
        Collections.shuffle(order, random);
        for (int from = 0; from < order.size() && !raceOver(); from += RacePlan.HEAT) {
            heat(order.subList(from, Math.min(order.size(), from + RacePlan.HEAT)));
        }
        field.removeIf(name -> contest.failure(name).isPresent() || contest.clearlyWorse(name));
    }

    private void heat(List<String> settings) throws IOException, InterruptedException {
        List<String> workloads =
                new ArrayList<>(goal.parts().stream().map(Goal.Part::workload).toList());
        Collections.shuffle(workloads, random);
        Set<String> out = new LinkedHashSet<>();
        for (String workload : workloads) {
            List<String> order = new ArrayList<>(settings);
            order.add(Contest.DEFAULT);
            Collections.shuffle(order, random);
            for (String name : order) {
                if (!out.contains(name)) {
                    List<Observation> rows = ledger.region(
                            name, entrants.find(name), workload, Contest.RACE, block, Observation.OWN_LAUNCH);
                    take(name, rows, out);
                }
            }
        }
        block++;
    }

    private void take(String name, List<Observation> rows, Set<String> out) throws IOException {
        contest.add(rows);
        Observation first = rows.getFirst();
        boolean failed = first.status() != Status.OK;
        if (failed) {
            out.add(name);
            say(name + " failed in " + first.benchmark() + ": " + first.reason());
        }
        if (name.equals(Contest.DEFAULT)) {
            defaultFailures = failed ? defaultFailures + 1 : 0;
            if (defaultFailures >= MOST_FAILURES) {
                throw new IOException("the default itself failed " + MOST_FAILURES + " times, so there is nothing to"
                        + " compare with: " + first.benchmark() + ": " + first.reason());
            }
        }
    }

    /// The best go on, with settings beside them.
    private void advance(List<String> field, RacePlan.Rung rung) {
        field.sort(Comparator.comparingDouble(contest::rank).reversed());
        while (field.size() > rung.keep()) {
            field.removeLast();
        }
        if (!field.isEmpty()) {
            say(String.format(
                    Locale.ROOT,
                    "ahead: %s (%+.1f %%): %s",
                    field.getFirst(),
                    100 * Math.expm1(contest.rank(field.getFirst())),
                    space.describe(entrants.find(field.getFirst()).orElseThrow())));
        }
        if (raceOver()) {
            return;
        }
        List<String> fresh = new ArrayList<>();
        for (String leader : List.copyOf(field)) {
            for (Setting beside : space.beside(entrants.find(leader).orElseThrow(), random)) {
                if (fresh.size() < rung.fresh() && !entrants.has(beside) && knownKind(beside)) {
                    fresh.add(entrants.name(beside));
                    break;
                }
            }
        }
        field.addAll(fresh);
    }

    /// A node of a new kind costs a launch; the race keeps to those it began with.
    private boolean knownKind(Setting setting) {
        return entrants.all().values().stream()
                .anyMatch(other -> space.kind(other).equals(space.kind(setting)));
    }

    private Confirmation confirm(List<String> field) throws IOException, InterruptedException {
        List<String> finalists = field.stream()
                .filter(name -> !contest.scores(name).isEmpty())
                .sorted(Comparator.comparingDouble(contest::rank).reversed())
                .limit(plan.finalists())
                .toList();
        Contest fresh = new Contest(goal, Contest.CONFIRM);
        Map<String, Optional<Setting>> arms = new LinkedHashMap<>();
        arms.put(Fabrics.NATIVE, Optional.empty());
        arms.put(Contest.DEFAULT, entrants.find(Contest.DEFAULT));
        finalists.forEach(name -> arms.put(name, entrants.find(name)));
        Set<String> out = new LinkedHashSet<>();
        double before = ledger.spent();
        int made = 0;
        for (int launch = 0; launch < plan.launches() && !finalists.isEmpty(); launch++) {
            double each = launch == 0 ? 0 : (ledger.spent() - before) / launch;
            double then = ledger.spent() + each;
            if (then > plan.budgetSeconds()
                    && (made >= RacePlan.LEAST_LAUNCHES || then > OVERRUN * plan.budgetSeconds())) {
                break;
            }
            say("confirming " + String.join(", ", finalists) + ": launch " + (launch + 1) + " of " + plan.launches()
                    + (each > 0
                            ? ", about "
                                    + ConsoleProgress.words(
                                            Duration.ofSeconds(Math.round(each * (plan.launches() - launch))))
                                    + " left"
                            : ""));
            ledger.renew();
            for (int b = 0; b < plan.blocks(); b++) {
                confirmingBlock(arms, launch, launch * plan.blocks() + b, fresh, out);
            }
            made++;
        }
        return Confirmation.of(fresh);
    }

    private void confirmingBlock(
            Map<String, Optional<Setting>> arms, int launch, int number, Contest fresh, Set<String> out)
            throws IOException, InterruptedException {
        List<String> workloads = new ArrayList<>(confirmed);
        Collections.shuffle(workloads, random);
        for (String workload : workloads) {
            List<String> order = new ArrayList<>(arms.keySet());
            Collections.shuffle(order, random);
            for (String name : order) {
                if (!out.contains(name)) {
                    List<Observation> rows =
                            ledger.region(name, arms.get(name), workload, Contest.CONFIRM, number, launch);
                    fresh.add(rows);
                    boolean failed = rows.getFirst().status() != Status.OK;
                    if (failed) {
                        say(name + " failed in " + workload + ": "
                                + rows.getFirst().reason());
                    }
                    if (failed && !name.equals(Fabrics.NATIVE) && !name.equals(Contest.DEFAULT)) {
                        out.add(name);
                    }
                }
            }
        }
    }

    private void say(String line) {
        progress.accept(line);
    }
}

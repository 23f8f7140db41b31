package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.vnetp.macrobench.campaign.Allocation.Visit;
import org.vnetp.macrobench.campaign.Cell.Group;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Carries out a plan in visits, and stores every run before the next begins.
///
/// A visit is to cells whose programs stand ready at the same time ([CellRunner#bundles]): they are launched, measured
/// for some blocks, and ended. A block is one run of each of them, one right after the other in balanced order.
/// [Allocation] says which visit is next.
///
/// - Whether a cell is narrow enough, given up, or the budget spent follows from the stored runs alone, so a resumed
///   campaign decides as the first one would have. Runs that are launches of their own complete the block that was
///   interrupted; a block of programs that stay is not taken up again, since its runs belong side by side: what it has
///   is kept, and a fresh one is begun.
/// - A cell is left out when its interval is as narrow as wanted, when it was given up, or when its native cell was.
///   A cell is given up after [Settings#maxFailures()] runs in a row that were no result.
/// - The budget counts the wall time of runs and launches, over all sessions. A visit that would not fit into what is
///   left of it is left out, and shorter ones are made; the first one is always made, since without it there is no
///   result at all. Where the budget is a default, this holds for the first visit to every cell ([Settings#cut()]).
/// - A run that was interrupted is not stored.
///
/// [#run()] is called once, by one thread; [#stop()] by any.
public final class Campaign {

    /// @param minBlocks blocks before the width of an interval is asked
    /// @param maxBlocks blocks at most
    /// @param launches over how many launches the blocks are spread where there is no budget
    /// @param budget wall time of all runs and launches together; null for none
    /// @param runLimit time limit of every run; null for ten times what the cell usually takes, at least 60 s
    /// @param maxFailures runs in a row without a result after which a cell is given up
    /// @param precision half of an interval, relative to its estimate, that is narrow enough; 0 for never
    /// @param cut whether the budget ends the first round too, but for its first visit
    public record Settings(
            int minBlocks,
            int maxBlocks,
            int launches,
            Duration budget,
            Duration runLimit,
            int maxFailures,
            double precision,
            boolean cut) {
        /// With a first round that is always whole.
        public Settings(
                int minBlocks,
                int maxBlocks,
                int launches,
                Duration budget,
                Duration runLimit,
                int maxFailures,
                double precision) {
            this(minBlocks, maxBlocks, launches, budget, runLimit, maxFailures, precision, false);
        }

        public Settings {
            if (minBlocks < 1 || maxBlocks < minBlocks || maxFailures < 1 || launches < 1) {
                throw new IllegalArgumentException(
                        "expected 1 <= minBlocks <= maxBlocks, launches >= 1 and maxFailures >= 1, got " + minBlocks
                                + ", " + maxBlocks + ", " + launches + ", " + maxFailures);
            }
        }
    }

    /// Why a campaign ended; [#text()] is the state in `run.json`.
    public enum Ending {
        COMPLETE("complete"),
        BUDGET_SPENT("budget-spent"),
        INTERRUPTED("interrupted");

        private final String text;

        Ending(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    private static final Duration SHORTEST_LIMIT = Duration.ofSeconds(60);
    private static final int LIMIT_FACTOR = 10;

    private final Plan plan;
    private final CellRunner runner;
    private final ResultDirectory results;
    private final Settings settings;
    private final Progress progress;
    private final LongSupplier nanoTime;
    private final History history;
    private final Allocation allocation;
    /// When the result was begun, by `nanoTime`.
    private final long origin;

    /// Of the blocks that were left in the middle, what is missing.
    private final List<Slot> interrupted = new ArrayList<>();

    private double launchSeconds;
    private volatile boolean stopping;
    private volatile Thread walker;

    /// @param nanoTime the clock, as [System#nanoTime()]
    public Campaign(
            Plan plan,
            CellRunner runner,
            ResultDirectory results,
            Settings settings,
            Widths.Source widths,
            Progress progress,
            LongSupplier nanoTime) {
        this.plan = plan;
        this.runner = runner;
        this.results = results;
        this.settings = settings;
        this.progress = progress;
        this.nanoTime = nanoTime;
        this.history = new History(settings.maxFailures());
        this.origin = nanoTime.getAsLong() - sinceStart(results).toNanos();
        runner.recall(results.earlier());
        recall(results.earlier());
        this.allocation = new Allocation(plan, runner, settings, history, widths);
    }

    private static Duration sinceStart(ResultDirectory results) {
        if (results.earlier().isEmpty()) {
            return Duration.ZERO;
        }
        try {
            return Duration.between(Instant.parse(results.info().started()), Instant.now());
        } catch (DateTimeParseException e) {
            return Duration.ZERO;
        }
    }

    /// Ends the walk soon: the run under way is interrupted and forgotten, what was stored stays.
    public void stop() {
        stopping = true;
        Thread thread = walker;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /// Walks to the end.
    ///
    /// @throws IOException when a run could not be stored; everything stored before is safe
    public Ending run() throws IOException {
        walker = Thread.currentThread();
        try {
            return walk();
        } finally {
            walker = null;
            Thread.interrupted(); // a stop that came late must not hit the caller's clean-up
        }
    }

    /// How many runs of every status are stored.
    public Map<Status, Integer> tally() {
        return history.tally();
    }

    /// What the whole plan takes if no interval gets narrow, by the runner's estimates.
    public Duration estimate() {
        return ofSeconds(allocation.outlook().seconds());
    }

    /// What a budget that is shorter than the first round means, in words; empty where it is longer.
    public Optional<String> shortfall() {
        Duration round = ofSeconds(allocation.firstRound());
        if (settings.budget() == null || !results.earlier().isEmpty() || round.compareTo(settings.budget()) <= 0) {
            return Optional.empty();
        }
        return Optional.of("note: one run of every cell takes about " + ConsoleProgress.words(round)
                + ", more than the budget of " + ConsoleProgress.words(settings.budget())
                + (settings.cut() ? ": cells that do not fit are left out" : ": that is done all the same"));
    }

    /// Which groups had no run at all, in words: the budget did not hold them. Empty where all had one.
    public Optional<String> leftOut() {
        List<String> names = plan.groups().entrySet().stream()
                .filter(group -> group.getValue().stream().noneMatch(history::hasRun))
                .map(group -> group.getKey().toString())
                .toList();
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of("not measured, since the budget did not hold them: " + String.join(", ", names));
    }

    private Ending walk() throws IOException {
        for (Slot slot : interrupted) {
            if (stopping || !once(slot)) {
                return Ending.INTERRUPTED;
            }
        }
        while (!stopping) {
            Allocation.Round round = allocation.next();
            if (round.visits().isEmpty()) {
                return round.spent() ? Ending.BUDGET_SPENT : Ending.COMPLETE;
            }
            for (Visit visit : round.visits()) {
                // The first of them was found to fit just now, so every round gets further.
                if (allocation.fits(visit) && !visit(allocation.sized(visit))) {
                    return Ending.INTERRUPTED;
                }
            }
        }
        return Ending.INTERRUPTED;
    }

    /// Makes a visit; false when it was interrupted.
    private boolean visit(Visit visit) throws IOException {
        List<Cell> bundle = visit.bundle();
        List<Cell> present = allocation.active(bundle);
        try {
            if (!open(bundle, present)) {
                return false;
            }
            for (int made = 0; allocation.goesOn(visit, made); made++) {
                if (!block(bundle, present)) {
                    return false;
                }
            }
            return true;
        } finally {
            long start = nanoTime.getAsLong();
            runner.close();
            launchSeconds += (nanoTime.getAsLong() - start) / 1e9; // counted with the next one
        }
    }

    private boolean open(List<Cell> bundle, List<Cell> present) throws IOException {
        long start = nanoTime.getAsLong();
        if (runner.resident() && !present.isEmpty()) {
            progress.launches(present, position(0));
        }
        try {
            runner.open(present, results.raw("x").getParent());
        } catch (InterruptedException e) {
            return false;
        }
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
        launchSeconds += seconds;
        allocation.launched(bundle, seconds);
        return !stopping;
    }

    /// One block of every group of a bundle; false when it was interrupted.
    private boolean block(List<Cell> bundle, List<Cell> present) throws IOException {
        Set<Cell> active = new HashSet<>(allocation.active(bundle));
        active.retainAll(present);
        Map<Group, List<Slot>> due = new LinkedHashMap<>();
        Set<Group> groups = new HashSet<>();
        active.forEach(cell -> groups.add(cell.group()));
        for (Group group : plan.order(shownBlock(active))) {
            if (!groups.contains(group)) {
                continue;
            }
            int block = history.freshBlock(group);
            List<Slot> slots = new ArrayList<>();
            for (Cell cell : plan.arms(group, block)) {
                Slot slot = new Slot(cell, block, 0);
                if (active.contains(cell) && !history.contains(slot)) {
                    slots.add(slot);
                }
            }
            due.put(group, slots);
        }
        for (List<Slot> slots : due.values()) {
            for (Slot slot : slots) {
                if (stopping || !history.givenUp(slot.cell()) && !once(slot)) {
                    return false;
                }
            }
        }
        return true;
    }

    private int shownBlock(Set<Cell> active) {
        return active.stream().mapToInt(history::blocks).max().orElse(0);
    }

    /// Makes one run and stores it; false when it was interrupted.
    private boolean once(Slot slot) throws IOException {
        progress.starts(slot, position(slot.block()));
        Run run = slot.newRun();
        long start = nanoTime.getAsLong();
        run.at((start - origin) / 1e9);
        try {
            runner.run(slot, run, results.raw(run.fileName()), limit(slot.cell()));
        } catch (InterruptedException e) {
            return false;
        } catch (IOException | RuntimeException e) {
            if (stopping) {
                return false; // the failure is most likely the interruption's
            }
            run.ended(Status.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
        }
        if (stopping) {
            return false; // a run that ended while its processes were being killed proves nothing
        }
        double wall = (nanoTime.getAsLong() - start) / 1e9;
        run.value(Metrics.WALL, wall);
        if (launchSeconds > 0) {
            run.value(Metrics.LAUNCH_TIME, launchSeconds);
            launchSeconds = 0;
        }
        results.append(run);
        double primary = remember(slot, run.observations());
        progress.ended(slot, run, primary, ofSeconds(wall), position(slot.block()));
        if (history.givenUp(slot.cell())) {
            progress.note(slot.cell() + ": given up after " + settings.maxFailures() + " runs without a result");
        }
        return true;
    }

    private void recall(List<Observation> earlier) {
        Set<Cell> planned = new HashSet<>();
        plan.groups().values().forEach(planned::addAll);
        Map<Slot, List<Observation>> rows = new LinkedHashMap<>();
        for (Observation o : earlier) {
            Cell cell = new Cell(o.suite(), o.benchmark(), Params.parse(o.params()), o.fabric(), o.link());
            rows.computeIfAbsent(new Slot(cell, o.block(), o.repetition()), s -> new ArrayList<>())
                    .add(o);
        }
        rows.forEach((slot, observations) -> {
            if (planned.contains(slot.cell())) { // else a part of a run, recorded under parameters of its own
                remember(slot, observations);
            }
        });
        if (!runner.resident()) {
            for (Group group : plan.groups().keySet()) {
                int last = history.freshBlock(group) - 1;
                for (Cell cell : last < 0 ? List.<Cell>of() : plan.arms(group, last)) {
                    // What had been left out of that block is not made up for.
                    if (history.blocks(cell) == last && !history.givenUp(cell)) {
                        interrupted.add(new Slot(cell, last, 0));
                    }
                }
            }
        }
    }

    /// Takes note of a run that is stored.
    ///
    /// @return what its cell is judged by; NaN when there is none
    private double remember(Slot slot, List<Observation> rows) {
        String name = runner.primary(slot.cell()).name();
        String params = slot.cell().params().text();
        List<Observation> primaries = rows.stream()
                .filter(o -> o.metric().equals(name) && o.params().equals(params))
                .toList();
        double primary = primaries.isEmpty() ? Double.NaN : primaries.getFirst().value();
        Observation any = rows.getFirst();
        history.add(
                slot,
                new History.Outcome(
                        any.status(),
                        primary,
                        value(rows, Metrics.WALL.name()),
                        value(rows, Metrics.LAUNCH_TIME.name()),
                        any.launch()),
                primaries.stream().filter(Observation::usable).toList());
        return primary;
    }

    private static double value(List<Observation> rows, String metric) {
        return rows.stream()
                .filter(o -> o.metric().equals(metric))
                .mapToDouble(Observation::value)
                .findFirst()
                .orElse(Double.NaN);
    }

    private Duration limit(Cell cell) {
        if (settings.runLimit() != null) {
            return settings.runLimit();
        }
        // From the runner's estimate, never from runs seen: a limit must not depend on how a session began.
        Duration limit = runner.estimate(cell).multipliedBy(LIMIT_FACTOR);
        return limit.compareTo(SHORTEST_LIMIT) < 0 ? SHORTEST_LIMIT : limit;
    }

    private Progress.Position position(int block) {
        Allocation.Outlook outlook = allocation.outlook();
        return new Progress.Position(
                block,
                history.runs(),
                history.runs() + outlook.runs(),
                ofSeconds(history.spentSeconds()),
                ofSeconds(outlook.seconds()),
                outlook.reached());
    }

    private static Duration ofSeconds(double seconds) {
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    /// The runs of a whole plan in their order, for a dry run.
    public static List<Slot> slots(Plan plan, int blocks) {
        Slot[][] all = new Slot[blocks][];
        for (int i = 0; i < blocks; i++) {
            all[i] = plan.block(i).toArray(Slot[]::new);
        }
        return Arrays.stream(all).flatMap(Arrays::stream).toList();
    }
}

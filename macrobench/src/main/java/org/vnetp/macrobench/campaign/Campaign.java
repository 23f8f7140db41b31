package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.vnetp.macrobench.campaign.Cell.Group;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Walks through a plan, block by block, and stores every run before the next begins.
///
/// - What the result directory holds already is not run again. Whether a group is settled, a cell given up or
///   the budget spent follows from the stored runs alone, so a resumed campaign decides as the first one would
///   have.
/// - A group is left out of later blocks when the stop rule is content with it, or when its native cell was
///   given up. A cell is given up after [Settings#maxFailures()] runs in a row that were no result.
/// - The budget counts the wall time of runs, over all sessions. A group whose runs would not fit into what is
///   left of it is not begun; the first block is always run whole, since without it there is no result at all.
/// - A run that was interrupted is not stored. It is run again on resume.
///
/// [#run()] is called once, by one thread; [#stop()] by any.
public final class Campaign {

    /// @param minBlocks blocks before the stop rule is asked
    /// @param maxBlocks blocks at most
    /// @param budget wall time of all runs together; null for none
    /// @param runLimit time limit of every run; null for ten times what the cell usually takes, at least 60 s
    /// @param maxFailures runs in a row without a result after which a cell is given up
    public record Settings(int minBlocks, int maxBlocks, Duration budget, Duration runLimit, int maxFailures) {
        public Settings {
            if (minBlocks < 1 || maxBlocks < minBlocks || maxFailures < 1) {
                throw new IllegalArgumentException("expected 1 <= minBlocks <= maxBlocks and maxFailures >= 1, got "
                        + minBlocks + ", " + maxBlocks + ", " + maxFailures);
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

    private record Outcome(Status status, double primary, double wallSeconds) {}

    private final Plan plan;
    private final CellRunner runner;
    private final ResultDirectory results;
    private final Settings settings;
    private final StopRule stopRule;
    private final Progress progress;
    private final LongSupplier nanoTime;

    private final Map<Slot, Outcome> history = new LinkedHashMap<>();
    private final Map<Cell, List<Double>> walls = new HashMap<>();
    private final Set<Cell> givenUp = new HashSet<>();
    private volatile boolean stopping;
    private volatile Thread walker;

    /// @param nanoTime the clock, as [System#nanoTime()]
    public Campaign(
            Plan plan,
            CellRunner runner,
            ResultDirectory results,
            Settings settings,
            StopRule stopRule,
            Progress progress,
            LongSupplier nanoTime) {
        this.plan = plan;
        this.runner = runner;
        this.results = results;
        this.settings = settings;
        this.stopRule = stopRule;
        this.progress = progress;
        this.nanoTime = nanoTime;
        recall(results.earlier());
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
        Map<Status, Integer> tally = new TreeMap<>();
        history.values().forEach(outcome -> tally.merge(outcome.status(), 1, Integer::sum));
        return tally;
    }

    /// What the whole plan takes if the stop rule is never content, by the runner's estimates.
    public Duration estimate() {
        double seconds = 0;
        for (int block = 0; block < settings.maxBlocks(); block++) {
            for (Slot slot : plan.block(block)) {
                seconds += expected(slot.cell());
            }
        }
        return ofSeconds(settings.budget() == null ? seconds : Math.min(seconds, toSeconds(settings.budget())));
    }

    private Ending walk() throws IOException {
        for (int block = 0; block < settings.maxBlocks(); block++) {
            Map<Group, List<Slot>> byGroup = new LinkedHashMap<>();
            for (Slot slot : plan.block(block)) {
                byGroup.computeIfAbsent(slot.cell().group(), g -> new ArrayList<>())
                        .add(slot);
            }
            for (Map.Entry<Group, List<Slot>> entry : byGroup.entrySet()) {
                if (leftOut(entry.getKey(), block)) {
                    continue;
                }
                List<Slot> due = entry.getValue().stream()
                        .filter(slot -> !history.containsKey(slot) && !givenUp.contains(slot.cell()))
                        .toList();
                if (due.isEmpty()) {
                    continue;
                }
                if (block > 0 && !fits(due)) {
                    return Ending.BUDGET_SPENT;
                }
                for (Slot slot : due) {
                    if (stopping || !once(slot)) {
                        return Ending.INTERRUPTED;
                    }
                }
            }
        }
        return stopping ? Ending.INTERRUPTED : Ending.COMPLETE;
    }

    /// Makes one run and stores it; false when it was interrupted.
    private boolean once(Slot slot) throws IOException {
        progress.starts(slot, position(slot));
        Run run = slot.newRun();
        long start = nanoTime.getAsLong();
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
        results.append(run);
        String primaryName = runner.primary(slot.cell()).name();
        double primary = run.observations().stream()
                .filter(o -> o.metric().equals(primaryName))
                .mapToDouble(Observation::value)
                .findFirst()
                .orElse(Double.NaN);
        remember(slot, new Outcome(run.status(), primary, wall));
        progress.ended(slot, run, primary, ofSeconds(wall), position(slot));
        if (givenUp.contains(slot.cell())) {
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
            if (!planned.contains(slot.cell())) {
                return; // a part of a run, recorded under parameters of its own
            }
            String primaryName = runner.primary(slot.cell()).name();
            double primary = value(observations, primaryName);
            double wall = value(observations, Metrics.WALL.name());
            remember(slot, new Outcome(observations.getFirst().status(), primary, wall));
        });
    }

    private static double value(List<Observation> rows, String metric) {
        return rows.stream()
                .filter(o -> o.metric().equals(metric))
                .mapToDouble(Observation::value)
                .findFirst()
                .orElse(Double.NaN);
    }

    private void remember(Slot slot, Outcome outcome) {
        history.put(slot, outcome);
        if (Double.isFinite(outcome.wallSeconds())) {
            walls.computeIfAbsent(slot.cell(), c -> new ArrayList<>()).add(outcome.wallSeconds());
        }
        List<Status> runs = new ArrayList<>();
        history.forEach((s, o) -> {
            if (s.cell().equals(slot.cell())) {
                runs.add(o.status());
            }
        });
        int tail = Math.min(runs.size(), settings.maxFailures());
        if (tail == settings.maxFailures()
                && runs.subList(runs.size() - tail, runs.size()).stream().allMatch(s -> s != Status.OK)) {
            givenUp.add(slot.cell());
        }
    }

    private boolean leftOut(Group group, int block) {
        List<Cell> cells = plan.groups().get(group);
        for (Cell cell : cells) {
            if (cell.fabric().equals(Fabrics.NATIVE)
                    && givenUp.contains(cell)
                    && !notApplicable(cell)
                    && cells.size() > 1) {
                return true; // without native there is nothing to compare with
            }
        }
        if (block < settings.minBlocks()) {
            return false;
        }
        Map<String, SortedMap<Integer, Double>> byFabric = new LinkedHashMap<>();
        for (Cell cell : cells) {
            byFabric.put(cell.fabric(), new TreeMap<>());
        }
        history.forEach((slot, outcome) -> {
            // Only what lay before this block counts, so that a resume in its middle decides the same.
            if (slot.cell().group().equals(group)
                    && slot.block() < block
                    && outcome.status() == Status.OK
                    && Double.isFinite(outcome.primary())
                    && byFabric.containsKey(slot.cell().fabric())) {
                byFabric.get(slot.cell().fabric()).put(slot.block(), outcome.primary());
            }
        });
        return stopRule.settled(byFabric);
    }

    /// Whether all runs of a cell were skipped: then the others are measured for themselves.
    private boolean notApplicable(Cell cell) {
        return history.entrySet().stream()
                .filter(e -> e.getKey().cell().equals(cell))
                .allMatch(e -> e.getValue().status() == Status.SKIPPED);
    }

    private boolean fits(List<Slot> due) {
        if (settings.budget() == null) {
            return true;
        }
        double need = due.stream().mapToDouble(slot -> expected(slot.cell())).sum();
        return spentSeconds() + need <= toSeconds(settings.budget());
    }

    private double spentSeconds() {
        return history.values().stream()
                .mapToDouble(Outcome::wallSeconds)
                .filter(Double::isFinite)
                .sum();
    }

    private double expected(Cell cell) {
        List<Double> seen = walls.get(cell);
        if (seen == null) {
            return toSeconds(runner.estimate(cell));
        }
        double[] sorted =
                seen.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private Duration limit(Cell cell) {
        if (settings.runLimit() != null) {
            return settings.runLimit();
        }
        // From the runner's estimate, never from runs seen: a limit must not depend on how a session began.
        Duration limit = runner.estimate(cell).multipliedBy(LIMIT_FACTOR);
        return limit.compareTo(SHORTEST_LIMIT) < 0 ? SHORTEST_LIMIT : limit;
    }

    private Progress.Position position(Slot at) {
        int open = 0;
        double seconds = 0;
        for (int block = at.block(); block < settings.maxBlocks(); block++) {
            for (Slot slot : plan.block(block)) {
                if (!history.containsKey(slot)
                        && !givenUp.contains(slot.cell())
                        && !leftOut(slot.cell().group(), block)) {
                    open++;
                    seconds += expected(slot.cell());
                }
            }
        }
        double spent = spentSeconds();
        if (settings.budget() != null) {
            seconds = Math.min(seconds, Math.max(0, toSeconds(settings.budget()) - spent));
        }
        return new Progress.Position(
                at.block(),
                settings.maxBlocks(),
                history.size(),
                history.size() + open,
                ofSeconds(spent),
                ofSeconds(seconds));
    }

    private static double toSeconds(Duration duration) {
        return duration.toNanos() / 1e9;
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

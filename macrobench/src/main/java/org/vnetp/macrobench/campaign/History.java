package org.vnetp.macrobench.campaign;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.vnetp.macrobench.campaign.Cell.Group;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Status;

/// What a campaign knows of the runs that are stored, of this session and earlier ones. All its decisions follow from
/// it alone, so that a resumed campaign decides as the first one would have.
final class History {
    /// @param primary what the cell is judged by; NaN where the run gave none
    /// @param wallSeconds of the run
    /// @param launchSeconds of the launch before it; 0 where none was
    /// @param launch its number; negative where the run was a launch of its own
    record Outcome(Status status, double primary, double wallSeconds, double launchSeconds, int launch) {}

    private final int maxFailures;
    private final Map<Slot, Outcome> outcomes = new LinkedHashMap<>();
    private final List<Observation> primaries = new ArrayList<>();
    private final Map<Cell, List<Double>> walls = new HashMap<>();
    private final Map<Cell, Integer> failures = new HashMap<>();
    private final Map<Cell, Set<Integer>> blocks = new HashMap<>();
    private final Map<Cell, Set<Integer>> launches = new HashMap<>();
    private final Map<Group, Integer> lastBlock = new HashMap<>();
    private final Set<Cell> givenUp = new HashSet<>();
    private final Set<Cell> applicable = new HashSet<>();
    private double spent;
    private double spentLaunching;

    /// @param maxFailures runs in a row without a result after which a cell is given up
    History(int maxFailures) {
        this.maxFailures = maxFailures;
    }

    /// @param rows of the primary metric, those that can be used
    void add(Slot slot, Outcome outcome, List<Observation> rows) {
        Cell cell = slot.cell();
        outcomes.put(slot, outcome);
        primaries.addAll(rows);
        if (Double.isFinite(outcome.wallSeconds())) {
            walls.computeIfAbsent(cell, _ -> new ArrayList<>()).add(outcome.wallSeconds());
            spent += outcome.wallSeconds();
        }
        if (Double.isFinite(outcome.launchSeconds())) {
            spent += outcome.launchSeconds();
            spentLaunching += outcome.launchSeconds();
        }
        blocks.computeIfAbsent(cell, _ -> new HashSet<>()).add(slot.block());
        if (outcome.launch() >= 0) {
            launches.computeIfAbsent(cell, _ -> new HashSet<>()).add(outcome.launch());
        }
        lastBlock.merge(cell.group(), slot.block(), Math::max);
        if (outcome.status() != Status.SKIPPED) {
            applicable.add(cell);
        }
        int inARow = outcome.status() == Status.OK ? 0 : failures.getOrDefault(cell, 0) + 1;
        failures.put(cell, inARow);
        if (inARow >= maxFailures) {
            givenUp.add(cell);
        }
    }

    boolean contains(Slot slot) {
        return outcomes.containsKey(slot);
    }

    boolean hasRun(Cell cell) {
        return blocks.containsKey(cell);
    }

    boolean givenUp(Cell cell) {
        return givenUp.contains(cell);
    }

    /// Whether all runs of a cell were skipped: then the others of its group are measured for themselves.
    boolean notApplicable(Cell cell) {
        return blocks.containsKey(cell) && !applicable.contains(cell);
    }

    int runs() {
        return outcomes.size();
    }

    Map<Status, Integer> tally() {
        Map<Status, Integer> tally = new TreeMap<>();
        outcomes.values().forEach(outcome -> tally.merge(outcome.status(), 1, Integer::sum));
        return tally;
    }

    /// Wall time of all runs and launches.
    double spentSeconds() {
        return spent;
    }

    /// The part of it that launches took.
    double spentLaunching() {
        return spentLaunching;
    }

    List<Observation> primaries() {
        return Collections.unmodifiableList(primaries);
    }

    /// Blocks that a cell was measured in.
    int blocks(Cell cell) {
        return blocks.getOrDefault(cell, Set.of()).size();
    }

    /// Launches that a cell's runs came from.
    int launches(Cell cell) {
        return launches.getOrDefault(cell, Set.of()).size();
    }

    /// The first block of a group of which nothing has been measured, nor of any later one.
    int freshBlock(Group group) {
        return lastBlock.getOrDefault(group, -1) + 1;
    }

    /// The median wall time of a cell's runs; NaN when there was none.
    double usualSeconds(Cell cell) {
        double[] sorted = walls.getOrDefault(cell, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    /// The cells that are compared with native; native itself where there is nothing else.
    static List<Cell> compared(Collection<Cell> cells) {
        List<Cell> others = cells.stream()
                .filter(cell -> !cell.fabric().equals(Fabrics.NATIVE))
                .toList();
        return others.isEmpty() ? List.copyOf(cells) : others;
    }
}

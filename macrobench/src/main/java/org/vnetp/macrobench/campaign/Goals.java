package org.vnetp.macrobench.campaign;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vnetp.macrobench.campaign.Cell.Group;
import org.vnetp.reports.result.Fabrics;

/// What a campaign is still after: which cells want more blocks, how narrow their intervals are, and by how much more
/// blocks would narrow them. Decided by what was stored at the last [#refresh].
///
/// **Thread:** the campaign's.
final class Goals {
    /// Half of the interval of a ratio after one block, where nothing is known yet.
    private static final double UNKNOWN_WIDTH = 0.5;

    private final List<List<Cell>> bundles;
    private final boolean resident;
    private final Campaign.Settings settings;
    private final History history;
    private final Widths.Source source;
    private Widths widths;
    private int known = -1; // how much was stored when the widths were worked out

    /// @param resident whether programs stay between blocks
    Goals(
            List<List<Cell>> bundles,
            boolean resident,
            Campaign.Settings settings,
            History history,
            Widths.Source source) {
        this.bundles = bundles;
        this.resident = resident;
        this.settings = settings;
        this.history = history;
        this.source = source;
        refresh();
    }

    /// Looks at all that is stored by now.
    ///
    /// @return whether there was something new
    boolean refresh() {
        if (known == history.primaries().size()) {
            return false;
        }
        known = history.primaries().size();
        widths = source.of(history.primaries());
        return true;
    }

    /// The cells that a visit would measure: those that are wide, with native. None when it would measure nothing.
    List<Cell> active(List<Cell> bundle) {
        List<Cell> active = new ArrayList<>();
        Map<Group, List<Cell>> byGroup = new LinkedHashMap<>();
        bundle.forEach(cell ->
                byGroup.computeIfAbsent(cell.group(), _ -> new ArrayList<>()).add(cell));
        for (List<Cell> cells : byGroup.values()) {
            active.addAll(activeOf(cells));
        }
        return active;
    }

    private List<Cell> activeOf(List<Cell> cells) {
        for (Cell cell : cells) {
            if (cell.fabric().equals(Fabrics.NATIVE)
                    && history.givenUp(cell)
                    && !history.notApplicable(cell)
                    && cells.size() > 1) {
                return List.of(); // without native there is nothing to compare with
            }
        }
        List<Cell> compared = History.compared(cells);
        List<Cell> wide = compared.stream().filter(this::wants).toList();
        return wide.isEmpty()
                ? List.of()
                : cells.stream()
                        .filter(cell -> wide.contains(cell) || !compared.contains(cell) && !history.givenUp(cell))
                        .toList();
    }

    private boolean wants(Cell cell) {
        int blocks = history.blocks(cell);
        if (history.givenUp(cell) || blocks >= settings.maxBlocks()) {
            return false;
        }
        // Not: wide; a width that is not known is no reason to stop.
        return blocks < settings.minBlocks()
                || settings.precision() == 0
                || !(widths.now(cell) <= settings.precision());
    }

    /// Blocks that every cell of the bundle has at least.
    int done(List<Cell> bundle) {
        return bundle.stream()
                .filter(cell -> !history.givenUp(cell))
                .mapToInt(history::blocks)
                .min()
                .orElse(settings.maxBlocks());
    }

    /// By how much a visit narrows the bundle's intervals that are too wide, all together.
    double gain(List<Cell> bundle, int blocks) {
        double gain = 0;
        for (Cell cell : active(bundle)) {
            if (!cell.fabric().equals(Fabrics.NATIVE)) {
                gain += Math.max(0, width(cell, 0) - Math.max(width(cell, blocks), settings.precision()));
            }
        }
        return gain;
    }

    /// A cell's width after more blocks of one more launch, guessed where nothing tells it.
    private double width(Cell cell, int blocks) {
        double width = blocks == 0 ? widths.now(cell) : widths.after(cell, blocks, resident ? 1 : blocks);
        return Double.isNaN(width) ? UNKNOWN_WIDTH / Math.sqrt(Math.max(1, history.blocks(cell) + blocks)) : width;
    }

    /// How much a bundle's cells scatter from block to block, in a unit of the run; those that were not measured
    /// yet as the others do.
    double scatter(List<Cell> bundle) {
        List<Double> own = scatters(bundle);
        if (!own.isEmpty()) {
            return median(own);
        }
        List<Double> others = new ArrayList<>();
        for (List<Cell> each : bundles) {
            List<Double> known = scatters(each);
            if (!known.isEmpty()) {
                others.add(median(known));
            }
        }
        return others.isEmpty() ? 1 : median(others);
    }

    private List<Double> scatters(List<Cell> bundle) {
        List<Double> all = new ArrayList<>();
        for (Cell cell : History.compared(bundle)) {
            double width = widths.now(cell);
            // Of fewer blocks it is mostly the guess of the run's usual.
            if (history.blocks(cell) >= settings.minBlocks() && width > 0) {
                all.add(width * Math.sqrt(history.blocks(cell)));
            }
        }
        return all;
    }

    /// How narrow intervals are, and how narrow they are to be.
    ///
    /// @param more blocks of every cell that still wants some
    Progress.Reached reached(int more) {
        List<Double> pairs = new ArrayList<>();
        List<Double> allPairs = new ArrayList<>();
        List<Double> now = new ArrayList<>();
        List<Double> then = new ArrayList<>();
        for (List<Cell> bundle : bundles) {
            for (Cell cell : bundle) {
                if (cell.fabric().equals(Fabrics.NATIVE) || history.givenUp(cell)) {
                    continue;
                }
                int seen = widths.pairs(cell);
                // Widths are worked out before a block; what came since is stored already.
                int stored = Math.max(seen, history.blocks(cell));
                int coming = (wants(cell) ? Math.min(settings.maxBlocks(), stored + more) : stored) - seen;
                pairs.add((double) seen);
                allPairs.add((double) seen + coming);
                double width = seen < Progress.Reached.TELLING ? Double.NaN : widths.now(cell);
                if (!Double.isNaN(width)) {
                    now.add(width);
                    double after = coming > 0 ? widths.after(cell, coming, 1) : width;
                    then.add(Double.isNaN(after) ? width : after);
                }
            }
        }
        return new Progress.Reached(
                pairs.isEmpty() ? 0 : (int) median(pairs),
                pairs.isEmpty() ? 0 : (int) median(allPairs),
                median(now),
                median(then));
    }

    private static double median(List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}

package org.vnetp.macrobench.campaign;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.vnetp.macrobench.campaign.Cell.Group;
import org.vnetp.reports.result.Fabrics;

/// Which cells a campaign visits next, and for how many blocks: where the budget narrows most.
///
/// The first round visits all of them. After it, each visit goes to those whose intervals it is expected to narrow most
/// for the time it takes, launch included; cells that are narrow enough yield. Without a budget, rounds go on until all
/// is narrow or the blocks are done.
///
/// A user's budget that does not hold the first round: of programs that stay, time for one block of every cell is kept,
/// and some more, since it is only estimated; where it does not hold one of each, the shortest visits come first. What
/// does not fit is left out, and what is shorter still gets its turn.
final class Allocation {
    /// Of the budget, kept back by the first round of cells whose programs stay: what later visits are to find out is
    /// how much launches differ, and which cells need more. Nothing is, where launches take more than this anyway.
    private static final double LATER_SHARE = 0.25;

    /// Of what a first visit is estimated to take, kept besides where the budget is short.
    private static final double IN_DOUBT = 0.4;

    private static final int MOST_BLOCKS_A_VISIT = 12;
    /// Half of the interval of a ratio after one block, where nothing is known yet.
    private static final double UNKNOWN_WIDTH = 0.5;

    /// @param blocks of each of its groups
    /// @param open whether their number is only expected: what they show decides
    record Visit(List<Cell> bundle, int blocks, boolean open) {}

    /// @param spent whether something was left that the budget does not hold
    record Round(List<Visit> visits, boolean spent) {}

    private final Plan plan;
    private final CellRunner runner;
    private final Campaign.Settings settings;
    private final History history;
    private final Widths.Source source;
    private final List<List<Cell>> bundles;
    /// What the last launch of a bundle took in this session.
    private final Map<List<Cell>, Double> launching = new HashMap<>();

    private Widths widths;
    /// How much was stored when the widths were worked out.
    private int known = -1;
    private double pace = 1;
    private double launchTook;
    private double launchEstimated;

    Allocation(Plan plan, CellRunner runner, Campaign.Settings settings, History history, Widths.Source source) {
        this.plan = plan;
        this.runner = runner;
        this.settings = settings;
        this.history = history;
        this.source = source;
        this.bundles = runner.bundles(plan).stream().map(List::copyOf).toList();
        refresh();
    }

    /// Looks at all that is stored by now; everything is decided by this until the next time.
    private void refresh() {
        if (known != history.primaries().size()) {
            known = history.primaries().size();
            widths = source.of(history.primaries());
            pace = pace();
        }
    }

    /// What is to be visited next, in this order; nothing when the campaign is at its end.
    Round next() {
        refresh();
        List<List<Cell>> open = new ArrayList<>();
        List<List<Cell>> first = new ArrayList<>();
        for (List<Cell> bundle : bundles) {
            if (!active(bundle).isEmpty()) {
                open.add(bundle);
                if (waits(bundle)) {
                    first.add(bundle);
                }
            }
        }
        if (open.isEmpty()) {
            return new Round(List.of(), false);
        }
        List<Visit> round = first.isEmpty()
                ? List.of()
                : inOrder(first).stream().filter(this::fits).toList();
        if (!round.isEmpty()) {
            return new Round(round, false);
        }
        double left = settings.budget() == null ? Double.POSITIVE_INFINITY : left();
        double all =
                open.stream().mapToDouble(bundle -> cost(bundle, usual(bundle))).sum();
        if (all <= left && (!runner.resident() || settings.budget() == null)) {
            return new Round(inOrder(open), false);
        }
        return best(open, left).map(visit -> new Round(List.of(visit), false)).orElse(new Round(List.of(), true));
    }

    /// Whether a bundle has not had its first visit.
    private boolean waits(List<Cell> bundle) {
        return done(bundle) < (scarce() ? 1 : settings.minBlocks());
    }

    /// Whether the budget may leave programs that stay with fewer blocks than are wanted.
    private boolean scarce() {
        return settings.cut() && settings.budget() != null && runner.resident();
    }

    /// Blocks that a bundle gets in its first visit at least: as many as are wanted, or as the time left holds for it
    /// and for all that wait.
    private int least(List<Cell> bundle) {
        int least = settings.minBlocks();
        if (!scarce()) {
            return least;
        }
        int done = done(bundle);
        double launches = done == 0 ? launchSeconds(bundle) : 0;
        double block = 0;
        for (List<Cell> each : waiting(bundle)) {
            launches += launchSeconds(each);
            block += blockSeconds(each);
        }
        while (least > 1 && launches + least * block + Math.max(0, least - done) * blockSeconds(bundle) > left()) {
            least--;
        }
        return least;
    }

    /// The others that wait for their first visit; of a budget that may not hold them all those that it holds, the
    /// shortest first, so that nothing is kept back for one that will not be visited anyway.
    private List<List<Cell>> waiting(List<Cell> bundle) {
        List<List<Cell>> all = new ArrayList<>();
        for (List<Cell> each : bundles) {
            if (!each.equals(bundle) && !active(each).isEmpty() && waits(each)) {
                all.add(each);
            }
        }
        if (scarce()) {
            all.sort(Comparator.comparingDouble(each -> cost(each, 1)));
            double left = left() - (done(bundle) == 0 ? cost(bundle, 1) : 0);
            List<List<Cell>> held = new ArrayList<>();
            for (List<Cell> each : all) {
                left -= cost(each, 1);
                if (left >= 0) {
                    held.add(each);
                }
            }
            return held;
        }
        return all;
    }

    /// Those that were visited least, in the plan's order; the shortest first where the time does not hold all.
    private List<Visit> inOrder(List<List<Cell>> candidates) {
        int least = candidates.stream().mapToInt(this::visits).min().orElseThrow();
        List<Group> order = plan.order(least);
        ToIntFunction<List<Cell>> place = bundle -> bundle.stream()
                .mapToInt(cell -> order.indexOf(cell.group()))
                .min()
                .orElseThrow();
        boolean all = !settings.cut()
                || settings.budget() == null
                || candidates.stream().mapToDouble(bundle -> cost(bundle, 1)).sum() <= left();
        return candidates.stream()
                .filter(bundle -> visits(bundle) == least)
                .sorted(all ? Comparator.comparingInt(place) : Comparator.comparingDouble(bundle -> cost(bundle, 1)))
                .map(this::ordinary)
                .toList();
    }

    private int visits(List<Cell> bundle) {
        return runner.resident()
                ? History.compared(bundle).stream()
                        .mapToInt(history::launches)
                        .max()
                        .orElseThrow()
                : done(bundle);
    }

    /// The visit that narrows most for its time, of those that the time left holds.
    private java.util.Optional<Visit> best(List<List<Cell>> candidates, double left) {
        Visit best = null;
        double bestGain = -1;
        for (List<Cell> bundle : candidates) {
            int most = runner.resident() ? Math.min(MOST_BLOCKS_A_VISIT, settings.maxBlocks() - done(bundle)) : 1;
            for (int blocks = 1; blocks <= most; blocks++) {
                double cost = cost(bundle, blocks);
                double gain = gain(bundle, blocks) / Math.max(cost, 1e-3);
                if (cost <= left && gain > bestGain) {
                    best = new Visit(bundle, blocks, false);
                    bestGain = gain;
                }
            }
        }
        return java.util.Optional.ofNullable(best);
    }

    /// By how much a visit narrows the bundle's intervals that are too wide, all together.
    private double gain(List<Cell> bundle, int blocks) {
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
        double width = blocks == 0 ? widths.now(cell) : widths.after(cell, blocks, runner.resident() ? 1 : blocks);
        return Double.isNaN(width) ? UNKNOWN_WIDTH / Math.sqrt(Math.max(1, history.blocks(cell) + blocks)) : width;
    }

    /// The blocks of an ordinary visit.
    private int usual(List<Cell> bundle) {
        if (!runner.resident()) {
            return 1;
        }
        int done = done(bundle);
        int most = Math.min(settings.maxBlocks() - done, MOST_BLOCKS_A_VISIT);
        int least = Math.max(1, least(bundle) - done);
        if (settings.budget() == null) {
            return Math.clamp(Math.ceilDiv(settings.maxBlocks(), settings.launches()), Math.min(least, most), most);
        }
        double share = share(bundle, left() - launchSeconds(bundle));
        return Math.clamp(Math.round(share), Math.min(least, most), most);
    }

    private Visit ordinary(List<Cell> bundle) {
        boolean open = runner.resident() && settings.budget() != null && done(bundle) < settings.minBlocks();
        return new Visit(bundle, usual(bundle), open);
    }

    /// The blocks for which a first visit to this bundle has time, when those that wait for theirs get as much.
    /// Each gets blocks by how much it scatters, and the fewer the longer one takes, by the square root: that makes
    /// the sum of the variances least (Neyman's allocation; Cochran, Sampling Techniques, 1977, section 5.5).
    ///
    /// @param time for its blocks, those that are made included, and for all that the others take
    private double share(List<Cell> bundle, double time) {
        double all = bundles.stream().mapToDouble(this::launchSeconds).sum();
        double kept = LATER_SHARE * seconds(settings.budget());
        double forBlocks = time - (all > kept ? 0 : kept);
        double roots = scatter(bundle) * Math.sqrt(blockSeconds(bundle));
        for (List<Cell> each : waiting(bundle)) {
            forBlocks -= launchSeconds(each);
            if (scarce()) {
                forBlocks -= IN_DOUBT * cost(each, 1);
            }
            roots += scatter(each) * Math.sqrt(blockSeconds(each));
        }
        return forBlocks * scatter(bundle) / Math.max(roots * Math.sqrt(blockSeconds(bundle)), 1e-6);
    }

    /// How much a bundle's cells scatter from block to block, in a unit of the run; those that were not measured
    /// yet as the others do.
    private double scatter(List<Cell> bundle) {
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

    /// Whether a visit goes on with one more block; a first one by what its blocks have shown.
    ///
    /// @param made blocks of this visit
    boolean goesOn(Visit visit, int made) {
        refresh();
        List<Cell> bundle = visit.bundle();
        if (made > 0 && !fitsBlock(bundle)) {
            return false;
        }
        if (!visit.open()) {
            return made < visit.blocks();
        }
        int done = done(bundle);
        return done < least(bundle)
                || made < MOST_BLOCKS_A_VISIT
                        && done < settings.maxBlocks()
                        && !active(bundle).isEmpty()
                        && share(bundle, left() + made * blockSeconds(bundle)) - made >= 0.5;
    }

    /// The same visit with as many blocks as there is time for by now.
    Visit sized(Visit visit) {
        return visit.open() ? ordinary(visit.bundle()) : visit;
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

    /// Whether the time left holds a visit. The first one is always made: without it there is no result at all.
    boolean fits(Visit visit) {
        boolean first = settings.cut() ? history.spentSeconds() == 0 : done(visit.bundle()) == 0;
        int blocks = visit.open() ? Math.max(1, least(visit.bundle()) - done(visit.bundle())) : visit.blocks();
        return settings.budget() == null || first || cost(visit.bundle(), blocks) <= left();
    }

    /// What one block of every cell takes with its launches, in seconds.
    double firstRound() {
        return bundles.stream().mapToDouble(bundle -> cost(bundle, 1)).sum();
    }

    /// Whether the time left holds one more block of a visit that is under way.
    private boolean fitsBlock(List<Cell> bundle) {
        return settings.budget() == null
                || done(bundle) < settings.minBlocks() && !settings.cut()
                || blockSeconds(bundle) <= left();
    }

    private double left() {
        return seconds(settings.budget()) - history.spentSeconds();
    }

    private double cost(List<Cell> bundle, int blocks) {
        return launchSeconds(bundle) + blocks * blockSeconds(bundle);
    }

    private double blockSeconds(List<Cell> bundle) {
        return active(bundle).stream().mapToDouble(this::expected).sum();
    }

    /// What one run of a cell takes. Of one that has not been run, the estimate, corrected by what the others took.
    double expected(Cell cell) {
        double usual = history.usualSeconds(cell);
        return Double.isNaN(usual) ? pace * seconds(runner.estimate(cell)) : usual;
    }

    /// What runs took against their estimates.
    private double pace() {
        double took = 0;
        double estimated = 0;
        for (List<Cell> bundle : bundles) {
            for (Cell cell : bundle) {
                double usual = history.usualSeconds(cell);
                if (!Double.isNaN(usual)) {
                    took += usual;
                    estimated += seconds(runner.estimate(cell));
                }
            }
        }
        return took > 0 && estimated > 0 ? took / estimated : 1;
    }

    /// A launch took so long.
    void launched(List<Cell> bundle, double seconds) {
        double estimate = seconds(runner.launching(active(bundle)));
        launching.put(bundle, seconds);
        if (estimate > 0) {
            launchTook += seconds;
            launchEstimated += estimate;
        }
    }

    private double launchSeconds(List<Cell> bundle) {
        Double seen = launching.get(bundle);
        double slower = launchEstimated > 0 ? launchTook / launchEstimated : 1;
        return seen == null ? slower * seconds(runner.launching(active(bundle))) : seen;
    }

    /// What is left to do if no interval gets narrow, in seconds and runs.
    ///
    /// @param reached by the intervals
    record Outlook(double seconds, int runs, Progress.Reached reached) {}

    Outlook outlook() {
        double seconds = 0;
        double runs = 0;
        double cells = 0;
        for (List<Cell> bundle : bundles) {
            List<Cell> active = active(bundle);
            if (!active.isEmpty()) {
                int blocks = settings.maxBlocks() - done(bundle);
                int visits = Math.ceilDiv(blocks, Math.max(1, usual(bundle)));
                seconds += visits * launchSeconds(bundle) + blocks * blockSeconds(bundle);
                runs += (double) blocks * active.size();
                cells += active.size();
            }
        }
        double left = settings.budget() == null ? seconds : Math.max(0, Math.min(seconds, left()));
        double share = seconds == 0 ? 0 : left / seconds;
        return new Outlook(
                left, (int) Math.round(runs * share), reached(cells == 0 ? 0 : (int) Math.round(runs * share / cells)));
    }

    /// @param more blocks of every cell that still wants some
    private Progress.Reached reached(int more) {
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

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}

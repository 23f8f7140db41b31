package org.vnetp.macrobench.campaign;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.vnetp.macrobench.campaign.Cell.Group;

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
    /// @param blocks of each of its groups
    /// @param open whether their number is only expected: what they show decides
    record Visit(List<Cell> bundle, int blocks, boolean open) {}

    /// @param spent whether something was left that the budget does not hold
    record Round(List<Visit> visits, boolean spent) {}

    private final Plan plan;
    private final CellRunner runner;
    private final Campaign.Settings settings;
    private final History history;
    private final List<List<Cell>> bundles;
    private final Goals goals;
    private final Costs costs;

    Allocation(Plan plan, CellRunner runner, Campaign.Settings settings, History history, Widths.Source source) {
        this.plan = plan;
        this.runner = runner;
        this.settings = settings;
        this.history = history;
        this.bundles = runner.bundles(plan).stream().map(List::copyOf).toList();
        this.goals = new Goals(bundles, runner.resident(), settings, history, source);
        this.costs = new Costs(bundles, runner, history, goals);
    }

    /// Looks at all that is stored by now; everything is decided by this until the next time.
    private void refresh() {
        if (goals.refresh()) {
            costs.refresh();
        }
    }

    /// What is to be visited next, in this order; nothing when the campaign is at its end.
    Round next() {
        refresh();
        List<List<Cell>> open = new ArrayList<>();
        List<List<Cell>> first = new ArrayList<>();
        for (List<Cell> bundle : bundles) {
            if (!goals.active(bundle).isEmpty()) {
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
        double all = open.stream()
                .mapToDouble(bundle -> costs.of(bundle, usual(bundle)))
                .sum();
        if (all <= left && (!runner.resident() || settings.budget() == null)) {
            return new Round(inOrder(open), false);
        }
        return best(open, left).map(visit -> new Round(List.of(visit), false)).orElse(new Round(List.of(), true));
    }

    /// Whether a bundle has not had its first visit.
    private boolean waits(List<Cell> bundle) {
        return goals.done(bundle) < (scarce() ? 1 : settings.minBlocks());
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
        int done = goals.done(bundle);
        double launches = done == 0 ? costs.launchSeconds(bundle) : 0;
        double block = 0;
        for (List<Cell> each : waiting(bundle)) {
            launches += costs.launchSeconds(each);
            block += costs.blockSeconds(each);
        }
        while (least > 1
                && launches + least * block + Math.max(0, least - done) * costs.blockSeconds(bundle) > left()) {
            least--;
        }
        return least;
    }

    /// The others that wait for their first visit; of a budget that may not hold them all those that it holds, the
    /// shortest first, so that nothing is kept back for one that will not be visited anyway.
    private List<List<Cell>> waiting(List<Cell> bundle) {
        List<List<Cell>> all = new ArrayList<>();
        for (List<Cell> each : bundles) {
            if (!each.equals(bundle) && !goals.active(each).isEmpty() && waits(each)) {
                all.add(each);
            }
        }
        if (scarce()) {
            all.sort(Comparator.comparingDouble(each -> costs.of(each, 1)));
            double left = left() - (goals.done(bundle) == 0 ? costs.of(bundle, 1) : 0);
            List<List<Cell>> held = new ArrayList<>();
            for (List<Cell> each : all) {
                left -= costs.of(each, 1);
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
                || candidates.stream()
                                .mapToDouble(bundle -> costs.of(bundle, 1))
                                .sum()
                        <= left();
        return candidates.stream()
                .filter(bundle -> visits(bundle) == least)
                .sorted(
                        all
                                ? Comparator.comparingInt(place)
                                : Comparator.comparingDouble(bundle -> costs.of(bundle, 1)))
                .map(this::ordinary)
                .toList();
    }

    private int visits(List<Cell> bundle) {
        return runner.resident()
                ? History.compared(bundle).stream()
                        .mapToInt(history::launches)
                        .max()
                        .orElseThrow()
                : goals.done(bundle);
    }

    /// The visit that narrows most for its time, of those that the time left holds.
    private java.util.Optional<Visit> best(List<List<Cell>> candidates, double left) {
        Visit best = null;
        double bestGain = -1;
        for (List<Cell> bundle : candidates) {
            int most = runner.resident() ? Math.min(MOST_BLOCKS_A_VISIT, settings.maxBlocks() - goals.done(bundle)) : 1;
            for (int blocks = 1; blocks <= most; blocks++) {
                double cost = costs.of(bundle, blocks);
                double gain = goals.gain(bundle, blocks) / Math.max(cost, 1e-3);
                if (cost <= left && gain > bestGain) {
                    best = new Visit(bundle, blocks, false);
                    bestGain = gain;
                }
            }
        }
        return java.util.Optional.ofNullable(best);
    }

    /// The blocks of an ordinary visit.
    private int usual(List<Cell> bundle) {
        if (!runner.resident()) {
            return 1;
        }
        int done = goals.done(bundle);
        int most = Math.min(settings.maxBlocks() - done, MOST_BLOCKS_A_VISIT);
        int least = Math.max(1, least(bundle) - done);
        if (settings.budget() == null) {
            return Math.clamp(Math.ceilDiv(settings.maxBlocks(), settings.launches()), Math.min(least, most), most);
        }
        double share = share(bundle, left() - costs.launchSeconds(bundle));
        return Math.clamp(Math.round(share), Math.min(least, most), most);
    }

    private Visit ordinary(List<Cell> bundle) {
        boolean open = runner.resident() && settings.budget() != null && goals.done(bundle) < settings.minBlocks();
        return new Visit(bundle, usual(bundle), open);
    }

    /// The blocks for which a first visit to this bundle has time, when those that wait for theirs get as much.
    /// Each gets blocks by how much it scatters, and the fewer the longer one takes, by the square root: that makes
    /// the sum of the variances least (Neyman's allocation; Cochran, Sampling Techniques, 1977, section 5.5).
    ///
    /// @param time for its blocks, those that are made included, and for all that the others take
    private double share(List<Cell> bundle, double time) {
        double all = bundles.stream().mapToDouble(costs::launchSeconds).sum();
        double kept = LATER_SHARE * Costs.seconds(settings.budget());
        double forBlocks = time - (all > kept ? 0 : kept);
        double roots = goals.scatter(bundle) * Math.sqrt(costs.blockSeconds(bundle));
        for (List<Cell> each : waiting(bundle)) {
            forBlocks -= costs.launchSeconds(each);
            if (scarce()) {
                forBlocks -= IN_DOUBT * costs.of(each, 1);
            }
            roots += goals.scatter(each) * Math.sqrt(costs.blockSeconds(each));
        }
        return forBlocks * goals.scatter(bundle) / Math.max(roots * Math.sqrt(costs.blockSeconds(bundle)), 1e-6);
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
        int done = goals.done(bundle);
        return done < least(bundle)
                || made < MOST_BLOCKS_A_VISIT
                        && done < settings.maxBlocks()
                        && !goals.active(bundle).isEmpty()
                        && share(bundle, left() + made * costs.blockSeconds(bundle)) - made >= 0.5;
    }

    /// The same visit with as many blocks as there is time for by now.
    Visit sized(Visit visit) {
        return visit.open() ? ordinary(visit.bundle()) : visit;
    }

    /// Whether the time left holds a visit. The first one is always made: without it there is no result at all.
    boolean fits(Visit visit) {
        boolean first = settings.cut() ? history.spentSeconds() == 0 : goals.done(visit.bundle()) == 0;
        int blocks = visit.open() ? Math.max(1, least(visit.bundle()) - goals.done(visit.bundle())) : visit.blocks();
        return settings.budget() == null || first || costs.of(visit.bundle(), blocks) <= left();
    }

    /// What one block of every cell takes with its launches, in seconds.
    double firstRound() {
        return bundles.stream().mapToDouble(bundle -> costs.of(bundle, 1)).sum();
    }

    /// Whether the time left holds one more block of a visit that is under way.
    private boolean fitsBlock(List<Cell> bundle) {
        return settings.budget() == null
                || goals.done(bundle) < settings.minBlocks() && !settings.cut()
                || costs.blockSeconds(bundle) <= left();
    }

    private double left() {
        return Costs.seconds(settings.budget()) - history.spentSeconds();
    }

    /// A launch took so long.
    void launched(List<Cell> bundle, double seconds) {
        costs.launched(bundle, seconds);
    }

    /// The cells that a visit would measure: those that are wide, with native. None when it would measure nothing.
    List<Cell> active(List<Cell> bundle) {
        return goals.active(bundle);
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
            List<Cell> active = goals.active(bundle);
            if (!active.isEmpty()) {
                int blocks = settings.maxBlocks() - goals.done(bundle);
                int visits = Math.ceilDiv(blocks, Math.max(1, usual(bundle)));
                seconds += visits * costs.launchSeconds(bundle) + blocks * costs.blockSeconds(bundle);
                runs += (double) blocks * active.size();
                cells += active.size();
            }
        }
        double left = settings.budget() == null ? seconds : Math.max(0, Math.min(seconds, left()));
        double share = seconds == 0 ? 0 : left / seconds;
        return new Outlook(
                left,
                (int) Math.round(runs * share),
                goals.reached(cells == 0 ? 0 : (int) Math.round(runs * share / cells)));
    }
}

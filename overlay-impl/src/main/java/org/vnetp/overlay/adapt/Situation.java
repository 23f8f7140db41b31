package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// What there is when something is to be decided: what all nodes told, what guests send, what is remembered,
/// the ways that follow from it, and which links answer.
final class Situation {
    /// A link that carries so many times what it did when it was full was not full.
    private static final double MORE = 1.05;

    private static final int MOST_PAIRS = 4096;

    /// One that carries so many times that was not full at all.
    private static final double MUCH_MORE = 1.5;

    /// Probes are over by then; without a result one is made again, next after twice as long.
    private static final long IN_VAIN_NS = 10_000_000_000L;

    /// The same of whether so much is free, which takes less.
    private static final long FREE_IN_VAIN_NS = 5_000_000_000L;

    /// For so long what was asked is waited for.
    private static final long ANSWER_NS = 3_000_000_000L;

    /// Of so much less than what a link did not have to spare nobody has asked.
    private static final double CLEARLY_LESS = 0.8;

    /// So much more than a link seems to carry at most shows at least that it carries more, or not.
    private static final double CLEARLY_MORE = 1.3;

    /// A full link is used for more than half of the time by programs that wait for it.
    private static final double MUCH = 2;

    /// Of what a node's connection carries no link need have more to spare.
    private static final double NEARLY_ALL = 0.9;

    /// A link that carries less than this share of before has become slower, or is asked for less.
    private static final double SLOWER = 0.7;

    final View view;
    final Map<Pair, Rate> rates;
    final Memory memory;
    final Thresholds thresholds;
    final long now;
    final CostModel costs;
    /// The pairs of guests at two nodes that are the adaptation's to lead.
    final Map<Ends, List<Pair>> pairsOf = new TreeMap<>();

    final Map<Pair, List<String>> paths = new HashMap<>();
    final Set<Ends> dead = new TreeSet<>();
    final Set<Ends> alive = new TreeSet<>();

    /// @param now nanoseconds, of a clock that only goes on
    Situation(View view, Map<Pair, Rate> rates, Memory memory, Thresholds thresholds, long now) {
        this.view = view;
        this.rates = rates;
        this.memory = memory;
        this.thresholds = thresholds;
        this.now = now;
        this.costs = new CostModel(view, rates, memory.full, thresholds);
    }

    /// Sees who sends to whom by which way, and which links are dead; notes what has to be remembered of it.
    Situation look() {
        List<String> names = new ArrayList<>(view.nodes().keySet());
        for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
                Ends ends = Ends.of(names.get(i), names.get(j));
                List<Pair> pairs = view.pairs(ends);
                if (pairs.size() <= MOST_PAIRS && !pairs.isEmpty() && ours(pairs)) {
                    pairsOf.put(ends, pairs);
                }
                for (Pair pair : pairs.size() <= MOST_PAIRS ? pairs : List.<Pair>of()) {
                    Paths.of(view, pair).ifPresent(path -> paths.put(pair, path));
                }
            }
        }
        for (Node node : view.nodes().values()) {
            for (View.Link link : node.links().values()) {
                // Fewer than before: the link is another one of that name, or its node's measuring began anew.
                memory.echoesBefore.merge(node.name() + "/" + link.name(), link.echoes(), Math::min);
            }
        }
        for (Ends ends : view.edges()) {
            if (isDead(ends)) {
                dead.add(ends);
                memory.aliveSinceNs.remove(ends);
                memory.diedNs.put(ends, now);
            } else if (answers(ends)) {
                alive.add(ends);
                memory.aliveSinceNs.putIfAbsent(ends, now);
            }
        }
        memory.aliveSinceNs.keySet().retainAll(view.edges());
        for (Node node : view.nodes().values()) {
            for (View.Link link : node.links().values()) {
                String key = node.name() + "/" + link.name();
                memory.framesIn.put(key, link.framesIn());
                Memory.Full full = full(link, memory.full.get(key));
                if (full == null) {
                    memory.full.remove(key);
                } else {
                    memory.full.put(key, full);
                }
            }
        }
        return this;
    }

    /// What a link is thought to carry at most. That it has more to spare counts where it was asked after it had begun
    /// to seem full, and as long as it does not carry much less than then: it may have become slower.
    ///
    /// @param before what it was thought to; null: nothing
    /// @return null: nobody can tell
    private Memory.Full full(View.Link link, Memory.Full before) {
        double bits = link.rateOut().value();
        boolean isFull = CostModel.isFull(link, thresholds);
        Memory.Full fresh = isFull ? new Memory.Full(bits, now, now, false) : null;
        Memory.Full full = before;
        if (isFull && before != null && before.spares()) {
            boolean slower = bits < SLOWER * before.bits();
            full = slower ? fresh : new Memory.Full(Math.max(bits, before.bits()), before.sinceNs(), now, true);
        } else if (isFull) {
            full = before == null ? fresh : new Memory.Full(bits, before.sinceNs(), now, false);
        } else if (before != null && !before.spares() && bits > before.bits() * MORE) {
            full = bits > before.bits() * MUCH_MORE
                    ? null
                    : new Memory.Full(bits, before.sinceNs(), before.seenNs(), false);
        }
        if (full == null || now - full.seenNs() > thresholds.mostDwellNs()) {
            return null;
        }
        boolean hasMore = link.free().known()
                && link.free().ageS() < CostModel.FULL_S
                && link.free().low() > full.bits() * MORE
                && (full.spares() || isSince(link.free(), full.sinceNs()));
        if (hasMore) {
            return new Memory.Full(full.bits(), full.sinceNs(), full.seenNs(), true);
        }
        return full.spares() ? fresh : full;
    }

    private boolean isSince(View.Range asked, long ns) {
        return asked.known() && now - asked.ageS() * 1e9 >= ns;
    }

    private boolean isRecent(View.Range asked) {
        return asked.known() && asked.ageS() * 1e9 <= thresholds.askAgainNs();
    }

    /// Whether no written rule is for exactly these pairs; such a one stays what it is.
    private boolean ours(List<Pair> pairs) {
        for (Node node : view.nodes().values()) {
            for (View.Rule rule : node.rules()) {
                Pair pair = new Pair(rule.source(), rule.destination());
                if (rule.isExact()
                        && pairs.contains(pair)
                        && !node.owned().pairs().contains(pair)) {
                    return false;
                }
            }
        }
        return true;
    }

    View.Link link(String from, String to) {
        return view.node(from).to(to).orElseThrow();
    }

    private boolean isDead(Ends ends) {
        View.Link one = link(ends.a(), ends.b());
        View.Link other = link(ends.b(), ends.a());
        if (!one.up() || !other.up()) {
            return true;
        }
        boolean quiet = isQuiet(ends.a(), one) && isQuiet(ends.b(), other);
        int limit = quiet ? thresholds.deadEchoes() : thresholds.busyEchoes();
        return isSilent(ends.a(), one, limit) || isSilent(ends.b(), other, limit);
    }

    /// What was silent before it was first seen may have come back since: only echoes that were sent in the meantime
    /// tell.
    private boolean isSilent(String node, View.Link link, int limit) {
        long before = memory.echoesBefore.getOrDefault(node + "/" + link.name(), link.echoes());
        return link.answers() && link.unanswered() >= limit && link.echoes() - before >= limit;
    }

    private boolean isQuiet(String node, View.Link link) {
        Long before = memory.framesIn.get(node + "/" + link.name());
        return before != null && before == link.framesIn();
    }

    private boolean answers(Ends ends) {
        View.Link one = link(ends.a(), ends.b());
        View.Link other = link(ends.b(), ends.a());
        return one.answers()
                && other.answers()
                && one.unanswered() < thresholds.deadEchoes()
                && other.unanswered() < thresholds.deadEchoes();
    }

    /// The longest way between two nodes' guests, from the first of the two on; null where rules lead nowhere.
    List<String> pathOf(Ends ends) {
        List<String> longest = null;
        for (Pair pair : pairsOf.get(ends)) {
            List<String> path = paths.get(pair);
            if (path == null) {
                return null;
            }
            if (longest == null || path.size() > longest.size()) {
                longest = path.getFirst().equals(ends.a()) ? path : path.reversed();
            }
        }
        return longest;
    }

    /// Whether a link answers, and has done so for long enough if it has ever been dead.
    boolean isTrusted(Ends ends) {
        return alive.contains(ends)
                && (!memory.diedNs.containsKey(ends)
                        || now - memory.aliveSinceNs.getOrDefault(ends, now) >= memory.dwellNs(ends, thresholds, now));
    }

    /// What leads two nodes' guests over a path: rules, or none where it is the written one.
    Step lead(Ends ends, List<String> path) {
        View written = view.written();
        boolean asWritten = pairsOf.get(ends).stream().allMatch(pair -> {
            List<String> way = Paths.of(written, pair).orElse(List.of());
            return way.equals(path) || way.reversed().equals(path);
        });
        return asWritten ? new Step.Unroute(ends, pairsOf.get(ends)) : new Step.Route(ends, path, pairsOf.get(ends));
    }

    boolean isBroken(Pair pair) {
        List<String> path = paths.get(pair);
        return path != null && !Paths.all(path, ends -> !dead.contains(ends));
    }

    /// The most that a link loses.
    double loss() {
        double worst = 0;
        for (Node node : view.nodes().values()) {
            for (View.Link link : node.links().values()) {
                worst = Math.max(worst, link.lossOut());
            }
        }
        return worst;
    }

    boolean canOpen(Ends ends) {
        Node a = view.node(ends.a());
        Node b = view.node(ends.b());
        return !a.listen().isEmpty()
                && !b.listen().isEmpty()
                && !a.learns()
                && !b.learns()
                && a.to(ends.b()).isEmpty()
                && b.to(ends.a()).isEmpty()
                && isPlain(a)
                && isPlain(b)
                && !memory.openedNs.containsKey(ends)
                && !memory.dwells(ends, thresholds, now);
    }

    /// A node with sealed links gets no plain one, and for a sealed one keys are wanted that only its operator has.
    private static boolean isPlain(Node node) {
        return node.links().values().stream().noneMatch(View.Link::sealed);
    }

    /// Whether two nodes exchange enough that their way can hold somebody up.
    boolean matters(Ends ends) {
        if (costs.bits(ends) >= thresholds.floorBits()) {
            return true;
        }
        return pairsOf.get(ends).stream()
                .anyMatch(pair -> costs.waiting(pair, paths::get) >= thresholds.waitingShare());
    }

    /// Leads the pairs of two nodes by a path, in a map of paths.
    void change(Map<Pair, List<String>> all, Ends ends, List<String> path) {
        for (Pair pair : pairsOf.get(ends)) {
            all.put(pair, view.home(pair.source()).orElse("").equals(path.getFirst()) ? path : path.reversed());
        }
    }

    /// Whether a link has so much to spare, and how that is found out.
    ///
    /// @param isFree empty: not known
    /// @param ask    what has to be asked; empty: nothing, or it was asked lately
    record Spare(Optional<Boolean> isFree, Optional<Step> ask) {}

    /// Whether a link has so much to spare.
    Spare spare(String node, View.Link link, double bits) {
        View.Range free = link.free();
        if (isRecent(free) && free.low() >= bits) {
            return new Spare(Optional.of(true), Optional.empty());
        }
        if (isRecent(free) && !free.atLeast() && bits > free.high() * CLEARLY_LESS) {
            return new Spare(Optional.of(false), Optional.empty());
        }
        // A little more than is needed, which is a little more by the time that the answer is there.
        long megabits = (long) Math.ceil(bits * MORE / 1e6);
        Decision ask = ask(node, link, "free of " + megabits, "", true);
        return new Spare(Optional.empty(), ask.steps().stream().findFirst());
    }

    /// Of what a link is asked that seems full. Two that wait for each other do not fill it all the time, and give way
    /// to a train: one at less than what the link carries comes through, however full it is.
    private double clearlyMore(Node node, double bits) {
        View.Range most = costs.capacity(node);
        double wanted = MUCH * bits;
        return Math.max(CLEARLY_MORE * bits, most.known() ? Math.min(wanted, NEARLY_ALL * most.value()) : wanted);
    }

    private boolean isAnswered(View.Range asked, Memory.Asked when) {
        return isSince(asked, when.atNs() + 1);
    }

    /// Where a link on the way of two nodes' guests seems to be full, and it is not known yet whether it is: what
    /// programs do looks so now and then. Much more than it seems to carry must be more than it spares.
    List<Spare> doubts(Ends ends) {
        List<Spare> doubts = new ArrayList<>();
        List<String> path = pathOf(ends);
        for (List<String> each : List.of(path, path.reversed())) {
            for (int i = 0; i + 1 < each.size(); i++) {
                View.Link link = link(each.get(i), each.get(i + 1));
                String key = each.get(i) + "/" + link.name();
                Memory.Full full = memory.full.get(key);
                if (full == null || full.spares() || isSince(link.free(), full.sinceNs())) {
                    continue;
                }
                Memory.Asked asked = memory.asked.get(key + "/free");
                if (asked == null || asked.atNs() < full.sinceNs()) {
                    long megabits = (long) Math.ceil(clearlyMore(view.node(each.get(i)), full.bits()) / 1e6);
                    Step ask = new Step.Ask(each.get(i), link.name(), "free of " + megabits);
                    doubts.add(new Spare(Optional.empty(), Optional.of(ask)));
                } else if (now - asked.atNs() < ANSWER_NS) {
                    doubts.add(new Spare(Optional.empty(), Optional.empty()));
                }
            }
        }
        return doubts;
    }

    /// Asks a link something, unless it was asked lately. One whose trains all came to nothing is asked
    /// again sooner.
    Decision ask(String node, View.Link link, String what, String why) {
        return ask(node, link, what, why, false);
    }

    /// @param other whether it is another question where there is an answer already
    private Decision ask(String node, View.Link link, String what, String why, boolean other) {
        Step.Ask ask = new Step.Ask(node, link.name(), what);
        View.Range told = ask.quantity().equals("free") ? link.free() : link.capacity();
        Memory.Asked before = memory.asked.computeIfPresent(
                node + "/" + link.name() + "/" + ask.quantity(),
                (_, last) -> isAnswered(told, last) ? new Memory.Asked(last.atNs(), 0) : last);
        boolean free = ask.quantity().equals("free");
        boolean anew = other && before != null && before.inVain() == 0;
        return before != null && !anew && now - before.atNs() < againNs(before.inVain(), free)
                ? Decision.NONE
                : Decision.of(Kind.ASK, List.of(ask), why);
    }

    private long againNs(int inVain, boolean free) {
        return inVain == 0
                ? thresholds.askAgainNs()
                : Math.min(thresholds.askAgainNs(), (free ? FREE_IN_VAIN_NS : IN_VAIN_NS) << Math.min(inVain - 1, 10));
    }
}

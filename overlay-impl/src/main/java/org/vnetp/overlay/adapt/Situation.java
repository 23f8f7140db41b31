package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /// A probe is over by then; without a result it is made again, next after twice as long.
    private static final long IN_VAIN_NS = 10_000_000_000L;

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
                Memory.Full before = memory.full.get(key);
                boolean more = before != null
                        && link.rateOut().known()
                        && link.rateOut().value() > before.bits() * MORE;
                if (CostModel.isFull(link, thresholds)) {
                    memory.full.put(key, new Memory.Full(link.rateOut().value(), now));
                } else if (before != null && (more || now - before.seenNs() > thresholds.mostDwellNs())) {
                    memory.full.remove(key);
                }
            }
        }
        return this;
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

    /// Asks a link something, unless it was asked lately. One whose trains all came to nothing is asked again sooner.
    Decision ask(String node, View.Link link, String what, String why) {
        String key = node + "/" + link.name() + "/" + what;
        boolean known =
                what.equals("free") ? link.free().known() : link.capacity().known();
        Memory.Asked before =
                memory.asked.computeIfPresent(key, (_, last) -> known ? new Memory.Asked(last.atNs(), 0) : last);
        return before != null && now - before.atNs() < againNs(before.inVain())
                ? Decision.NONE
                : Decision.of(Kind.ASK, List.of(new Step.Ask(node, link.name(), what)), why);
    }

    private long againNs(int inVain) {
        return inVain == 0
                ? thresholds.askAgainNs()
                : Math.min(thresholds.askAgainNs(), IN_VAIN_NS << Math.min(inVain - 1, 10));
    }
}

package org.vnetp.overlay.adapt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// Back to the written ways, slowly, where they would do as well; and links away that nobody uses.
final class Returns extends Chooser {
    private static final double NEEDLESS_GAIN = 0.05;

    Returns(Situation situation) {
        super(situation);
    }

    Decision returns() {
        View written = view.written();
        for (Map.Entry<Ends, List<Pair>> each : pairsOf.entrySet()) {
            Ends ends = each.getKey();
            if (!isAdapted(ends)) {
                memory.needlessSinceNs.remove(ends);
                continue;
            }
            memory.subjects.putIfAbsent(ends, new Memory.Subject(now, 0, now));
            Map<Pair, List<String>> without = new HashMap<>(paths);
            boolean whole = true;
            for (Pair pair : each.getValue()) {
                Optional<List<String>> path = Paths.of(written, pair);
                whole &= path.isPresent();
                path.ifPresent(p -> without.put(pair, p));
            }
            long dwell = memory.dwellNs(ends, thresholds, now);
            if (!whole || !each.getValue().stream().allMatch(pair -> aliveFor(without.get(pair), dwell))) {
                memory.needlessSinceNs.remove(ends);
                continue;
            }
            CostModel.Prediction keeping = new CostModel.Prediction(costs.load(without::get), costs.load(paths::get));
            if (keeping.gain() >= NEEDLESS_GAIN) {
                memory.needlessSinceNs.remove(ends);
                continue;
            }
            long since = memory.needlessSinceNs.computeIfAbsent(ends, _ -> now);
            if (now - since >= dwell && !memory.dwells(ends, thresholds, now)) {
                return Decision.of(
                        Kind.RETURN,
                        List.of(new Step.Unroute(ends, each.getValue())),
                        ends + ": for " + Said.seconds(now - since)
                                + " the written way, which answers, would have done as" + " well: "
                                + keeping.words(thresholds));
            }
        }
        return Decision.NONE;
    }

    private boolean isAdapted(Ends ends) {
        for (Pair pair : pairsOf.get(ends)) {
            for (Node node : view.nodes().values()) {
                if (node.owned().pairs().contains(pair)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean aliveFor(List<String> path, long ns) {
        return Paths.all(path, ends -> alive.contains(ends) && now - memory.aliveSinceNs.getOrDefault(ends, now) >= ns);
    }

    Decision closes() {
        Set<Ends> owned = new TreeSet<>();
        for (Node node : view.nodes().values()) {
            for (String name : node.owned().links()) {
                View.Link link = node.links().get(name);
                if (link != null && view.nodes().containsKey(link.peer())) {
                    owned.add(Ends.of(node.name(), link.peer()));
                }
            }
        }
        memory.unusedSinceNs.keySet().retainAll(owned);
        for (Ends ends : owned) {
            boolean used = isUsed(ends.a(), ends.b()) || isUsed(ends.b(), ends.a());
            if (used) {
                memory.unusedSinceNs.remove(ends);
                continue;
            }
            long since = memory.unusedSinceNs.computeIfAbsent(ends, _ -> now);
            if (now - since >= thresholds.dwellNs()) {
                return Decision.of(
                        Kind.CLOSE,
                        List.of(new Step.Close(ends)),
                        ends + ": no rule has used the added link for " + Said.seconds(now - since));
            }
        }
        return Decision.NONE;
    }

    private boolean isUsed(String from, String to) {
        Node node = view.node(from);
        return node.to(to)
                .filter(link -> node.rules().stream()
                        .anyMatch(rule -> rule.to().equals("edge " + link.name())
                                || rule.from().equals("edge " + link.name())))
                .isPresent();
    }
}

package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// Direct ways for pairs that exchange much over others, by links that are added where there is none.
final class Shortcuts extends Chooser {
    static final String STREAK = "shortcuts";

    Shortcuts(Situation situation) {
        super(situation);
    }

    Decision shortcuts() {
        List<Ends> relayed = new ArrayList<>();
        List<String> inputs = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (Ends ends : pairsOf.keySet()) {
            List<String> path = situation.pathOf(ends);
            if (path == null || path.size() < 3 || !situation.matters(ends) || dead.contains(ends)) {
                continue;
            }
            if (memory.dwells(ends, thresholds, now)) {
                candidates.add(
                        ends + ": changed less than " + Said.seconds(memory.dwellNs(ends, thresholds, now)) + " ago");
                continue;
            }
            if (!view.edges().contains(ends) && !situation.canOpen(ends) && !memory.openedNs.containsKey(ends)) {
                candidates.add(ends + ": no link there, and none can be added");
                continue;
            }
            inputs.add(ends + " by " + String.join(" > ", path) + ": " + Said.rate(costs.bits(ends))
                    + ", base round trip " + Said.micros(costs.rttNs(path)));
            relayed.add(ends);
        }
        CostModel.Load before = costs.load(paths::get);
        CostModel.Prediction whole = new CostModel.Prediction(before, costs.load(direct(relayed)));
        boolean unsure = !before.unknown().isEmpty() && !relayed.isEmpty();
        int streak = memory.streak(STREAK, !relayed.isEmpty() && (unsure || whole.isWorth(thresholds)));
        if (streak < thresholds.readings() - 1) {
            return Decision.NONE;
        }
        if (unsure && !whole.isWorth(thresholds)) {
            return ask(
                    before.unknown(),
                    "capacity",
                    "how busy " + before.unknown() + " is can only be told when it is"
                            + " known what its connection carries");
        }
        List<Step> opens = new ArrayList<>();
        List<Ends> ready = new ArrayList<>();
        boolean waits = false;
        for (Ends ends : relayed) {
            if (!view.edges().contains(ends)) {
                if (situation.canOpen(ends)) {
                    opens.add(new Step.Open(ends));
                }
            } else if (situation.isTrusted(ends) && view.baseRtt(ends).known()) {
                ready.add(ends);
                candidates.add(ends + " direct: base round trip "
                        + Said.micros(view.baseRtt(ends).value()));
            } else {
                waits |= now - memory.openedNs.getOrDefault(ends, now) < thresholds.patienceNs();
            }
        }
        if (!opens.isEmpty()) {
            return new Decision(
                    Kind.OPEN,
                    opens,
                    "links are added to be measured before they are used; " + whole.words(thresholds),
                    Optional.empty(),
                    inputs,
                    candidates);
        }
        CostModel.Prediction some = new CostModel.Prediction(before, costs.load(direct(ready)));
        if (streak < thresholds.readings() || waits || !some.isWorth(thresholds)) {
            return Decision.NONE;
        }
        List<Step> steps = new ArrayList<>();
        ready.forEach(ends -> steps.add(situation.lead(ends, List.of(ends.a(), ends.b()))));
        return new Decision(Kind.SHORTCUT, steps, some.words(thresholds), Optional.of(some), inputs, candidates);
    }

    private Function<Pair, List<String>> direct(List<Ends> some) {
        Map<Pair, List<String>> changed = new HashMap<>(paths);
        for (Ends ends : some) {
            situation.change(changed, ends, List.of(ends.a(), ends.b()));
        }
        return changed::get;
    }

    private Decision ask(String node, String what, String why) {
        for (View.Link link : view.node(node).links().values()) {
            if (view.nodes().containsKey(link.peer()) && link.answers()) {
                return situation.ask(node, link, what, why);
            }
        }
        return Decision.NONE;
    }
}

package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// Other ways for pairs whose own is longer or fuller: direct or by one relay.
final class Detours extends Chooser {
    /// So many readings where links have been asked what they have to spare: that damps too.
    private static final int FULLER_READINGS = 2;

    Detours(Situation situation) {
        super(situation);
    }

    Decision detours() {
        CostModel.Load before = costs.load(paths::get);
        for (Ends ends : pairsOf.keySet()) {
            List<String> path = situation.pathOf(ends);
            if (path == null || !situation.matters(ends) || memory.dwells(ends, thresholds, now)) {
                memory.streak("detour " + ends, false);
                continue;
            }
            CostModel.Prediction best = null;
            List<String> bestWay = null;
            List<String> candidates = new ArrayList<>();
            for (List<String> way : ways(ends, path)) {
                Map<Pair, List<String>> changed = new HashMap<>(paths);
                situation.change(changed, ends, way);
                CostModel.Prediction each = new CostModel.Prediction(before, costs.load(changed::get));
                candidates.add(String.join(" > ", way) + ": base round trip " + Said.micros(costs.rttNs(way)) + ", "
                        + each.words(thresholds));
                if (best == null || each.gain() > best.gain()) {
                    best = each;
                    bestWay = way;
                }
            }
            int streak = memory.streak("detour " + ends, best != null && best.isWorth(thresholds));
            // At the first reading: the answer takes a second or two.
            boolean isFuller = streak > 0 && best.before().busy() > best.after().busy() + 1e-9;
            if (isFuller) {
                Optional<Decision> question = freeEnough(ends, bestWay);
                if (question.isPresent()) {
                    return question.get();
                }
            }
            if (streak < (isFuller ? FULLER_READINGS : thresholds.readings())) {
                continue;
            }
            return new Decision(
                    Kind.DETOUR,
                    List.of(situation.lead(ends, bestWay)),
                    ends + ": " + best.words(thresholds),
                    Optional.of(best),
                    List.of(ends + " by " + String.join(" > ", path) + ": " + Said.rate(costs.bits(ends))
                            + ", base round trip " + Said.micros(costs.rttNs(path))),
                    candidates);
        }
        return Decision.NONE;
    }

    /// The ways over links that answer: direct, and by one relay each.
    private List<List<String>> ways(Ends ends, List<String> now) {
        List<List<String>> all = new ArrayList<>();
        if (situation.isTrusted(ends)) {
            all.add(List.of(ends.a(), ends.b()));
        }
        for (String relay : view.nodes().keySet()) {
            if (!relay.equals(ends.a())
                    && !relay.equals(ends.b())
                    && situation.isTrusted(Ends.of(ends.a(), relay))
                    && situation.isTrusted(Ends.of(relay, ends.b()))) {
                all.add(List.of(ends.a(), relay, ends.b()));
            }
        }
        all.removeIf(way -> way.equals(now) || way.reversed().equals(now) || costs.rttNs(way) == 0);
        return all;
    }

    /// What a way is to carry it must have to spare, and what is to be left must not: that is asked for, unless it is
    /// known.
    ///
    /// @return what to do instead of taking the way; empty: it can be taken
    private Optional<Decision> freeEnough(Ends ends, List<String> way) {
        double most = 0;
        for (Pair pair : pairsOf.get(ends)) {
            most = Math.max(most, rates.getOrDefault(pair, Rate.NONE).bits());
        }
        List<Situation.Spare> all = new ArrayList<>();
        for (List<String> each : List.of(way, way.reversed())) {
            for (int i = 0; i + 1 < each.size(); i++) {
                View.Link link = situation.link(each.get(i), each.get(i + 1));
                all.add(situation.spare(each.get(i), link, most * (1 + thresholds.gain())));
            }
        }
        boolean tooLittle = all.stream()
                .anyMatch(link -> link.isFree().isPresent() && !link.isFree().get());
        if (tooLittle) {
            return Optional.of(Decision.NONE);
        }
        all.addAll(situation.doubts(ends));
        // All at once, as they would be used: two that share a connection find what each would have of it.
        List<Step> asks = all.stream().flatMap(link -> link.ask().stream()).toList();
        if (!asks.isEmpty()) {
            return Optional.of(Decision.of(
                    Kind.ASK,
                    asks,
                    "whether " + String.join(" > ", way) + " can carry what " + ends
                            + " exchanges, and what is full now cannot"));
        }
        boolean unknown = all.stream().anyMatch(link -> link.isFree().isEmpty());
        return unknown ? Optional.of(Decision.NONE) : Optional.empty();
    }
}

package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// Where guests would be better: where those that send each other much, or wait for each other, are close.
final class Places extends Chooser {
    private static final String STREAK = "placement";
    private static final int MOST_INPUTS = 8;

    Places(Situation situation) {
        super(situation);
    }

    /// Says where guests would be better, where that is worth as much as a change must be. It takes
    /// some computing, so it is looked for only once rates are of another time than at the last look;
    /// once found, each reading has to find it.
    Decision placement() {
        boolean found = memory.streaks.containsKey(STREAK);
        if (!matters() || linksComeFirst()) {
            memory.streak(STREAK, false);
            return Decision.NONE;
        }
        if (!found && now - memory.placedNs < thresholds.windowNs()) {
            return Decision.NONE;
        }
        memory.placedNs = now;
        Optional<Placement.Best> best = Placement.of(view, costs, rates, memory.places, thresholds);
        Optional<CostModel.Prediction> prediction =
                best.map(each -> new CostModel.Prediction(whole(each.before(), each.error()), whole(each.after(), 0)));
        boolean worth = prediction.filter(each -> each.isWorth(thresholds)).isPresent();
        if (memory.streak(STREAK, worth) < thresholds.readings()) {
            return Decision.NONE;
        }
        memory.streak(STREAK, false);
        Placement.Best places = best.orElseThrow();
        memory.places = places.homes();
        return places.unsure().isEmpty() ? move(places, prediction.orElseThrow()) : ask(places.unsure());
    }

    /// Whether guests exchange enough, or wait for each other long enough, that their places can hold somebody up.
    private boolean matters() {
        return costs.bits() >= thresholds.floorBits()
                || pairsOf.keySet().stream().anyMatch(situation::matters);
    }

    /// Whether links may do that are about to be added, or were just now and are measured: guests are moved for what
    /// links cannot help.
    private boolean linksComeFirst() {
        return memory.streaks.containsKey(Shortcuts.STREAK)
                || memory.openedNs.values().stream().anyMatch(at -> now - at < thresholds.patienceNs());
    }

    private Decision move(Placement.Best best, CostModel.Prediction prediction) {
        List<Step> steps = new ArrayList<>();
        best.homes().forEach((guest, node) -> {
            String from = view.home(guest).orElse("");
            if (!from.equals(node)) {
                steps.add(new Step.Move(guest, from, node));
            }
        });
        steps.sort(Comparator.comparing(Step::toString));
        return new Decision(
                Kind.PLACE,
                steps,
                "guests would be better elsewhere: predicted gain " + Said.percent(prediction.gain()) + " (needed "
                        + Said.percent(prediction.needed(thresholds)) + "), from " + Said.percent(best.before())
                        + " to " + Said.percent(best.after()) + " of the time",
                Optional.of(prediction),
                inputs(best),
                List.of());
    }

    /// Who exchanges what with whom over which round trip, and over which then.
    private List<String> inputs(Placement.Best best) {
        List<Pair> heard = rates.keySet().stream()
                .filter(pair -> pair.source().compareTo(pair.destination()) < 0)
                .filter(pair -> best.homes().containsKey(pair.source())
                        && best.homes().containsKey(pair.destination())
                        && paths.get(pair) != null)
                .sorted(Comparator.comparingDouble((Pair pair) -> -costs.waiting(pair, paths::get))
                        .thenComparingDouble(pair -> -bits(pair))
                        .thenComparing(Pair::source)
                        .thenComparing(Pair::destination))
                .limit(MOST_INPUTS)
                .toList();
        List<String> lines = new ArrayList<>();
        for (Pair pair : heard) {
            List<String> path = paths.get(pair);
            lines.add(pair.source() + " at " + path.getFirst() + " and " + pair.destination() + " at " + path.getLast()
                    + ": " + Said.rate(bits(pair)) + ", waiting "
                    + Said.percent(costs.waiting(pair, paths::get)) + " of the time, base round trip "
                    + Said.micros(costs.rttNs(path)) + "; then " + then(best, pair));
        }
        return lines;
    }

    private String then(Placement.Best best, Pair pair) {
        String one = best.homes().get(pair.source());
        String other = best.homes().get(pair.destination());
        if (one.equals(other)) {
            return "both at " + one;
        }
        return view.pairs(Ends.of(one, other)).stream()
                .filter(each -> view.home(each.source()).orElse("").equals(one))
                .map(paths::get)
                .filter(Objects::nonNull)
                .findFirst()
                .map(path -> "from " + one + " to " + other + ", " + Said.micros(costs.rttNs(path)))
                .orElse("from " + one + " to " + other);
    }

    private double bits(Pair pair) {
        return rates.getOrDefault(pair, Rate.NONE).bits()
                + rates.getOrDefault(pair.back(), Rate.NONE).bits();
    }

    /// Asks what the connections of nodes carry of which that is not known, once it may be worth it.
    private Decision ask(List<String> nodes) {
        List<Step> asks = new ArrayList<>();
        for (String node : nodes) {
            for (View.Link link : view.node(node).links().values()) {
                if (view.nodes().containsKey(link.peer()) && link.answers()) {
                    asks.addAll(situation.ask(node, link, "capacity", "").steps());
                    break;
                }
            }
        }
        return asks.isEmpty()
                ? Decision.NONE
                : Decision.of(
                        Kind.ASK,
                        asks,
                        "guests may be better elsewhere, which can only be told when it is known what the connections of "
                                + String.join(", ", nodes) + " carry");
    }

    private static CostModel.Load whole(double share, double error) {
        return new CostModel.Load(share, 0, "the busiest", "", error, "");
    }
}

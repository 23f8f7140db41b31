package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Pair;

/// Where guests would be better.
final class Places {
    private final View view;
    private final Map<Pair, Rate> rates;
    private final Memory memory;
    private final Thresholds thresholds;
    private final long now;
    private final CostModel costs;

    Places(Situation situation) {
        this.view = situation.view;
        this.rates = situation.rates;
        this.memory = situation.memory;
        this.thresholds = situation.thresholds;
        this.now = situation.now;
        this.costs = situation.costs;
    }

    /// Says where guests would be better, where that is worth as much as a change must be.
    Decision placement() {
        if (costs.bits() < thresholds.floorBits() || now - memory.placedNs < thresholds.settleNs()) {
            return Decision.NONE;
        }
        memory.placedNs = now;
        Optional<Placement.Best> best = Placement.of(view, costs, rates);
        double saved = best.map(found ->
                        found.before() <= 1 ? found.before() - found.after() : 1 - found.after() / found.before())
                .orElse(0.0);
        double gain = 1 / (1 - Math.min(saved, 0.95)) - 1;
        boolean worth = saved >= thresholds.savedShare() && gain >= thresholds.gain();
        if (memory.streak("placement", worth) < thresholds.readings()) {
            return Decision.NONE;
        }
        List<Step> steps = new ArrayList<>();
        best.orElseThrow().homes().forEach((guest, node) -> {
            String from = view.home(guest).orElse("");
            if (!from.equals(node)) {
                steps.add(new Step.Move(guest, from, node));
            }
        });
        steps.sort(Comparator.comparing(Step::toString));
        return new Decision(
                Kind.PLACE,
                steps,
                "guests would be better elsewhere: predicted gain " + Said.percent(gain) + ", from "
                        + Said.percent(best.get().before()) + " to "
                        + Said.percent(best.get().after()) + " of the time",
                Optional.empty(),
                List.of(),
                List.of());
    }
}

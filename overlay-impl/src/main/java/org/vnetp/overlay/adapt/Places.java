package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;

/// Where guests would be better.
final class Places extends Chooser {

    Places(Situation situation) {
        super(situation);
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
        return Decision.of(
                Kind.PLACE,
                steps,
                "guests would be better elsewhere: predicted gain " + Said.percent(gain) + ", from "
                        + Said.percent(best.get().before()) + " to "
                        + Said.percent(best.get().after()) + " of the time");
    }
}

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
        Optional<CostModel.Prediction> prediction =
                best.map(found -> new CostModel.Prediction(whole(found.before()), whole(found.after())));
        boolean worth = prediction.filter(each -> each.isWorth(thresholds)).isPresent();
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
                "guests would be better elsewhere: predicted gain "
                        + Said.percent(prediction.orElseThrow().gain()) + ", from "
                        + Said.percent(best.get().before()) + " to "
                        + Said.percent(best.get().after()) + " of the time",
                prediction,
                List.of(),
                List.of());
    }

    private static CostModel.Load whole(double share) {
        return new CostModel.Load(share, 0, "the busiest", "", 0, "");
    }
}

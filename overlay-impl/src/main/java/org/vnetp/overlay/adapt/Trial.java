package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.View.Ends;

/// What became of the last change: it is compared with what was predicted, and taken back where it brought too little.
final class Trial extends Chooser {
    /// A change is kept although it brought less than half of what was predicted, where that is more than this.
    private static final double GOOD_ENOUGH = 0.2;

    private static final double GONE = 0.5;

    private static final double MORE_LOSS = 0.01;

    /// What became of a change.
    ///
    /// @param gain  measured; NaN: cannot be told
    /// @param words for a person
    record Judged(Decision decision, double predicted, double gain, boolean back, String words) {}

    Trial(Situation situation) {
        super(situation);
    }

    /// What became of the change that was made last, once that can be told.
    Optional<Judged> judge() {
        if (memory.pending.isEmpty() || now < memory.pending.get().dueNs()) {
            return Optional.empty();
        }
        Memory.Pending pending = memory.pending.get();
        memory.pending = Optional.empty();
        double predicted = pending.decision().prediction().orElseThrow().gain();
        double gain = costs.bits() / pending.before() - 1;
        double lossGrew = situation.loss() - pending.lossBefore();
        String rates = Said.rate(pending.before()) + " before, " + Said.rate(costs.bits()) + " after";
        if (lossGrew > MORE_LOSS) {
            return Optional.of(new Judged(
                    pending.decision(),
                    predicted,
                    gain,
                    true,
                    "loss grew by " + Said.percent(lossGrew) + " (" + rates + "): taken back"));
        }
        if (costs.bits() < GONE * pending.before()) {
            return Optional.of(new Judged(
                    pending.decision(),
                    predicted,
                    Double.NaN,
                    false,
                    "cannot be told, the traffic has gone: " + rates));
        }
        boolean back = gain < predicted / 2 && gain < GOOD_ENOUGH;
        return Optional.of(new Judged(
                pending.decision(),
                predicted,
                gain,
                back,
                "gained " + Said.percent(gain) + " where " + Said.percent(predicted) + " was predicted (" + rates + ")"
                        + (back ? ": taken back" : gain < predicted / 2 ? ": kept, as it is a gain" : "")));
    }

    /// Takes a change back.
    Decision back(Judged judged) {
        List<Step> steps = new ArrayList<>();
        for (Ends ends : judged.decision().subjects()) {
            if (pairsOf.containsKey(ends)) {
                steps.add(new Step.Unroute(ends, pairsOf.get(ends)));
            }
        }
        judged.decision().moves().forEach(move -> steps.add(new Step.Move(move.guest(), move.to(), move.from())));
        return steps.isEmpty() ? Decision.NONE : Decision.of(Kind.ROLLBACK, steps, judged.words());
    }
}

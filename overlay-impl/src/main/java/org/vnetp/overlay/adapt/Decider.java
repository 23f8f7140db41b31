package org.vnetp.overlay.adapt;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.Trial.Judged;
import org.vnetp.overlay.adapt.View.Pair;

/// Decides what is to be changed: from what all nodes told, what guests send, what is remembered and
/// the time, and from nothing else. Of what it could do it says the first of: around a failure at
/// once; back from what did not hold what was predicted; shortcuts; detours; back to the written
/// ways, slowly; links away that nobody uses.
final class Decider {
    /// A decision, what is remembered after it, and what became of an earlier one, in words.
    record Outcome(Decision decision, Memory memory, Optional<Judged> judged) {}

    private Decider() {}

    /// What to do now.
    ///
    /// @param now nanoseconds, of a clock that only goes on
    static Outcome decide(View view, Map<Pair, Rate> rates, Memory memory, Thresholds thresholds, long now) {
        Memory next = memory.copy();
        Situation situation = new Situation(view, rates, next, thresholds, now).look();
        Decision failure =
                first(List.of(new Failures(situation)::aroundFailures, new Broadcasts(situation)::aroundFailures));
        if (failure.kind() != Kind.NONE) {
            return new Outcome(failure, next, Optional.empty());
        }
        Trial trial = new Trial(situation);
        Optional<Judged> judged = trial.judge();
        if (judged.isPresent() && judged.get().back()) {
            return new Outcome(trial.back(judged.get()), next, judged);
        }
        return new Outcome(next.pending.isPresent() ? Decision.NONE : change(situation), next, judged);
    }

    private static Decision change(Situation situation) {
        Returns returns = new Returns(situation);
        return first(List.of(
                new Shortcuts(situation)::shortcuts,
                new Detours(situation)::detours,
                returns::returns,
                new Broadcasts(situation)::returns,
                returns::closes,
                new Places(situation)::placement));
    }

    /// The first that there is something to do about.
    private static Decision first(List<Supplier<Decision>> kinds) {
        for (Supplier<Decision> kind : kinds) {
            Decision decision = kind.get();
            if (decision.kind() != Kind.NONE) {
                return decision;
            }
        }
        return Decision.NONE;
    }

    /// The most that a link loses, for the controller, which tells memory what was done.
    static double loss(View view) {
        return new Situation(view, Map.of(), new Memory(), Thresholds.USUAL, 0).loss();
    }
}

package org.vnetp.overlay.adapt;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// What is to be done, and why. One at a time.
///
/// @param kind       what for
/// @param steps      in this order
/// @param why        in words that a person can check
/// @param prediction what it is to bring; empty where that is not what it is for
/// @param inputs     what it was decided from
/// @param candidates what else was looked at, and what became of it
record Decision(
        Kind kind,
        List<Step> steps,
        String why,
        Optional<CostModel.Prediction> prediction,
        List<String> inputs,
        List<String> candidates) {
    /// What a decision is for.
    enum Kind {
        NONE("nothing"),
        OPEN("open"),
        SHORTCUT("shortcut"),
        DETOUR("detour"),
        FAILURE("failure"),
        RETURN("return"),
        ROLLBACK("rollback"),
        CLOSE("close"),
        ASK("ask"),
        PLACE("place");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        /// Whether frames go another way afterwards.
        boolean movesTraffic() {
            return this != NONE && this != OPEN && this != CLOSE && this != ASK;
        }
    }

    /// A part of a change.
    sealed interface Step {
        /// A link between two nodes.
        record Open(Ends ends) implements Step {}

        /// The adaptation's links between two nodes go.
        record Close(Ends ends) implements Step {}

        /// These pairs' frames go by these nodes, from [Ends#a()] to [Ends#b()] or back.
        record Route(Ends ends, List<String> path, List<Pair> pairs) implements Step {}

        /// These pairs go as it is written again.
        record Unroute(Ends ends, List<Pair> pairs) implements Step {}

        /// What a guest at that node sends to all goes over a tree of nodes.
        ///
        /// @param next of each node those that it passes it to, the farthest node first
        record Spread(String home, Pair pair, Map<String, Set<String>> next) implements Step {}

        /// It goes as it is written again.
        ///
        /// @param nodes that have rules for it, in the order in which these go
        record Gather(String home, Pair pair, List<String> nodes) implements Step {}

        /// A link is measured.
        ///
        /// @param what as `measure link` says it: a quantity, and perhaps whether it has so much of it
        record Ask(String node, String link, String what) implements Step {
            String quantity() {
                return what.split(" ")[0];
            }
        }

        /// A guest is better elsewhere.
        record Move(String guest, String from, String to) implements Step {}
    }

    static final Decision NONE = of(Kind.NONE, List.of(), "");

    /// Nothing is predicted of it, and its words say all that it was decided from.
    static Decision of(Kind kind, List<Step> steps, String why) {
        return new Decision(kind, steps, why, Optional.empty(), List.of(), List.of());
    }

    /// Guests that are to be at other nodes; where there are any, nothing else is to be done.
    List<Step.Move> moves() {
        return steps.stream()
                .filter(Step.Move.class::isInstance)
                .map(Step.Move.class::cast)
                .toList();
    }

    /// The pairs of nodes that it changes something for; a node alone is paired with itself.
    List<Ends> subjects() {
        TreeSet<Ends> all = new TreeSet<>();
        for (Step step : steps) {
            switch (step) {
                case Step.Open open -> all.add(open.ends());
                case Step.Close close -> all.add(close.ends());
                case Step.Route route -> all.add(route.ends());
                case Step.Unroute back -> all.add(back.ends());
                case Step.Spread spread -> all.add(Ends.of(spread.home(), spread.home()));
                case Step.Gather gather -> all.add(Ends.of(gather.home(), gather.home()));
                case Step.Ask _, Step.Move _ -> {}
            }
        }
        return List.copyOf(all);
    }
}

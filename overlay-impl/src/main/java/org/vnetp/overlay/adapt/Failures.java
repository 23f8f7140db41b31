package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// Goes around links that do not answer, at once.
final class Failures extends Chooser {

    Failures(Situation situation) {
        super(situation);
    }

    Decision aroundFailures() {
        List<Step> steps = new ArrayList<>();
        List<Step> opens = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (Map.Entry<Ends, List<Pair>> each : pairsOf.entrySet()) {
            Ends ends = each.getKey();
            boolean lately =
                    now - memory.refusedNs.getOrDefault(ends, now - thresholds.patienceNs()) < thresholds.patienceNs();
            if (lately || each.getValue().stream().noneMatch(situation::isBroken)) {
                continue;
            }
            Optional<List<String>> way = Paths.quickest(view, ends.a(), ends.b(), alive::contains);
            if (way.isPresent()) {
                steps.add(new Step.Route(ends, way.get(), each.getValue()));
                candidates.add(ends + ": by " + String.join(" > ", way.get()) + ", base round trip "
                        + Said.micros(costs.rttNs(way.get())));
            } else if (situation.canOpen(ends)) {
                opens.add(new Step.Open(ends));
                candidates.add(ends + ": no other way over links that answer; a link of their own may be one");
            } else {
                candidates.add(ends + ": no other way over links that answer");
            }
        }
        List<String> inputs = new ArrayList<>();
        for (Ends ends : dead) {
            View.Link link = situation.link(ends.a(), ends.b());
            inputs.add("link " + ends + ": "
                    + (link.up() && situation.link(ends.b(), ends.a()).up()
                            ? Math.max(
                                            link.unanswered(),
                                            situation.link(ends.b(), ends.a()).unanswered())
                                    + " echoes in a row without an answer"
                            : "down"));
        }
        if (!steps.isEmpty()) {
            return new Decision(
                    Kind.FAILURE,
                    steps,
                    "the link " + dead + " does not answer; what went over it goes another way",
                    Optional.empty(),
                    inputs,
                    candidates);
        }
        if (!opens.isEmpty()) {
            return new Decision(
                    Kind.OPEN,
                    opens,
                    "the link " + dead + " does not answer, and there is no other way yet",
                    Optional.empty(),
                    inputs,
                    candidates);
        }
        return Decision.NONE;
    }
}

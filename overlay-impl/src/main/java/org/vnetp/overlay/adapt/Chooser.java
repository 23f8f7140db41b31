package org.vnetp.overlay.adapt;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// What decides about one kind of change, and what it sees: the parts of a situation under their names.
abstract class Chooser {
    final Situation situation;
    final View view;
    final Map<Pair, Rate> rates;
    final Memory memory;
    final Thresholds thresholds;
    final long now;
    final CostModel costs;
    final Map<Ends, List<Pair>> pairsOf;
    final Map<Pair, List<String>> paths;
    final Set<Ends> dead;
    final Set<Ends> alive;

    Chooser(Situation situation) {
        this.situation = situation;
        this.view = situation.view;
        this.rates = situation.rates;
        this.memory = situation.memory;
        this.thresholds = situation.thresholds;
        this.now = situation.now;
        this.costs = situation.costs;
        this.pairsOf = situation.pairsOf;
        this.paths = situation.paths;
        this.dead = situation.dead;
        this.alive = situation.alive;
    }
}

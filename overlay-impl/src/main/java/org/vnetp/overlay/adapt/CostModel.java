package org.vnetp.overlay.adapt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Link;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Range;

/// What share of a second the guests' programs spend on the network, by which ways their frames go:
/// the most that a node's connection or a link is busy, and above that the most that two guests wait
/// for each other's small frames. It goes by what is moved and by base delays, never by delays under
/// load: those are what a change takes away, and so would bring back.
final class CostModel {
    /// Frames longer than this on average are a stream, whose sender does not wait for each.
    private static final double SMALL_BITS = 8 * 2048;

    static final double AT_LEAST_ERROR = 0.3;

    /// Two that swap messages wait for half a round trip each time, and are counted with a whole one. What looks like
    /// more than that does not wait for each.
    static final double MOST_WAITING = 2;

    /// The age from which a passively seen rate of a full link says nothing of now.
    static final double FULL_S = 15;

    /// Costs of one set of ways.
    ///
    /// @param busy    how busy the busiest is; above 1 it would take that much longer
    /// @param waiting how long two guests wait for each other while nobody is busy; up to twice that time, as
    ///                they may wait for half of each round trip only
    /// @param where   the busiest, in words
    /// @param node    the busiest node
    /// @param error   of what this rests on, a share
    /// @param unknown a node that carries much and whose capacity is not known; empty: none
    record Load(double busy, double waiting, String where, String node, double error, String unknown) {
        double total() {
            return busy + waiting;
        }

        @Override
        public String toString() {
            return Said.percent(total()) + " of the time (" + where + " busy " + Said.percent(busy) + ", waiting "
                    + Said.percent(waiting) + ")";
        }
    }

    /// What a change is thought to bring.
    record Prediction(Load before, Load after) {
        double saved() {
            // More than all of the time is a way on which everything would take longer.
            return before.total() <= 1 ? before.total() - after.total() : 1 - after.total() / before.total();
        }

        /// A program that spends all its time computing or on the network, one after the other, gets so much faster.
        double gain() {
            return 1 / (1 - Math.clamp(saved(), -10, 0.95)) - 1;
        }

        double error() {
            return Math.max(before.error(), after.error());
        }

        double needed(Thresholds thresholds) {
            return Math.max(thresholds.gain(), thresholds.errors() * error());
        }

        boolean isWorth(Thresholds thresholds) {
            return saved() >= thresholds.savedShare() && gain() >= needed(thresholds);
        }

        String words(Thresholds thresholds) {
            return "predicted gain " + Said.percent(gain()) + " (needed " + Said.percent(needed(thresholds))
                    + "): from " + before + " to " + after;
        }
    }

    private final View view;
    private final Map<Pair, Rate> rates;
    private final Map<String, Memory.Full> full;
    private final Thresholds thresholds;

    /// @param full rates at which links were full, by node/link: one that was left since looks empty, and is not
    CostModel(View view, Map<Pair, Rate> rates, Map<String, Memory.Full> full, Thresholds thresholds) {
        this.full = full;
        this.view = view;
        this.rates = rates;
        this.thresholds = thresholds;
    }

    /// What a node's connection carries each way, bits a second.
    Range capacity(Node node) {
        if (!Double.isNaN(thresholds.rateBits())) {
            return Range.exactly(thresholds.rateBits());
        }
        Range best = Range.UNKNOWN;
        for (Link link : node.links().values()) {
            Range each = link.capacity();
            if (each.known() && (!best.known() || each.value() > best.value())) {
                best = each;
            }
        }
        return best;
    }

    /// Whether a link is seen to carry all it can, and how much that is.
    static boolean isFull(Link link, Thresholds thresholds) {
        View.Range seen = link.rateOut();
        return seen.known() && !seen.atLeast() && seen.ageS() < FULL_S && seen.value() >= thresholds.floorBits();
    }

    /// What a link carries, where that is known to be less than its node's connection.
    private Range capacity(String node, Link link) {
        Range asked = link.capacity().known() && !link.capacity().atLeast() ? link.capacity() : Range.UNKNOWN;
        Memory.Full seen = full.get(node + "/" + link.name());
        return seen != null && !seen.spares() && (!asked.known() || seen.bits() < asked.value())
                ? Range.exactly(seen.bits())
                : asked;
    }

    private double over(double load, Range capacity) {
        return capacity.known() && capacity.value() > 0 ? load / capacity.value() : 0;
    }

    /// @param pathOf the nodes that a pair passes; null: not known, then it costs nothing
    Load load(Function<Pair, List<String>> pathOf) {
        Map<String, Double> out = new TreeMap<>();
        Map<String, Double> in = new TreeMap<>();
        Map<String, Double> links = new TreeMap<>();
        Map<String, Link> linkOf = new HashMap<>();
        double waiting = 0;
        double waitingError = 0;
        for (Map.Entry<Pair, Rate> each : rates.entrySet()) {
            List<String> path = pathOf.apply(each.getKey());
            if (path == null) {
                continue;
            }
            double bits = each.getValue().bits();
            for (int i = 0; i + 1 < path.size(); i++) {
                String from = path.get(i);
                String to = path.get(i + 1);
                out.merge(from, bits, Double::sum);
                in.merge(to, bits, Double::sum);
                links.merge(from + " to " + to, bits, Double::sum);
                view.node(from).to(to).ifPresent(link -> linkOf.put(from + " to " + to, link));
            }
            double wait = waiting(each.getKey(), pathOf);
            if (wait > waiting) {
                waiting = wait;
                waitingError = rttError(path);
            }
        }
        double busy = 0;
        double busyError = 0;
        String where = "nobody";
        String busiest = "";
        String unknown = "";
        double busiestBits = 0;
        for (Node node : view.nodes().values()) {
            double bits = Math.max(out.getOrDefault(node.name(), 0.0), in.getOrDefault(node.name(), 0.0));
            Range capacity = capacity(node);
            if (bits > busiestBits) {
                busiestBits = bits;
                unknown = capacity.known() ? "" : node.name();
            }
            if (over(bits, capacity) > busy) {
                busy = over(bits, capacity);
                where = "node " + node.name();
                busiest = node.name();
                busyError = capacity.atLeast() ? AT_LEAST_ERROR : capacity.error();
            }
        }
        for (Map.Entry<String, Double> each : links.entrySet()) {
            Link link = linkOf.get(each.getKey());
            Range capacity = link == null
                    ? Range.UNKNOWN
                    : capacity(each.getKey().substring(0, each.getKey().indexOf(' ')), link);
            if (over(each.getValue(), capacity) > busy + 1e-9) {
                busy = over(each.getValue(), capacity);
                busyError = capacity.error();
                where = "link " + each.getKey();
            }
        }
        double waits = Math.min(waiting, MOST_WAITING * Math.max(0, 1 - busy));
        double error = busy + waits == 0 ? 0 : (busy * busyError + waits * waitingError) / (busy + waits);
        return new Load(busy, waits, where, busiest, error, busiestBits >= thresholds.floorBits() ? unknown : "");
    }

    /// The share of its time that a pair waits for the other's small frames, if for whole round trips.
    double waiting(Pair pair, Function<Pair, List<String>> pathOf) {
        double trips = roundTrips(rates.getOrDefault(pair, Rate.NONE), rates.getOrDefault(pair.back(), Rate.NONE));
        List<String> way = trips == 0 ? null : pathOf.apply(pair);
        return way == null ? 0 : Math.min(MOST_WAITING, trips * rttNs(way) / 1e9);
    }

    /// How often a second two may have waited for each other at most: as often as the one sent that sent less. 0
    /// where they exchange long frames.
    double roundTrips(Rate there, Rate back) {
        double bits = (there.bits() + back.bits()) / Math.max(1e-9, there.frames() + back.frames());
        return bits > SMALL_BITS ? 0 : Math.min(there.frames(), back.frames());
    }

    /// The base round trip over a path; 0 where one of its links tells none.
    double rttNs(List<String> path) {
        double sum = 0;
        for (int i = 0; i + 1 < path.size(); i++) {
            Range rtt = view.baseRtt(Ends.of(path.get(i), path.get(i + 1)));
            if (!rtt.known()) {
                return 0;
            }
            sum += rtt.value();
        }
        return sum;
    }

    /// Of the worst of its links, a share.
    double rttError(List<String> path) {
        double worst = 0;
        for (int i = 0; i + 1 < path.size(); i++) {
            worst = Math.max(
                    worst, view.baseRtt(Ends.of(path.get(i), path.get(i + 1))).error());
        }
        return worst;
    }

    /// Bits a second between two nodes' guests, both ways.
    double bits(Ends ends) {
        double sum = 0;
        for (Pair pair : view.pairs(ends)) {
            sum += rates.getOrDefault(pair, Rate.NONE).bits();
        }
        return sum;
    }

    /// Bits a second between all guests.
    double bits() {
        double sum = 0;
        for (Rate rate : rates.values()) {
            sum += rate.bits();
        }
        return sum;
    }
}

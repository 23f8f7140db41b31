package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// Which guest would be best at which node: the quadratic assignment problem, each node having room for as many as
/// it has now. Up to [#EXACT] guests all assignments are looked at, branches that cannot be better left out; beyond,
/// guests are exchanged in pairs as long as that helps, which finds a local best. One thread, one use.
final class Placement {
    /// So many are tried through.
    static final int EXACT = 8;

    private static final int MOST = 64;
    /// Of two placements that are as busy the one is better whose frames pass fewer nodes.
    private static final double HOP = 1e-6;

    /// @param homes  node of each guest, all that are placed
    /// @param before share of time on the network as it is
    /// @param after  as it would be
    record Best(Map<String, String> homes, double before, double after) {}

    private final List<String> guests = new ArrayList<>();
    private final List<String> nodes;
    private final double[][] bits;
    private final double[][] trips;
    private final double[] capacity;
    private final int[][][] path;
    private final double[][] rttS;
    private final int[] room;
    private final int[] now;
    private int[] best;
    private double bestCost;

    private Placement(View view, CostModel costs, Map<Pair, Rate> rates) {
        nodes = List.copyOf(view.nodes().keySet());
        int n = nodes.size();
        room = new int[n];
        capacity = new double[n];
        List<Integer> homes = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Node node = view.node(nodes.get(i));
            View.Range known = costs.capacity(node);
            capacity[i] = known.known() ? known.value() : Double.NaN;
            for (String guest : node.guests()) {
                guests.add(guest);
                homes.add(i);
                room[i]++;
            }
        }
        now = homes.stream().mapToInt(Integer::intValue).toArray();
        bits = new double[guests.size()][guests.size()];
        trips = new double[guests.size()][guests.size()];
        for (int i = 0; i < guests.size(); i++) {
            for (int j = 0; j < guests.size(); j++) {
                Pair pair = new Pair(guests.get(i), guests.get(j));
                Rate there = rates.getOrDefault(pair, Rate.NONE);
                Rate back = rates.getOrDefault(pair.back(), Rate.NONE);
                bits[i][j] = there.bits();
                trips[i][j] = costs.roundTrips(there, back);
            }
        }
        path = new int[n][n][];
        rttS = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                List<String> way = i == j ? List.of(nodes.get(i)) : way(view, nodes.get(i), nodes.get(j));
                path[i][j] = way == null
                        ? null
                        : way.stream().mapToInt(nodes::indexOf).toArray();
                rttS[i][j] = way == null ? 0 : costs.rttNs(way) / 1e9;
            }
        }
    }

    private static List<String> way(View view, String from, String to) {
        for (String one : view.node(from).guests()) {
            for (String other : view.node(to).guests()) {
                return Paths.of(view, new Pair(one, other)).orElse(null);
            }
        }
        return null;
    }

    /// @return empty where something is not known: a way, or what a node's connection carries
    static Optional<Best> of(View view, CostModel costs, Map<Pair, Rate> rates) {
        Placement placement = new Placement(view, costs, rates);
        return placement.isKnown() ? Optional.of(placement.find()) : Optional.empty();
    }

    private boolean isKnown() {
        if (guests.size() < 2 || guests.size() > MOST) {
            return false;
        }
        for (int i = 0; i < nodes.size(); i++) {
            if (room[i] > 0 && Double.isNaN(capacity[i])) {
                return false;
            }
            for (int j = 0; j < nodes.size(); j++) {
                if (room[i] > 0 && room[j] > 0 && path[i][j] == null) {
                    return false;
                }
            }
        }
        return true;
    }

    private Best find() {
        final double before = cost(now, guests.size());
        best = now.clone();
        bestCost = before;
        if (guests.size() <= EXACT) {
            tryAll(new int[guests.size()], room.clone(), 0);
        } else {
            exchange();
        }
        Map<String, String> homes = new HashMap<>();
        for (int i = 0; i < guests.size(); i++) {
            homes.put(guests.get(i), nodes.get(best[i]));
        }
        return new Best(homes, before, bestCost);
    }

    /// What the first so many guests cost, if they are there; more guests cost no less.
    private double cost(int[] homes, int count) {
        double[] out = new double[nodes.size()];
        double[] in = new double[nodes.size()];
        double waiting = 0;
        double hops = 0;
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                if (homes[i] == homes[j]) {
                    continue;
                }
                int[] way = path[homes[i]][homes[j]];
                for (int hop = 0; hop + 1 < way.length; hop++) {
                    out[way[hop]] += bits[i][j];
                    in[way[hop + 1]] += bits[i][j];
                    hops += bits[i][j];
                }
                waiting = Math.max(waiting, trips[i][j] * rttS[homes[i]][homes[j]]);
            }
        }
        double busy = 0;
        double widest = 0;
        for (int i = 0; i < nodes.size(); i++) {
            if (!Double.isNaN(capacity[i])) {
                busy = Math.max(busy, Math.max(out[i], in[i]) / capacity[i]);
                widest = Math.max(widest, capacity[i]);
            }
        }
        return Math.max(busy, Math.min(1, busy + waiting)) + HOP * hops / widest;
    }

    private void tryAll(int[] homes, int[] left, int next) {
        if (cost(homes, next) >= bestCost) {
            return;
        }
        if (next == homes.length) {
            bestCost = cost(homes, next);
            best = homes.clone();
            return;
        }
        for (int node = 0; node < left.length; node++) {
            if (left[node] > 0) {
                left[node]--;
                homes[next] = node;
                tryAll(homes, left, next + 1);
                left[node]++;
            }
        }
    }

    private void exchange() {
        boolean better = true;
        while (better) {
            better = false;
            for (int i = 0; i < best.length; i++) {
                for (int j = i + 1; j < best.length; j++) {
                    if (best[i] == best[j]) {
                        continue;
                    }
                    int[] other = best.clone();
                    other[i] = best[j];
                    other[j] = best[i];
                    double cost = cost(other, other.length);
                    if (cost < bestCost - 1e-12) {
                        best = other;
                        bestCost = cost;
                        better = true;
                    }
                }
            }
        }
    }
}

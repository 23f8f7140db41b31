package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// Which guest would be best at which node: the quadratic assignment problem, each node having room for as many as
/// it has now. Up to [#EXACT] guests all assignments are looked at, branches that cannot be better left out; beyond,
/// guests are exchanged in pairs as long as that helps, which finds a local best. Of places that are about as good
/// those are taken to which fewer guests have to move. One thread, one use.
final class Placement {
    /// So many are tried through.
    static final int EXACT = 8;

    private static final int MOST = 64;
    /// Of two placements that are as busy the one is better whose frames pass fewer nodes.
    private static final double HOP = 1e-6;
    /// And that in which all together wait less: it leads the search where the worst pair is not helped yet.
    private static final double ALL = 1e-6;
    /// A share of the time that moving a guest has to bring at least.
    static final double MOVE = 1e-3;
    /// Places that were advised before are so again where others would save so much less of the time only.
    private static final double STAY = 0.02;
    /// A round trip may be so much longer than it seems, or shorter, by where processors are busy.
    private static final double NOISE_S = 50e-6;

    /// @param homes  node of each guest, all that are placed
    /// @param before share of time on the network as it is
    /// @param after  as it would be
    /// @param error  of both, a share of the first
    /// @param unsure nodes of guests of which nobody knows what their connections carry, though that counts; taken
    ///               to carry no more than one of them does now
    record Best(Map<String, String> homes, double before, double after, double error, List<String> unsure) {}

    private final List<String> guests = new ArrayList<>();
    private final List<String> nodes;
    private final double[][] bits;
    private final double[][] trips;
    private final double[] capacity;
    private final double[] capacityError;
    private final List<String> unsure = new ArrayList<>();
    private final double widest;
    private final int[][][] path;
    private final double[][] rttS;
    private final double[][] rttErrorS;
    private final int[] room;
    private final int[] now;
    private int[] best;
    private double bestCost;
    private double move = MOVE;

    private Placement(View view, CostModel costs, Map<Pair, Rate> rates, Thresholds thresholds) {
        nodes = List.copyOf(view.nodes().keySet());
        int n = nodes.size();
        room = new int[n];
        capacity = new double[n];
        capacityError = new double[n];
        List<Integer> homes = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Node node = view.node(nodes.get(i));
            View.Range known = costs.capacity(node);
            capacity[i] = known.known() && known.value() > 0 ? known.value() : Double.NaN;
            capacityError[i] = known.atLeast() ? CostModel.AT_LEAST_ERROR : known.error();
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
        rttErrorS = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                List<String> way = i == j ? List.of(nodes.get(i)) : way(view, nodes.get(i), nodes.get(j));
                path[i][j] = way == null
                        ? null
                        : way.stream().mapToInt(nodes::indexOf).toArray();
                double rttNs = way == null ? 0 : costs.rttNs(way);
                rttS[i][j] = i != j && rttNs == 0 ? Double.NaN : rttNs / 1e9;
                rttErrorS[i][j] = i == j || way == null ? 0 : NOISE_S + rttS[i][j] * costs.rttError(way);
            }
        }
        if (isKnown()) {
            assume(thresholds.floorBits());
        }
        widest = Math.max(
                1, Arrays.stream(capacity).filter(each -> each > 0).max().orElse(thresholds.floorBits()));
    }

    /// What a connection carries counts only where there is much to be carried: all that guests send could come
    /// through one. Where it counts and is not known, the busiest of these is taken for full.
    private void assume(double floorBits) {
        double all = Arrays.stream(bits).flatMapToDouble(Arrays::stream).sum();
        if (all < floorBits) {
            return;
        }
        double[][] carried = carried(now, guests.size());
        double most = 1;
        for (int i = 0; i < nodes.size(); i++) {
            if (room[i] > 0 && Double.isNaN(capacity[i])) {
                unsure.add(nodes.get(i));
                most = Math.max(most, Math.max(carried[0][i], carried[1][i]));
            }
        }
        for (String node : unsure) {
            capacity[nodes.indexOf(node)] = most;
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

    /// @param earlier what was found before, which is kept where it is about as good
    /// @return empty where something is not known: a way, or its round trip where guests wait for each other
    static Optional<Best> of(
            View view, CostModel costs, Map<Pair, Rate> rates, Map<String, String> earlier, Thresholds thresholds) {
        int guests = view.nodes().values().stream()
                .mapToInt(node -> node.guests().size())
                .sum();
        if (guests < 2 || guests > MOST) {
            return Optional.empty();
        }
        Placement placement = new Placement(view, costs, rates, thresholds);
        return placement.isKnown() ? Optional.of(placement.find(earlier)) : Optional.empty();
    }

    private boolean isKnown() {
        boolean waits = Arrays.stream(trips).flatMapToDouble(Arrays::stream).anyMatch(each -> each > 0);
        for (int i = 0; i < nodes.size(); i++) {
            for (int j = 0; j < nodes.size(); j++) {
                boolean used = room[i] > 0 && room[j] > 0;
                if (used && (path[i][j] == null || waits && Double.isNaN(rttS[i][j]))) {
                    return false;
                }
            }
        }
        return true;
    }

    private Best find(Map<String, String> earlier) {
        final double before = cost(now, guests.size());
        best = now.clone();
        bestCost = before;
        if (guests.size() <= EXACT) {
            tryAll(new int[guests.size()], room.clone(), 0);
        } else {
            move = 0;
            exchange();
            move = MOVE;
            bestCost = cost(best, best.length);
            exchange(); // back where that is about as good
        }
        int[] kept = guests.stream()
                .mapToInt(guest -> nodes.indexOf(earlier.getOrDefault(guest, "")))
                .toArray();
        double keptCost = isPossible(kept) ? cost(kept, kept.length) : Double.POSITIVE_INFINITY;
        if (keptCost <= bestCost + STAY && keptCost < before) {
            best = kept;
            bestCost = keptCost;
        }
        Map<String, String> homes = new HashMap<>();
        for (int i = 0; i < guests.size(); i++) {
            homes.put(guests.get(i), nodes.get(best[i]));
        }
        return new Best(
                homes,
                before,
                bestCost - MOVE * moved(best, best.length),
                before == 0 ? 0 : Math.max(error(now), error(best)) / before,
                unsure);
    }

    /// Whether each node has as many guests as there is room for.
    private boolean isPossible(int[] homes) {
        int[] left = room.clone();
        return Arrays.stream(homes).allMatch(node -> node >= 0 && --left[node] >= 0);
    }

    private int moved(int[] homes, int count) {
        int moved = 0;
        for (int i = 0; i < count; i++) {
            moved += homes[i] == now[i] ? 0 : 1;
        }
        return moved;
    }

    /// Bits a second that nodes send and get, if the first so many guests are there.
    private double[][] carried(int[] homes, int count) {
        double[][] carried = new double[2][nodes.size()];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                int[] way = path[homes[i]][homes[j]];
                for (int hop = 0; hop + 1 < way.length; hop++) {
                    carried[0][way[hop]] += bits[i][j];
                    carried[1][way[hop + 1]] += bits[i][j];
                }
            }
        }
        return carried;
    }

    /// What the first so many guests cost, if they are there; more guests cost no less.
    private double cost(int[] homes, int count) {
        double waiting = 0;
        double all = 0;
        double hops = 0;
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                if (trips[i][j] > 0) {
                    double waits = trips[i][j] * rttS[homes[i]][homes[j]];
                    waiting = Math.max(waiting, waits);
                    all += Math.min(CostModel.MOST_WAITING, waits);
                }
            }
        }
        double[][] carried = carried(homes, count);
        double busy = 0;
        for (int i = 0; i < nodes.size(); i++) {
            hops += carried[0][i];
            if (!Double.isNaN(capacity[i])) {
                busy = Math.max(busy, Math.max(carried[0][i], carried[1][i]) / capacity[i]);
            }
        }
        double share = Math.max(busy, Math.min(CostModel.MOST_WAITING, busy + waiting));
        return share + HOP * hops / widest + ALL * all + move * moved(homes, count);
    }

    /// How wrong that share of the time may be.
    private double error(int[] homes) {
        double error = 0;
        for (int i = 0; i < homes.length; i++) {
            for (int j = 0; j < homes.length; j++) {
                if (trips[i][j] > 0) {
                    error = Math.max(error, trips[i][j] * rttErrorS[homes[i]][homes[j]]);
                }
            }
        }
        double[][] carried = carried(homes, homes.length);
        double busyError = 0;
        for (int i = 0; i < nodes.size(); i++) {
            if (!Double.isNaN(capacity[i])) {
                double busy = Math.max(carried[0][i], carried[1][i]) / capacity[i];
                busyError = Math.max(busyError, busy * capacityError[i]);
            }
        }
        return error + busyError;
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

package org.vnetp.overlay.measure;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The demands of guests, from counts of frames and bytes a pair that are read about once a second:
/// rates over a window that slides, and the shape of their matrix, which is told when it has been
/// the same for some updates. A pattern that changes faster than the window appears as the union of
/// what it was.
///
/// Frames to groups are no demand of a pair. A pair's counts that go back begin anew.
///
/// **Thread:** one at a time.
public final class DemandEstimator {
    /// A pair's bytes a second that are nobody's demand: ARP, keepalives.
    static final double NOTHING = 1000;

    static final double THRESHOLD = 0.1;

    private static final long GROUP = 1L << 40;

    /// What has been counted of a pair in all.
    public record Counted(long source, long destination, long frames, long bytes) {}

    private record Pair(long source, long destination) {}

    private record Reading(long timeNs, Map<Pair, Counted> counts, long otherBytes) {}

    private final long windowNs;
    private final ArrayDeque<Reading> readings = new ArrayDeque<>();
    private Topology candidate;
    private int same;
    private long sinceNs;
    private Topology told = Topology.NONE;
    private double confidence;
    private Demands now = Demands.UNKNOWN;

    /// @param windowNs over which rates are taken
    public DemandEstimator(long windowNs) {
        this.windowNs = windowNs;
    }

    /// Takes in what has been counted.
    ///
    /// @param otherBytes of pairs that are not among the counts
    public void add(long timeNs, Collection<Counted> counts, long otherBytes) {
        Map<Pair, Counted> kept = new HashMap<>();
        long other = otherBytes;
        for (Counted each : counts) {
            if ((each.destination() & GROUP) == 0) {
                kept.put(new Pair(each.source(), each.destination()), each);
            }
        }
        readings.addLast(new Reading(timeNs, kept, other));
        while (readings.size() > 2 && timeNs - readings.peekFirst().timeNs() > windowNs) {
            readings.removeFirst();
        }
        if (readings.size() >= 2) {
            update(timeNs);
        }
    }

    private void update(long timeNs) {
        Reading first = readings.peekFirst();
        Reading last = readings.peekLast();
        double seconds = (last.timeNs() - first.timeNs()) / 1e9;
        List<Counted> moved = new ArrayList<>();
        double sum = 0;
        double most = 0;
        for (Map.Entry<Pair, Counted> each : last.counts().entrySet()) {
            Counted count = each.getValue();
            Counted before = first.counts().get(each.getKey());
            boolean anew = before == null || before.bytes() > count.bytes() || before.frames() > count.frames();
            long bytes = anew ? count.bytes() : count.bytes() - before.bytes();
            long frames = anew ? count.frames() : count.frames() - before.frames();
            if (frames > 0) {
                moved.add(new Counted(count.source(), count.destination(), frames, bytes));
                sum += bytes;
                most = Math.max(most, bytes);
            }
        }
        List<Demand> pairs = new ArrayList<>();
        for (Counted each : moved) {
            double share = most == 0 ? 0 : each.bytes() / most;
            pairs.add(new Demand(
                    each.source(),
                    each.destination(),
                    each.bytes() / seconds,
                    each.frames() / seconds,
                    share,
                    share >= THRESHOLD && each.bytes() / seconds > NOTHING));
        }
        pairs.sort(Comparator.comparingDouble(Demand::bytesPerS)
                .reversed()
                .thenComparingLong(Demand::source)
                .thenComparingLong(Demand::destination));
        double other = Math.max(0, last.otherBytes() - first.otherBytes());
        double otherShare = sum + other == 0 ? 0 : other / (sum + other);
        List<Long> guests = guests(pairs);
        TopologyFinder.Found found = TopologyFinder.find(matrix(pairs, guests), NOTHING);
        settle(found, timeNs);
        now = new Demands(
                List.copyOf(pairs),
                guests,
                told,
                confidence * (1 - otherShare),
                (timeNs - sinceNs) / 1e9,
                found.topology(),
                seconds,
                otherShare);
    }

    private void settle(TopologyFinder.Found found, long timeNs) {
        if (found.topology() != candidate) {
            candidate = found.topology();
            same = 0;
            sinceNs = timeNs;
        }
        same++;
        if (same >= Demands.STABLE) {
            told = candidate;
            confidence = found.confidence();
        }
    }

    /// The addresses of the pairs that talk, ascending.
    static List<Long> guests(List<Demand> pairs) {
        TreeSet<Long> guests = new TreeSet<>();
        for (Demand each : pairs) {
            if (each.bytesPerS() > NOTHING) {
                guests.add(each.source());
                guests.add(each.destination());
            }
        }
        return List.copyOf(guests);
    }

    /// Bytes a second from each guest to each other.
    static double[][] matrix(List<Demand> pairs, List<Long> guests) {
        double[][] rates = new double[guests.size()][guests.size()];
        for (Demand each : pairs) {
            int from = guests.indexOf(each.source());
            int to = guests.indexOf(each.destination());
            if (from >= 0 && to >= 0 && from != to) {
                rates[from][to] = each.bytesPerS();
            }
        }
        return rates;
    }

    /// What is known now.
    public Demands now() {
        return now;
    }
}

package org.vnetp.overlay.stats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What several loops had counted at one time, added up. Counters are read one after the other
/// while the loops go on, so sums that belong together may differ by the frames of that moment.
///
/// @param node the node's name
/// @param timeNs a monotonic clock's reading, nanoseconds: for rates between two snapshots of
///     one node
/// @param drops by [DropReason] ordinal
/// @param refused the last that was refused for each reason, where that is known
/// @param matrix pairs of addresses, most bytes first
/// @param other what found no room in the matrix
public record Snapshot(
        String node,
        long timeNs,
        List<Port> ports,
        List<Loop> loops,
        long[] drops,
        Map<DropReason, LastRefused.Refusal> refused,
        List<TrafficMatrix.Row> matrix,
        TrafficMatrix.Row other) {

    /// A port to be read.
    ///
    /// @param kind `nic` or `link`
    public record PortName(int id, String kind, String name) {}

    /// A port's counters, by [PortCounter] ordinal.
    public record Port(PortName port, long[] counters) {
        public long get(PortCounter counter) {
            return counters[counter.ordinal()];
        }
    }

    /// A loop's own counters, by [LoopCounter] ordinal, and its batches, by bucket of
    /// [BatchHistogram].
    ///
    /// @param batchFrames frames of all batches together
    public record Loop(String name, long[] counters, long[] batches, long batchFrames) {
        public long get(LoopCounter counter) {
            return counters[counter.ordinal()];
        }
    }

    /// Reads all counters. From any thread.
    public static Snapshot take(String node, long timeNs, List<PortName> names, List<LoopStatistics> loops) {
        return take(node, timeNs, names, loops, List.of());
    }

    /// The same.
    ///
    /// @param outside what was dropped before a loop saw it: the ports' counters and the drops count, but it is
    ///     shown as no loop
    public static Snapshot take(
            String node, long timeNs, List<PortName> names, List<LoopStatistics> loops, List<LoopStatistics> outside) {
        List<LoopStatistics> all = new ArrayList<>(loops);
        all.addAll(outside);
        List<Port> ports = new ArrayList<>();
        for (PortName name : names) {
            long[] sum = new long[PortCounter.values().length];
            for (LoopStatistics loop : all) {
                PortCounters counters = loop.portOrNull(name.id());
                if (counters != null) {
                    addTo(sum, counters.copy());
                }
            }
            ports.add(new Port(name, sum));
        }
        long[] drops = new long[DropReason.values().length];
        for (LoopStatistics counts : outside) {
            addTo(drops, counts.drops().copy());
        }
        Map<DropReason, LastRefused.Refusal> refused = new EnumMap<>(DropReason.class);
        List<Loop> read = new ArrayList<>();
        Map<List<Long>, long[]> pairs = new HashMap<>();
        long otherFrames = 0;
        long otherBytes = 0;
        for (LoopStatistics loop : loops) {
            addTo(drops, loop.drops().copy());
            for (DropReason reason : DropReason.values()) {
                LastRefused.Refusal last = loop.drops().last().read(reason);
                if (last != null) {
                    refused.merge(reason, last, (a, b) -> a.timeNs() - b.timeNs() >= 0 ? a : b);
                }
            }
            long[] batches = new long[BatchHistogram.BUCKETS];
            for (int i = 0; i < batches.length; i++) {
                batches[i] = loop.batches().count(i);
            }
            read.add(new Loop(
                    loop.name(), loop.counters().copy(), batches, loop.batches().frames()));
            for (TrafficMatrix.Row row : loop.matrix().rows()) {
                long[] sum = pairs.computeIfAbsent(List.of(row.source(), row.destination()), _ -> new long[2]);
                sum[0] += row.frames();
                sum[1] += row.bytes();
            }
            otherFrames += loop.matrix().otherFrames();
            otherBytes += loop.matrix().otherBytes();
        }
        List<TrafficMatrix.Row> matrix = new ArrayList<>();
        pairs.forEach((pair, sum) -> matrix.add(new TrafficMatrix.Row(pair.get(0), pair.get(1), sum[0], sum[1])));
        matrix.sort(Comparator.comparingLong(TrafficMatrix.Row::bytes)
                .reversed()
                .thenComparingLong(TrafficMatrix.Row::source)
                .thenComparingLong(TrafficMatrix.Row::destination));
        return new Snapshot(
                node,
                timeNs,
                ports,
                read,
                drops,
                refused,
                matrix,
                new TrafficMatrix.Row(0, 0, otherFrames, otherBytes));
    }

    private static void addTo(long[] sum, long[] more) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += more[i];
        }
    }

    /// Drops under one reason.
    public long drops(DropReason reason) {
        return drops[reason.ordinal()];
    }

    /// All drops together.
    public long dropsTotal() {
        long sum = 0;
        for (long n : drops) {
            sum += n;
        }
        return sum;
    }

    /// The same port in this snapshot, or null.
    Port find(PortName name) {
        for (Port port : ports) {
            if (port.port().equals(name)) {
                return port;
            }
        }
        return null;
    }
}

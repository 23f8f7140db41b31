package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// The flows that the kernel has, in one map for each direction, and what it has counted of them: added up for the
/// node's counters before an entry goes.
///
/// **Threads:** control's; loops add entries of their own ([FlowOffers]).
final class FlowTables {
    /// A flow by direction and key: outbound or not, both addresses with the origin.
    private record Key(boolean outbound, long addresses, int rest, int origin) {}

    private final Bpf bpf;
    final int outbound;
    final int inbound;
    /// [Programs#opener] of each.
    final int outboundOpener;

    final int inboundOpener;
    private final LoopStatistics statistics = new LoopStatistics("kernel");
    private final Map<Key, long[]> counted = new HashMap<>();
    private final MemorySegment key = Arena.ofAuto().allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment next = Arena.ofAuto().allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment value = Arena.ofAuto().allocate(FlowEntry.VALUE_BYTES, 8);
    private final Set<FastPath.Heard> heard = new HashSet<>();
    private boolean learning;
    private int flows;

    /// Makes the maps.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it
    FlowTables(Bpf bpf) {
        this.bpf = bpf;
        List<Integer> made = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            outbound =
                    made(made, bpf.createMap("vnetp_out", FlowEntry.KEY_BYTES, FlowEntry.VALUE_BYTES, FastPath.FLOWS));
            inbound = made(made, bpf.createMap("vnetp_in", FlowEntry.KEY_BYTES, FlowEntry.VALUE_BYTES, FastPath.FLOWS));
            outboundOpener =
                    made(made, bpf.load("vnetp_open", Programs.opener(outbound).assemble(arena)));
            inboundOpener =
                    made(made, bpf.load("vnetp_open", Programs.opener(inbound).assemble(arena)));
        } catch (PosixException e) {
            made.forEach(bpf::close);
            throw e;
        }
    }

    private static int made(List<Integer> made, int descriptor) {
        made.add(descriptor);
        return descriptor;
    }

    LoopStatistics statistics() {
        return statistics;
    }

    /// Whether somebody asks who is [#heard].
    void learning(boolean on) {
        learning = on;
        if (!on) {
            heard.clear();
        }
    }

    /// Takes all entries out.
    void flush() {
        take(outbound, true);
        take(inbound, false);
        flows = 0;
    }

    private void take(int map, boolean out) {
        // Bounded: while flows are offered there may always be a next one.
        for (int i = 0; i < 2 * FastPath.FLOWS && bpf.nextKey(map, null, key) == 0; i++) {
            if (bpf.remove(map, key, value) == 0) {
                countLast(out);
            }
        }
    }

    private void countLast(boolean out) {
        Key flow = flow(out, key);
        addUp(out, flow);
        counted.remove(flow);
    }

    /// Adds what was counted since the last time to [#statistics].
    void collect() {
        flows = collect(outbound, true) + collect(inbound, false);
    }

    private int collect(int map, boolean out) {
        int found = 0;
        MemorySegment at = null;
        // Bounded: a key that is taken out meanwhile starts the walk anew.
        for (int i = 0; i < 2 * FastPath.FLOWS && bpf.nextKey(map, at, next) == 0; i++) {
            key.copyFrom(next);
            at = key;
            if (bpf.lookup(map, key, value) == 0) {
                addUp(out, flow(out, key));
                found++;
            }
        }
        return found;
    }

    /// Whose frames were carried since this was last asked.
    List<FastPath.Heard> heard() {
        collect();
        List<FastPath.Heard> all = List.copyOf(heard);
        heard.clear();
        return all;
    }

    /// [FastPath#takeBack].
    ///
    /// @param freed told the port of each NIC whose share of the flows has one less
    void takeBack(Map<Long, Integer> ports, IntConsumer freed) {
        BooleanSupplier right = () -> isWhereAddressesAre(ports);
        flows = takeBack(outbound, true, right, freed) + takeBack(inbound, false, right, freed);
    }

    /// [FastPath#takeBack(long, long)].
    void takeBack(long destination, long source, IntConsumer freed) {
        BooleanSupplier others = () -> NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES) != destination
                || NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES + 6) != source;
        flows = takeBack(outbound, true, others, freed) + takeBack(inbound, false, others, freed);
    }

    /// @param stays whether the flow at [#key] and [#value] does
    private int takeBack(int map, boolean out, BooleanSupplier stays, IntConsumer freed) {
        int left = 0;
        boolean more = bpf.nextKey(map, null, next) == 0;
        for (int i = 0; more && i < 2 * FastPath.FLOWS; i++) {
            key.copyFrom(next);
            // Before the key goes, as a walk from a key that is not there begins anew.
            more = bpf.nextKey(map, key, next) == 0;
            if (bpf.lookup(map, key, value) != 0) {
                continue;
            }
            if (stays.getAsBoolean()) {
                left++;
            } else if (bpf.remove(map, key, value) == 0) {
                countLast(out);
                freed.accept(value.get(ValueLayout.JAVA_INT, out ? FlowEntry.FROM : FlowEntry.TO));
            }
        }
        return left;
    }

    private boolean isWhereAddressesAre(Map<Long, Integer> ports) {
        Integer sender = ports.get(NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES + 6));
        if (sender == null || sender != value.get(ValueLayout.JAVA_INT, FlowEntry.FROM)) {
            return false;
        }
        if (value.get(ValueLayout.JAVA_INT, FlowEntry.LEARNED) == 0) {
            return true;
        }
        Integer receiver = ports.get(NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES));
        return receiver != null && receiver == value.get(ValueLayout.JAVA_INT, FlowEntry.TO);
    }

    private static Key flow(boolean out, MemorySegment key) {
        return new Key(
                out,
                key.get(ValueLayout.JAVA_LONG, 0),
                key.get(ValueLayout.JAVA_INT, 8),
                key.get(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN));
    }

    private void addUp(boolean out, Key flow) {
        long[] before = counted.computeIfAbsent(flow, _ -> new long[6]);
        final long frames = since(before, 0, FlowEntry.FRAMES);
        final long bytes = since(before, 1, FlowEntry.BYTES);
        final long errors = since(before, 2, FlowEntry.ERRORS);
        final long superframes = since(before, 3, FlowEntry.SUPERFRAMES);
        final long datagrams = since(before, 4, FlowEntry.DATAGRAMS);
        final long congested = since(before, 5, FlowEntry.CONGESTED);
        if (learning && frames + errors + congested > 0) {
            heard.add(new FastPath.Heard(NetworkOrder.u48(key, 6), value.get(ValueLayout.JAVA_INT, FlowEntry.FROM)));
        }
        PortCounters from = statistics.port(value.get(ValueLayout.JAVA_INT, FlowEntry.FROM));
        PortCounters to = statistics.port(value.get(ValueLayout.JAVA_INT, FlowEntry.TO));
        from.add(PortCounter.FRAMES_IN, frames + errors);
        from.add(PortCounter.BYTES_IN, bytes);
        from.add(PortCounter.SUPERFRAMES_IN, superframes);
        to.add(PortCounter.FRAMES_OUT, frames);
        to.add(PortCounter.BYTES_OUT, bytes);
        to.add(PortCounter.SUPERFRAMES_OUT, superframes);
        to.add(PortCounter.DROPS_OUT, errors);
        if (out) {
            to.add(PortCounter.DATAGRAMS_OUT, datagrams);
        } else {
            from.add(PortCounter.DATAGRAMS_IN, datagrams + congested);
        }
        statistics.drops().add(DropReason.CONGESTION, congested);
        statistics.drops().add(out ? DropReason.LINK_ERROR : DropReason.NIC_ERROR, errors);
        statistics
                .matrix()
                .count(NetworkOrder.u48(key, 6), NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES), frames, bytes);
    }

    private long since(long[] before, int index, int offset) {
        long now = value.get(ValueLayout.JAVA_LONG, offset);
        long more = now - before[index];
        before[index] = now;
        return more;
    }

    /// Entries that there were when this was last looked at.
    int flows() {
        return flows;
    }

    void close() {
        bpf.close(outboundOpener);
        bpf.close(inboundOpener);
        bpf.close(outbound);
        bpf.close(inbound);
    }
}

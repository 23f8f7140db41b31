package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.posix.Bpf;

/// Offers the flows of one loop's frames to the kernel. Called for frames that the node has handled; those of a flow
/// that the kernel has taken come no more, but for the unusual ones. One loop's; allocates nothing.
public final class FlowOffers {
    /// A flow is not offered again within this time, whatever became of it.
    private static final long PAUSE_NS = 10_000_000;

    private static final int REMEMBERED = 256;

    private final FastPath path;
    private final Bpf bpf = new Bpf();
    private final MemorySegment key = Arena.ofAuto().allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment value = Arena.ofAuto().allocate(FlowEntry.VALUE_BYTES, 8);
    private final FlowGates gates;
    private final long[] lastFlow = new long[REMEMBERED];
    private final long[] lastTime = new long[REMEMBERED];

    FlowOffers(FastPath path) {
        this.path = path;
        this.gates = new FlowGates(new KernelEntries(path.tables));
    }

    /// An address that the loop had learned is at another port now: its flows have to come back. Never waits.
    public void moved() {
        path.addressMoved();
    }

    /// Offers the flow of a frame that went from one port to one other port.
    ///
    /// @param learned whether the way is learned, and no rule's
    public void offer(Frame frame, int from, int to, long destination, long source, boolean learned, long nowNs) {
        FastPath.Way in = path.way(from);
        FastPath.Way out = path.way(to);
        if (in == null || out == null || in.nic() == out.nic() || !path.enabled() || MacAddress.isGroup(destination)) {
            return;
        }
        int type = EthernetHeader.type(frame.head(), frame.ethernet());
        if (type == Headers.TYPE_VLAN) {
            // Tagged or not, it is one flow.
            type = EthernetHeader.type(frame.head(), frame.ethernet() + Headers.TAG_LENGTH);
        }
        if (type != EthernetHeader.TYPE_IPV4 && type != EthernetHeader.TYPE_IPV6) {
            return;
        }
        // The kernel hands a guest what is for its NIC as such; what is for machines behind it goes by the node. A
        // virtual machine's TAP takes all.
        if (out.nic() && !out.machine() && out.mac() != destination) {
            return;
        }
        long flow = (destination ^ Long.rotateLeft(source, 24)) + (long) from << 1 | 1;
        int slot = (int) (flow * 0x9E37_79B9_7F4A_7C15L >>> 56);
        if (lastFlow[slot] == flow && nowNs - lastTime[slot] < PAUSE_NS) {
            return;
        }
        lastFlow[slot] = flow;
        lastTime[slot] = nowNs;
        add(in, out, destination, source, learned ? 1 : 0, nowNs);
    }

    private void add(FastPath.Way in, FastPath.Way out, long destination, long source, int learned, long nowNs) {
        FastPath.Way nic = in.nic() ? in : out;
        if (nic.flows().get() >= FastPath.FLOWS_OF_A_NIC) {
            path.refused.incrementAndGet();
            return;
        }
        if (!gates.hasRoom()) {
            // It is offered again.
            return;
        }
        NetworkOrder.put48(key, FlowEntry.KEY_ADDRESSES, destination);
        NetworkOrder.put48(key, FlowEntry.KEY_ADDRESSES + 6, source);
        int result;
        if (in.nic()) {
            key.set(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN, in.port());
            value.copyFrom(out.template());
            value.set(ValueLayout.JAVA_INT, FlowEntry.FROM, in.port());
            value.set(ValueLayout.JAVA_INT, FlowEntry.LEARNED, learned);
            result = bpf.add(path.tables.outbound, key, value);
        } else {
            key.set(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN, in.peer());
            value.fill((byte) 0);
            value.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, out.index());
            value.set(ValueLayout.JAVA_INT, FlowEntry.MACHINE, out.machine() ? 1 : 0);
            value.set(ValueLayout.JAVA_INT, FlowEntry.FROM, in.port());
            value.set(ValueLayout.JAVA_INT, FlowEntry.TO, out.port());
            value.set(ValueLayout.JAVA_INT, FlowEntry.LEARNED, learned);
            result = bpf.add(path.tables.inbound, key, value);
        }
        if (result == 0) {
            nic.flows().incrementAndGet();
            path.offered.incrementAndGet();
            if (in.nic() || gates.hasMuchRoom()) {
                gates.add(in.nic(), key, in.port(), out.port(), 0, nowNs);
            }
        } else if (FastPath.isThere(result)) {
            watch(in, out, nowNs);
        } else {
            path.refused.incrementAndGet();
        }
    }

    /// A frame has come by the node of a flow that the kernel has: it was an unusual one, or the flow is closed.
    private void watch(FastPath.Way in, FastPath.Way out, long nowNs) {
        int map = in.nic() ? path.tables.outbound : path.tables.inbound;
        if (bpf.lookup(map, key, value) == 0) {
            long gate = value.get(ValueLayout.JAVA_LONG, FlowEntry.GATE);
            boolean mayOpen = gate >= 0 && (in.nic() || FlowGates.isSentByKernel(gate));
            if (mayOpen && !gates.has(in.nic(), key)) {
                gates.add(in.nic(), key, in.port(), out.port(), gate, nowNs);
            }
        }
    }

    // --- opening what the kernel has got ---

    /// Whether flows that come in at a port are not carried yet, though the kernel has them: who visits the port calls
    /// [#look] once all that was taken has left.
    public boolean waitAt(int port) {
        return gates.waiting() > 0 && gates.waitAt(port);
    }

    /// Looks whether flows that come in at a port can be opened, and waits some microseconds if so: who calls looks for
    /// frames there once more, and calls [#open].
    public boolean look(int port, long nowNs) {
        boolean ready = gates.look(port, nowNs);
        if (ready) {
            FlowGates.settle();
        }
        return ready;
    }

    /// The ports by which those flows leave: the least after `before`, or -1.
    public int leavesBy(int port, int before) {
        return gates.leavesBy(port, before);
    }

    /// Lets the kernel carry flows that come in at a port.
    ///
    /// @param empty whether there was no frame at the port after [#look], and none is left in the node
    /// @param left  whether what the node has sent to [#leavesBy] has left the kernel too
    public void open(int port, boolean empty, boolean left, long nowNs) {
        long before = gates.hurried();
        gates.open(port, empty, left, nowNs);
        path.hurried.addAndGet(gates.hurried() - before);
    }

    /// The kernel's maps.
    private static final class KernelEntries implements FlowGates.Entries {
        private final FlowTables tables;
        private final Bpf bpf = new Bpf();
        private final MemorySegment value = Arena.ofAuto().allocate(FlowEntry.VALUE_BYTES, 8);
        private final MemorySegment packet = Arena.ofAuto().allocate(Programs.OPENER_BYTES, 8);

        KernelEntries(FlowTables tables) {
            this.tables = tables;
        }

        @Override
        public long gate(boolean outbound, MemorySegment key) {
            int map = outbound ? tables.outbound : tables.inbound;
            return bpf.lookup(map, key, value) == 0 ? value.get(ValueLayout.JAVA_LONG, FlowEntry.GATE) : GONE;
        }

        @Override
        public int open(boolean outbound, MemorySegment key, long seen) {
            MemorySegment.copy(key, 0, packet, Programs.OPENER_KEY, FlowEntry.KEY_BYTES);
            packet.set(ValueLayout.JAVA_LONG, Programs.OPENER_SEEN, seen);
            int told = bpf.run(outbound ? tables.outboundOpener : tables.inboundOpener, packet);
            return told < 0 ? Programs.GONE : told;
        }
    }
}

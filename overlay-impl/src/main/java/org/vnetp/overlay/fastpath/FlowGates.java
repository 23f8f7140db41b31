package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The flows of one loop that the kernel has and does not carry yet, so that none of their frames overtakes one that is
/// still on its way through the node.
///
/// A flow's entry begins closed ([FlowEntry#GATE]): the kernel leaves its frames to the node, and counts them. Who has
/// taken all that there was from a port looks at the count ([#look]), waits for as long as a frame takes from the
/// program that counted it to the node's queue, looks for frames once more, and where there are none opens the flow
/// ([#open]) unless the count is another one now. Inbound flows close again by themselves where the other node goes on
/// sending itself, and are opened when frames come that its kernel has sent.
///
/// However long that takes: what goes by the node is in order. Only a port whose queue is not once found empty, look by
/// look for [#FULL_NS], has more frames than the node can take, so that frames are lost in that queue. Its flows are
/// opened in any case, and counted ([#hurried]).
///
/// **Thread:** the loop's; nothing here allocates or waits but [#settle].
final class FlowGates {
    /// Flows that may be waiting at once; others stay with the node meanwhile.
    static final int MOST = 64;

    /// After so long, and so many looks, without finding its queue empty a port has more frames than the node can take.
    static final long FULL_NS = 1_000_000_000;

    static final int FULL_LOOKS = 1000;

    /// From the program that counted a frame to the queue where the node finds it, or longer.
    private static final long ON_THE_WAY_NS = 5_000;

    /// Between two looks at a flow that the other node's kernel has sent nothing of yet.
    static final long BETWEEN_LOOKS_NS = 1_000_000;

    /// For how long a flow may wait for frames that the kernel has been given and not sent yet: a network card may tell
    /// late, and a link that is always full has some of others. What leaves by one queue stays in order anyway.
    static final long LEAVING_NS = 100_000_000;

    /// After so long without any such frame nobody looks any more, until it is offered again.
    static final long UNCHANGED_NS = 20_000_000;

    /// The flows' entries.
    interface Entries {
        long GONE = Programs.HOWEVER;

        /// What stands at a flow's gate; [#GONE] where there is no such flow.
        long gate(boolean outbound, MemorySegment key);

        /// Opens a flow if `seen` stands at its gate, or in any case where that is [Programs#HOWEVER].
        ///
        /// @return [Programs#OPENED], [Programs#CLOSED] or [Programs#GONE]
        int open(boolean outbound, MemorySegment key, long seen);
    }

    /// A flow that waits.
    private static final class Gate {
        private final MemorySegment key = Arena.ofAuto().allocate(FlowEntry.KEY_BYTES, 8);
        private boolean outbound;
        private int from;
        private int to;
        private long seen;
        private long beganNs;
        /// When its port was last found empty, and looks since then.
        private long emptyNs;
        private int fullLooks;
        private long lookedNs;
        /// Outbound always, as the guest's frames come from its kernel.
        private boolean sentByKernel;
        private boolean ready;

        private void begin(long nowNs) {
            beganNs = nowNs;
            foundEmpty(nowNs);
        }

        private void foundEmpty(long nowNs) {
            emptyNs = nowNs;
            fullLooks = 0;
        }
    }

    private final Entries entries;
    /// Made once; those that wait are the first.
    private final Gate[] gates = new Gate[MOST];
    private int count;
    private long hurried;

    FlowGates(Entries entries) {
        this.entries = entries;
        for (int i = 0; i < MOST; i++) {
            gates[i] = new Gate();
        }
    }

    boolean hasRoom() {
        return count < MOST;
    }

    /// Whether there is room for flows of which it is not known whether they will ever be opened.
    boolean hasMuchRoom() {
        return count < MOST / 2;
    }

    /// Flows that wait.
    int waiting() {
        return count;
    }

    /// Flows that were opened while frames of them may have been on their way through the node.
    long hurried() {
        return hurried;
    }

    boolean has(boolean out, MemorySegment key) {
        return find(out, key) < count;
    }

    private int find(boolean out, MemorySegment key) {
        int at = 0;
        while (at < count && (gates[at].outbound != out || gates[at].key.mismatch(key) >= 0)) {
            at++;
        }
        return at;
    }

    /// Takes note of a flow that is closed: anew where it is known, as it has been taken back and given again.
    ///
    /// @param fromPort the port where its frames come in
    /// @param toPort   the port where they leave
    /// @param gate     what stands at its gate
    void add(boolean out, MemorySegment key, int fromPort, int toPort, long gate, long nowNs) {
        int at = find(out, key);
        if (at == count) {
            count++;
        }
        Gate flow = gates[at];
        flow.key.copyFrom(key);
        flow.outbound = out;
        flow.from = fromPort;
        flow.to = toPort;
        flow.seen = gate;
        flow.begin(nowNs);
        flow.lookedNs = nowNs - BETWEEN_LOOKS_NS;
        flow.sentByKernel = out;
        flow.ready = false;
    }

    /// Whether flows wait that come in at a port.
    boolean waitAt(int port) {
        for (int i = 0; i < count; i++) {
            if (gates[i].from == port) {
                return true;
            }
        }
        return false;
    }

    /// Looks at the flows that come in at a port.
    ///
    /// @return whether [#open] may open one
    boolean look(int port, long nowNs) {
        boolean any = false;
        for (int i = count - 1; i >= 0; i--) {
            Gate flow = gates[i];
            if (flow.from != port) {
                continue;
            }
            flow.ready = false;
            if (flow.sentByKernel || nowNs - flow.lookedNs >= BETWEEN_LOOKS_NS) {
                any |= lookAt(i, nowNs);
            }
        }
        return any;
    }

    private boolean lookAt(int i, long nowNs) {
        Gate flow = gates[i];
        long gate = entries.gate(flow.outbound, flow.key);
        flow.lookedNs = nowNs;
        if (gate < 0) {
            // Gone, or opened by another loop.
            remove(i);
            return false;
        }
        if (!flow.sentByKernel && isSentByKernel(gate)) {
            flow.sentByKernel = true;
            flow.begin(nowNs);
        }
        flow.seen = gate;
        flow.ready = flow.sentByKernel;
        if (!flow.ready && nowNs - flow.beganNs >= UNCHANGED_NS) {
            remove(i);
            return false;
        }
        return flow.ready;
    }

    /// Whether the other node's kernel has sent frames since the flow was closed.
    static boolean isSentByKernel(long gate) {
        return (int) gate != 0;
    }

    /// Waits until what was counted before the last [#look] is where the node finds it.
    static void settle() {
        long until = System.nanoTime() + ON_THE_WAY_NS;
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    /// The port at which frames of the flows that come in at a port leave, and which has to be empty too; -1 where no
    /// flow can be opened, and the next after `before` where there are several.
    int leavesBy(int port, int before) {
        int next = -1;
        for (int i = 0; i < count; i++) {
            Gate flow = gates[i];
            if (flow.from == port && flow.ready && flow.to > before && (next < 0 || flow.to < next)) {
                next = flow.to;
            }
        }
        return next;
    }

    /// Opens flows that come in at a port, which [#look] has looked at.
    ///
    /// @param empty whether there was nothing at the port after that, and none is left in the node
    /// @param left  whether what the node has sent has left the kernel too
    void open(int port, boolean empty, boolean left, long nowNs) {
        for (int i = count - 1; i >= 0; i--) {
            Gate flow = gates[i];
            if (flow.from != port || !flow.ready) {
                continue;
            }
            if (empty) {
                flow.foundEmpty(nowNs);
            } else {
                flow.fullLooks++;
            }
            int told = Programs.CLOSED;
            if (empty && (left || nowNs - flow.beganNs >= LEAVING_NS)) {
                told = entries.open(flow.outbound, flow.key, flow.seen);
            } else if (flow.fullLooks >= FULL_LOOKS && nowNs - flow.emptyNs >= FULL_NS) {
                told = entries.open(flow.outbound, flow.key, Programs.HOWEVER);
                hurried += told == Programs.OPENED ? 1 : 0;
            }
            if (told != Programs.CLOSED) {
                remove(i);
            }
        }
    }

    private void remove(int i) {
        count--;
        Gate free = gates[i];
        gates[i] = gates[count];
        gates[count] = free;
    }
}

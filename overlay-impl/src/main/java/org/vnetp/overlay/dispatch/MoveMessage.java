package org.vnetp.overlay.dispatch;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.frame.NetworkOrder;

/// What nodes say to each other about a flow that moves, beside frames ([org.vnetp.overlay.encap.Messages]).
///
/// A message goes from node to node as a frame of the flow would: **ask** and **mark** from source to
/// destination, **ready** and **done** back. All are of one length, so that nobody gets more back than was
/// sent:
///
/// ```
///  0 move (8)      8 source MAC (6)   14 destination MAC (6)   20 hop limit (1)
/// 21 way (1): 0 the new one, 1 the old   22 number (1): of the ask, or the loop that marks
/// 23 loops that mark (1)   24 nanoseconds (8)   32 frames held (4)   36 flags (4)
/// ```
///
/// All big-endian.
///
/// @param kind    one of the constants
/// @param id      the move; nobody else's, as it was drawn by chance
/// @param way     [#NEW] or [#OLD]
/// @param number  which ask, or which loop marks
/// @param lanes   how many loops mark
/// @param ns      ready: how much later the old way's asks come than the new one's, or [#UNKNOWN]; done: for how
///                long frames were held
/// @param frames  done: frames held
/// @param flags   done: [#TIMED_OUT], [#FULL]
record MoveMessage(
        int kind,
        long id,
        long source,
        long destination,
        int hops,
        int way,
        int number,
        int lanes,
        long ns,
        int frames,
        int flags) {
    /// Asks whether the flow arrives by a way.
    static final int ASK = 8;
    /// It does.
    static final int READY = 9;
    /// The last of the old way's frames of one loop.
    static final int MARK = 10;
    /// The flow has moved; no frame is held any more.
    static final int DONE = 11;

    static final int NEW = 0;
    static final int OLD = 1;

    static final int TIMED_OUT = 1;
    static final int FULL = 2;

    static final long UNKNOWN = -1;

    static final int LENGTH = 40;
    private static final int MOST_HOPS = 16;

    static boolean isOne(int kind) {
        return kind >= ASK && kind <= DONE;
    }

    static MoveMessage ask(long id, long source, long destination, int way, int number) {
        return new MoveMessage(ASK, id, source, destination, MOST_HOPS, way, number, 0, 0, 0, 0);
    }

    static MoveMessage mark(long id, long source, long destination, int lane, int lanes) {
        return new MoveMessage(MARK, id, source, destination, MOST_HOPS, OLD, lane, lanes, 0, 0, 0);
    }

    MoveMessage ready(long differenceNs) {
        return new MoveMessage(READY, id, source, destination, MOST_HOPS, way, number, lanes, differenceNs, 0, 0);
    }

    MoveMessage done(long heldNs, int held, int how) {
        return new MoveMessage(DONE, id, source, destination, MOST_HOPS, way, number, lanes, heldNs, held, how);
    }

    MoveMessage further() {
        return new MoveMessage(kind, id, source, destination, hops - 1, way, number, lanes, ns, frames, flags);
    }

    /// @return null where it is none
    static MoveMessage read(int kind, MemorySegment slab, long at, int length) {
        if (length < LENGTH) {
            return null;
        }
        MoveMessage said = new MoveMessage(
                kind,
                NetworkOrder.i64(slab, at),
                NetworkOrder.u48(slab, at + 8),
                NetworkOrder.u48(slab, at + 14),
                NetworkOrder.u8(slab, at + 20),
                NetworkOrder.u8(slab, at + 21),
                NetworkOrder.u8(slab, at + 22),
                NetworkOrder.u8(slab, at + 23),
                NetworkOrder.i64(slab, at + 24),
                NetworkOrder.i32(slab, at + 32),
                NetworkOrder.i32(slab, at + 36));
        boolean sound = said.hops <= MOST_HOPS
                && said.way <= OLD
                && !MacAddress.isGroup(said.source)
                && !MacAddress.isGroup(said.destination)
                && (kind != MARK || said.lanes >= 1 && said.lanes <= Long.SIZE && said.number < said.lanes);
        return sound ? said : null;
    }

    void write(MemorySegment to) {
        NetworkOrder.put64(to, 0, id);
        NetworkOrder.put48(to, 8, source);
        NetworkOrder.put48(to, 14, destination);
        NetworkOrder.put8(to, 20, hops);
        NetworkOrder.put8(to, 21, way);
        NetworkOrder.put8(to, 22, number);
        NetworkOrder.put8(to, 23, lanes);
        NetworkOrder.put64(to, 24, ns);
        NetworkOrder.put32(to, 32, frames);
        NetworkOrder.put32(to, 36, flags);
    }
}

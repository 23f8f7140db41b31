package org.vnetp.overlay.dispatch;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What the loops of a node know together of flows that move from one way to another.
///
/// The node where the flow's way changes asks by both ways. Where the two ways meet again, the asks come by two
/// links: that node holds frames of the flow that come by the new way until the marks have come by the old one, and
/// then lets them go in the order in which they came. How much later the old way's asks come tells for how long
/// frames have to be held; they are not held much longer.
///
/// **Threads:** any. Nothing here is asked for a frame, but for a message only.
public final class Moves {
    /// Flows of others that may be moving, or have moved, at once.
    private static final int MOST = 64;

    private static final long FORGOTTEN_NS = 30_000_000_000L;

    /// A move that nobody has gone on with for so long goes on no more.
    static final long ABANDONED_NS = 10_000_000_000L;

    /// Frames are held for no longer than this.
    static final long MOST_HELD_NS = 1_000_000_000L;

    /// For what loops and queues add to the ways' difference.
    private static final long LEAST_HELD_NS = 50_000_000L;

    private static final int DIFFERENCES = 4;
    private static final int NOWHERE = -1;
    private static final int ASKS = 256;

    private final Map<Long, Seen> seen = new LinkedHashMap<>();
    private final Map<Integer, LoopParts> readers = new ConcurrentHashMap<>();
    private volatile Arming arming = (_, _, then) -> then.run();
    private volatile FlowMove own;
    private volatile boolean holding = true;

    /// Who has something to do before frames of a flow are held.
    @FunctionalInterface
    public interface Arming {
        /// Must not wait.
        ///
        /// @param then to be run after that
        void arm(long destination, long source, Runnable then);
    }

    /// A flow whose asks have come here.
    static final class Seen {
        final long id;
        final long source;
        final long destination;
        private final long[] newNs = new long[ASKS];
        private final long[] oldNs = new long[ASKS];
        private int newPort = NOWHERE;
        private int oldPort = NOWHERE;
        private long differenceNs = MoveMessage.UNKNOWN;
        private long marked;
        private long heardNs;
        private boolean armed;
        private boolean ready;
        private MoveMessage done;

        Seen(MoveMessage first) {
            id = first.id();
            source = first.source();
            destination = first.destination();
            Arrays.fill(newNs, -1);
            Arrays.fill(oldNs, -1);
        }

        synchronized int newPort() {
            return newPort;
        }

        synchronized long differenceNs() {
            return differenceNs;
        }

        /// For how long frames may wait for the marks.
        synchronized long mostHeldNs() {
            return differenceNs == MoveMessage.UNKNOWN
                    ? MOST_HELD_NS
                    : Math.min(MOST_HELD_NS, LEAST_HELD_NS + DIFFERENCES * differenceNs);
        }

        synchronized long heardNs() {
            return heardNs;
        }

        /// An ask has come.
        ///
        /// @return whether frames are to be held here from now on
        synchronized boolean onAsk(MoveMessage ask, int port, long nowNs) {
            heardNs = nowNs;
            long[] times = ask.way() == MoveMessage.NEW ? newNs : oldNs;
            if (times[ask.number()] < 0) {
                times[ask.number()] = nowNs;
            }
            if (ask.way() == MoveMessage.NEW) {
                newPort = port;
            } else {
                oldPort = port;
            }
            if (newNs[ask.number()] >= 0 && oldNs[ask.number()] >= 0) {
                differenceNs = Math.max(differenceNs, Math.max(0, oldNs[ask.number()] - newNs[ask.number()]));
            }
            boolean meets = newPort != NOWHERE && oldPort != NOWHERE && newPort != oldPort;
            boolean arm = meets && !armed && done == null;
            armed |= arm;
            return arm;
        }

        /// Frames are held from now on.
        synchronized void ready() {
            ready = true;
        }

        /// Whether asks may be answered. Not from the time when frames are to be held to that when they are: who asks
        /// would swap the ways too early, and asks again.
        synchronized boolean answers() {
            return !armed || ready;
        }

        /// A mark has come by a link.
        ///
        /// @return whether frames are held here, or were, so that the mark goes no further
        synchronized boolean onMark(MoveMessage mark, int port, long nowNs) {
            heardNs = nowNs;
            if (!armed || port != oldPort) {
                return false;
            }
            marked |= 1L << mark.number();
            return true;
        }

        synchronized boolean allMarked(int lanes) {
            return marked == (lanes == Long.SIZE ? -1L : (1L << lanes) - 1);
        }

        /// Whether frames are held here, or may be.
        synchronized boolean holds() {
            return armed && done == null;
        }

        /// Nothing is held any more.
        synchronized void over(MoveMessage told) {
            done = told;
        }

        /// What was told when nothing was held any more; null before.
        synchronized MoveMessage done() {
            return done;
        }
    }

    // --- control's side ---

    /// Who may have to do something before frames of a flow are held: it is given what follows, and must not wait.
    public void arming(Arming first) {
        arming = first;
    }

    /// What this node moves itself from now on; null: nothing.
    public void own(FlowMove move) {
        own = move;
    }

    /// Whether frames are held at all. For tests that show what happens where they are not.
    public void holding(boolean on) {
        holding = on;
    }

    // --- the loops' ---

    boolean holding() {
        return holding;
    }

    void reads(int port, LoopParts loop) {
        readers.put(port, loop);
    }

    void readsNoMore(int port, LoopParts loop) {
        readers.remove(port, loop);
    }

    /// The loop that receives from a link, or null.
    LoopParts reader(int port) {
        return readers.get(port);
    }

    void arm(Seen flow, Runnable then) {
        arming.arm(flow.destination, flow.source, then);
    }

    /// What is known of the flow that a message is about; null where too many move.
    synchronized Seen seen(MoveMessage message, long nowNs) {
        Seen known = seen.get(message.id());
        if (known == null) {
            if (seen.size() == MOST && !forgetOne(nowNs)) {
                return null;
            }
            known = new Seen(message);
            seen.put(message.id(), known);
        }
        return known;
    }

    /// Makes room: the eldest goes for which nothing is held here, or was last heard of long ago.
    private boolean forgetOne(long nowNs) {
        for (Seen each : seen.values()) {
            if (!each.holds() || nowNs - each.heardNs() >= FORGOTTEN_NS) {
                seen.remove(each.id);
                return true;
            }
        }
        return false;
    }

    /// The same, where it has been heard of.
    synchronized Seen known(long id) {
        return seen.get(id);
    }

    /// Gives an answer to who asked, where that is this node.
    boolean isOwn(MoveMessage answer, long nowNs) {
        FlowMove move = own;
        if (move == null || move.id() != answer.id()) {
            return false;
        }
        move.onAnswer(answer, nowNs);
        return true;
    }
}

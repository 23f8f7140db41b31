package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.route.Destinations;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;

/// One loop's part of moving flows: passes on what is said about them, and holds frames ([Moves]).
///
/// While no flow moves a frame costs one look at [#active]. All methods belong to the loop's thread.
final class LoopMoves {
    /// Flows whose frames this loop may hold at once.
    private static final int MOST_HOLDS = 16;

    /// So many held frames are let go at once; then who gets them may run.
    private static final int GIVE_WAY_FRAMES = 48;

    /// A flow whose frames are held, or will be once the first comes.
    private static final class Hold {
        private final Moves.Seen seen;
        private final int port;
        private final HeldFrames frames;
        private long firstNs;
        /// When a frame came by the old way last while others are held; before that, [#firstNs].
        private long oldWayNs;

        Hold(Moves.Seen seen, HeldMemory memory) {
            this.seen = seen;
            this.port = seen.newPort();
            this.frames = new HeldFrames(memory);
        }
    }

    private final Ports ports;
    private final LoopCounters counters;
    private final MemorySegment bytes = Arena.ofAuto().allocate(MoveMessage.LENGTH, 8);
    private final Frame frame = new Frame(Arena.ofAuto(), 1);
    private Moves moves = new Moves();
    private Hold[] holds = {};
    // Null before the first flow moves.
    private HeldMemory memory;

    LoopMoves(Ports ports, LoopCounters counters) {
        this.ports = ports;
        this.counters = counters;
    }

    /// What the node's loops know together.
    void moves(Moves nodes) {
        moves = nodes;
    }

    Moves moves() {
        return moves;
    }

    /// Whether frames may be held.
    boolean active() {
        return holds.length > 0;
    }

    // --- frames ---

    /// Keeps a frame that must not go on yet.
    ///
    /// @return false where it may go on
    boolean holds(Frame candidate, int port, long nowNs) {
        for (Hold hold : holds) {
            if (candidate.destination() == hold.seen.destination && candidate.source() == hold.seen.source) {
                if (hold.port == port) {
                    return keep(hold, candidate, nowNs);
                }
                hold.oldWayNs = nowNs;
            }
        }
        return false;
    }

    private boolean keep(Hold hold, Frame candidate, long nowNs) {
        if (hold.frames.frames() == 0) {
            hold.firstNs = nowNs;
            hold.oldWayNs = nowNs;
        }
        if (hold.frames.add(candidate)) {
            counters.increment(LoopCounter.MOVE_HELD_FRAMES);
            return true;
        }
        counters.increment(LoopCounter.MOVE_FULL);
        release(hold, MoveMessage.FULL, nowNs);
        return false;
    }

    /// Lets go what has been held too long. While frames come by the old way its end is still to come: somewhere they
    /// wait in a queue, which was shorter when the ways were compared.
    void attend(long nowNs) {
        for (Hold hold : holds) {
            if (hold.frames.frames() > 0) {
                if (nowNs - hold.oldWayNs >= hold.seen.mostHeldNs() || nowNs - hold.firstNs >= Moves.MOST_HELD_NS) {
                    counters.increment(LoopCounter.MOVE_TIMEOUTS);
                    release(hold, MoveMessage.TIMED_OUT, nowNs);
                }
            } else if (nowNs - hold.seen.heardNs() >= Moves.ABANDONED_NS) {
                remove(hold);
            }
        }
    }

    private void release(Hold hold, int how, long nowNs) {
        remove(hold);
        LinkPort port = ports.link(hold.port);
        int released = 0;
        if (port == null) {
            ports.drops().add(DropReason.PORT_DOWN, hold.frames.frames());
        }
        while (port != null && hold.frames.take(frame)) {
            ports.cross(frame, port.id, port.counters, true, nowNs);
            if (++released % GIVE_WAY_FRAMES == 0) {
                ports.endVisit();
                ports.giveWay();
            }
        }
        ports.endVisit();
        int frames = hold.frames.frames();
        hold.frames.clear();
        MoveMessage mark = MoveMessage.mark(hold.seen.id, hold.seen.source, hold.seen.destination, 0, 1);
        MoveMessage done = mark.done(frames == 0 ? 0 : nowNs - hold.firstNs, frames, how);
        hold.seen.over(done);
        answer(done, hold.port);
    }

    /// Gives up what is held, as the loop ends.
    void discard() {
        for (Hold hold : holds) {
            ports.drops().add(DropReason.PORT_DOWN, hold.frames.frames());
            hold.frames.clear();
        }
        holds = new Hold[0];
    }

    private void remove(Hold hold) {
        holds = Arrays.stream(holds).filter(each -> each != hold).toArray(Hold[]::new);
    }

    private void install(Moves.Seen seen) {
        if (holds.length < MOST_HOLDS && seen.done() == null) {
            if (memory == null) {
                memory = new HeldMemory();
            }
            holds = Arrays.copyOf(holds, holds.length + 1);
            holds[holds.length - 1] = new Hold(seen, memory);
        }
    }

    private void release(Moves.Seen seen, long nowNs) {
        for (Hold hold : holds) {
            if (hold.seen == seen) {
                release(hold, 0, nowNs);
                return;
            }
        }
        if (seen.done() == null) {
            // The marks were faster than what had to be done before frames are held.
            seen.over(MoveMessage.mark(seen.id, seen.source, seen.destination, 0, 1)
                    .done(0, 0, 0));
        }
        answer(seen.done(), seen.newPort());
    }

    // --- messages ---

    /// Handles what has come by a link, after all frames that came before.
    void handle(LinkPort port, long nowNs) {
        MoveInbox inbox = port.moved;
        for (int i = 0; i < inbox.count(); i++) {
            MoveMessage message = inbox.get(i);
            switch (message.kind()) {
                case MoveMessage.ASK -> onAsk(message, port.id, nowNs);
                case MoveMessage.MARK -> onMark(message, port.id, nowNs);
                default -> {
                    if (!moves.isOwn(message, nowNs)) {
                        passOn(message, next(port.id, message.source(), message.destination()));
                    }
                }
            }
        }
        inbox.clear();
    }

    private void onAsk(MoveMessage ask, int port, long nowNs) {
        int next = next(port, ask.destination(), ask.source());
        Moves.Seen seen = next < 0 ? null : moves.seen(ask, nowNs);
        if (seen == null) {
            // No way on that a single flow takes, or too many move: who asks gets no answer.
            return;
        }
        boolean arms = seen.onAsk(ask, port, nowNs);
        if (!moves.holding() || !arms) {
            if (!moves.holding() || seen.answers()) {
                goOn(ask, seen, port, next);
            }
            return;
        }
        LoopParts holder = moves.reader(seen.newPort());
        if (holder != null) {
            moves.arm(
                    seen,
                    () -> holder.execute(() -> {
                        LoopMoves there = holder.ports().moves();
                        there.install(seen);
                        seen.ready();
                        there.goOn(ask, seen, port, next);
                    }));
        }
    }

    private void goOn(MoveMessage ask, Moves.Seen seen, int port, int next) {
        if (ports.link(next) != null) {
            passOn(ask, next);
        } else {
            answer(ask.ready(seen.differenceNs()), port);
        }
    }

    private void onMark(MoveMessage mark, int port, long nowNs) {
        Moves.Seen seen = moves.known(mark.id());
        if (seen != null && seen.onMark(mark, port, nowNs)) {
            LoopParts holder = seen.allMarked(mark.lanes()) ? moves.reader(seen.newPort()) : null;
            if (holder == null) {
                return;
            }
            LoopMoves there = holder.ports().moves();
            if (there == this) {
                release(seen, nowNs);
            } else {
                holder.execute(() -> there.release(seen, holder.nowNs()));
            }
            return;
        }
        int next = next(port, mark.destination(), mark.source());
        if (next >= 0 && ports.link(next) != null) {
            passOn(mark, next);
        } else if (next >= 0) {
            answer(mark.done(0, 0, 0), port);
        }
    }

    /// The one port to which frames of a flow go that came by a port, or -1.
    private int next(int port, long destination, long source) {
        Destinations to = ports.forwarder().lookup(port, destination, source);
        return to.count() == 1 ? to.port(0) : -1;
    }

    /// Sends back to a flow's source by the link by which the flow comes, and where its destination's frames go by
    /// another one, by that too: the one or the other may be dead, and who gets both takes the first.
    private void answer(MoveMessage message, int cameBy) {
        say(cameBy, message);
        int from = next(cameBy, message.destination(), message.source());
        int back = next(from, message.source(), message.destination());
        if (back != cameBy) {
            say(back, message);
        }
    }

    private void passOn(MoveMessage message, int to) {
        if (message.hops() > 1) {
            say(to, message.further());
        }
    }

    /// Sends a message by a link, unless that is down or full: who wants an answer asks again.
    void say(int to, MoveMessage message) {
        LinkPort link = ports.link(to);
        if (link != null) {
            message.write(bytes);
            ports.talk().say(link, message.kind(), bytes.address(), MoveMessage.LENGTH);
        }
    }
}

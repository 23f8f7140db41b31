package org.vnetp.overlay.dispatch;

/// A flow that this node moves from one link to another: asks by both, has the loops swap and mark, and hears what
/// the node tells where the two ways meet. Who drives it calls [#askOn] and [#markOn] for the loops, again and again
/// until there is an answer, as any message may be lost.
///
/// **Threads:** any.
public final class FlowMove {
    private static final int ASKS = 256;
    private static final long NOT_YET = -1;

    private final long id;
    private final long source;
    private final long destination;
    private final int oldPort;
    private final int newPort;
    private final Runnable attention;
    private final long[] askedNs = new long[ASKS];
    private int asks;
    private long newWayNs = NOT_YET;
    private long oldWayNs = NOT_YET;
    private long differenceNs = NOT_YET;
    private MoveMessage done;

    /// @param id        drawn by chance
    /// @param oldPort   the link by which the flow goes now, or -1
    /// @param newPort   the link by which it is to go
    /// @param attention told, by a loop, that an answer has come; must not wait
    public FlowMove(long id, long source, long destination, int oldPort, int newPort, Runnable attention) {
        this.id = id;
        this.source = source;
        this.destination = destination;
        this.oldPort = oldPort;
        this.newPort = newPort;
        this.attention = attention;
    }

    long id() {
        return id;
    }

    public int oldPort() {
        return oldPort;
    }

    public int newPort() {
        return newPort;
    }

    /// Counts an ask that is about to be sent by both ways.
    ///
    /// @return its number
    public synchronized int nextAsk(long nowNs) {
        int number = Math.min(asks, ASKS - 1);
        askedNs[number] = nowNs;
        asks++;
        return number;
    }

    /// Asks by one way; on the thread of a loop.
    public void askOn(DispatchLoop loop, boolean old, int number) {
        loop.ports()
                .moves()
                .say(
                        old ? oldPort : newPort,
                        MoveMessage.ask(id, source, destination, old ? MoveMessage.OLD : MoveMessage.NEW, number));
    }

    /// Marks the end of what a loop has sent by the old way; on its thread.
    public void markOn(DispatchLoop loop, int lane, int lanes) {
        loop.ports().moves().say(oldPort, MoveMessage.mark(id, source, destination, lane, lanes));
    }

    void onAnswer(MoveMessage answer, long nowNs) {
        synchronized (this) {
            if (answer.kind() == MoveMessage.DONE) {
                if (done == null) {
                    done = answer;
                }
            } else if (answer.number() < asks) {
                long ns = nowNs - askedNs[answer.number()];
                differenceNs = Math.max(differenceNs, answer.ns());
                if (answer.way() == MoveMessage.NEW && newWayNs == NOT_YET) {
                    newWayNs = ns;
                } else if (answer.way() == MoveMessage.OLD && oldWayNs == NOT_YET) {
                    oldWayNs = ns;
                }
            }
        }
        attention.run();
    }

    /// There and back by the new way, nanoseconds; -1 while nothing has come back.
    public synchronized long newWayNs() {
        return newWayNs;
    }

    /// The same of the old one.
    public synchronized long oldWayNs() {
        return oldWayNs;
    }

    /// How much longer the old way takes, nanoseconds; -1 where it is not known.
    public synchronized long differenceNs() {
        return differenceNs;
    }

    /// Whether the far end has told that no frame is held any more.
    public synchronized boolean done() {
        return done != null;
    }

    /// Frames that were held.
    public synchronized int heldFrames() {
        return done == null ? 0 : done.frames();
    }

    /// For how long, nanoseconds.
    public synchronized long heldNs() {
        return done == null ? 0 : done.ns();
    }

    /// Whether frames were let go before the marks had come.
    public synchronized boolean letGoEarly() {
        return done != null && done.flags() != 0;
    }
}

package org.vnetp.overlay;

/// Sees to it that a link is not silent for too long, so that NATs and firewalls on the way keep the way back open, and
/// notices when nothing comes back. It looks at the link's counters twice an interval, so that sending costs nothing.
///
/// **Thread:** control's, one at a time.
final class Keepalive {
    /// So many looks in a row after which nothing had come although something was sent: two intervals.
    private static final int DEAF = 4;

    /// So many, and the peer is asked for something, as it may just have had nothing to send.
    private static final int ASKS = 2;

    private final long halfNs;
    private long nextNs;
    private long sentBefore;
    private long receivedBefore;
    private int deaf;
    private long said;

    /// What is due.
    enum Due {
        NOTHING,
        /// Nothing was sent for half an interval or more, or nothing came: something that is answered must be sent.
        SAY,
        /// The same, and nothing has come back for two intervals: the peer may have forgotten this node.
        DOUBT
    }

    /// @param everyNs after so long without a datagram one is sent
    Keepalive(long everyNs, long nowNs) {
        this.halfNs = everyNs / 2;
        this.nextNs = nowNs + halfNs;
    }

    /// What is due now.
    ///
    /// @param sent     datagrams sent on the link so far
    /// @param received datagrams received
    Due look(long nowNs, long sent, long received) {
        if (nowNs - nextNs < 0) {
            return Due.NOTHING;
        }
        nextNs = nowNs + halfNs;
        boolean silent = sent == sentBefore;
        deaf = received == receivedBefore && (!silent || deaf > 0) ? deaf + 1 : 0;
        sentBefore = sent;
        receivedBefore = received;
        if (deaf >= DEAF) {
            deaf = 0;
            said++;
            return Due.DOUBT;
        }
        if (silent || deaf == ASKS) {
            said++;
            return Due.SAY;
        }
        return Due.NOTHING;
    }

    /// Nanoseconds until the next look.
    long dueIn(long nowNs) {
        return Math.max(0, nextNs - nowNs);
    }

    /// How often something was due.
    long said() {
        return said;
    }
}

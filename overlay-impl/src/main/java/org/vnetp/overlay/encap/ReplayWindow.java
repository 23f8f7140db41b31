package org.vnetp.overlay.encap;

import java.util.Arrays;

/// Which sequence numbers of one sender's lane have been seen: a sliding bitmap as of RFC 4303, 3.4.3, over
/// 32-bit serial numbers, for each of the last two epochs.
///
/// A sender that restarts begins a new epoch, which gets a window of its own at once; the one used longest ago
/// makes room. So the datagrams of the life before stay known, and a datagram whose epoch was corrupted on the
/// way costs the living one nothing. Within an epoch a number far ahead or far behind is believed only after a
/// run of such numbers, as RFC 3550, A.1 does: it may be a corrupted one, or a sender that restarted with the
/// same epoch.
final class ReplayWindow {
    /// How far behind the newest number one is still told from a replay.
    static final int SIZE = 4096;

    /// A number further ahead than this needs a run behind it.
    static final int MAX_JUMP = 1 << 17;

    /// So many numbers in a row that look too old are a restarted sender, not replays.
    static final int RESYNC_RUN = 128;

    /// So many in a row that are far ahead are a sender whose datagrams were lost for long.
    static final int AHEAD_RUN = 3;

    private Generation current = new Generation();
    private Generation other = new Generation();

    /// True when the number is new; it is then marked as seen.
    boolean accept(int epoch, int sequence) {
        if (current.epoch != epoch) {
            Generation older = current;
            current = other;
            other = older;
            if (current.epoch != epoch) {
                current.epoch = epoch;
                current.restart(sequence);
                return true;
            }
        }
        return current.accept(sequence);
    }

    /// The window of one epoch.
    private static final class Generation {
        private final long[] seen = new long[SIZE / 64];
        private int epoch = -1;
        private int newest;
        private int run;
        private int runNext;

        boolean accept(int sequence) {
            int ahead = sequence - newest;
            if (ahead == 1) {
                newest = sequence;
                run = 0;
                int word = sequence >>> 6 & SIZE / 64 - 1;
                long bit = 1L << sequence;
                // Entering a word: what it says is 4096 numbers old.
                seen[word] = (sequence & 63) == 0 ? bit : seen[word] | bit;
                return true;
            }
            return acceptOutOfOrder(sequence, ahead);
        }

        private boolean acceptOutOfOrder(int sequence, int ahead) {
            if (ahead > MAX_JUMP) {
                return resynchronised(sequence, AHEAD_RUN);
            }
            if (ahead > 0) {
                forget(ahead);
                newest = sequence;
                run = 0;
                mark(sequence);
                return true;
            }
            // The newest number's word is partly of this turn, so the window is a word shorter than the bitmap.
            if (ahead > -(SIZE - 64)) {
                long bit = 1L << sequence;
                int word = sequence >>> 6 & SIZE / 64 - 1;
                if ((seen[word] & bit) != 0) {
                    return false;
                }
                seen[word] |= bit;
                return true;
            }
            return resynchronised(sequence, RESYNC_RUN);
        }

        private boolean resynchronised(int sequence, int needed) {
            run = sequence == runNext ? run + 1 : 1;
            runNext = sequence + 1;
            if (run < needed) {
                return false;
            }
            restart(sequence);
            return true;
        }

        private void forget(int ahead) {
            if (ahead >= SIZE - 64) {
                Arrays.fill(seen, 0);
                return;
            }
            int words = (newest + ahead >>> 6) - (newest >>> 6) & SIZE / 64 - 1;
            int word = newest >>> 6;
            for (int i = 1; i <= words; i++) {
                seen[word + i & SIZE / 64 - 1] = 0;
            }
        }

        private void mark(int sequence) {
            seen[sequence >>> 6 & SIZE / 64 - 1] |= 1L << sequence;
        }

        private void restart(int sequence) {
            Arrays.fill(seen, 0);
            newest = sequence;
            run = 0;
            mark(sequence);
        }
    }
}

package org.vnetp.overlay.encap;

import java.util.Arrays;

/// Which sequence numbers of one sender's lane have been seen: a sliding bitmap as of RFC 4303, 3.4.3, over
/// 32-bit
/// serial numbers.
///
/// A sender that restarts begins a new epoch, which resets the window. Where the new epoch happens to be the
/// old one, a
/// run of
/// numbers that all look too old ends in a resynchronisation, as RFC 3550, A.1 does for restarted sources.
final class ReplayWindow {
    /// How far behind the newest number one is still told from a replay.
    static final int SIZE = 4096;

    /// So many numbers in a row that look too old are a restarted sender, not replays.
    static final int RESYNC_RUN = 128;

    /// A datagram of the epoch before is refused so long after the change; later it is a sender that came back.
    static final long OLD_EPOCH_NS = 3_000_000_000L;

    private final long[] seen = new long[SIZE / 64];
    private boolean started;
    private int epoch;
    private int previousEpoch = -1;
    private long epochSinceNs;
    private int newest;
    private int tooOldRun;
    private int tooOldNext;

    /// True when the number is new; it is then marked as seen.
    boolean accept(int datagramEpoch, int sequence, long nowNs) {
        if (datagramEpoch != epoch || !started) {
            if (started && datagramEpoch == previousEpoch && nowNs - epochSinceNs < OLD_EPOCH_NS) {
                return false;
            }
            previousEpoch = started ? epoch : -1;
            epoch = datagramEpoch;
            epochSinceNs = nowNs;
            restart(sequence);
            return true;
        }
        int ahead = sequence - newest;
        if (ahead == 1) {
            newest = sequence;
            tooOldRun = 0;
            int word = sequence >>> 6 & SIZE / 64 - 1;
            long bit = 1L << sequence;
            // Entering a word: what it says is 4096 numbers old.
            seen[word] = (sequence & 63) == 0 ? bit : seen[word] | bit;
            return true;
        }
        return acceptOutOfOrder(sequence, ahead);
    }

    private boolean acceptOutOfOrder(int sequence, int ahead) {
        if (ahead > 0) {
            forget(ahead);
            newest = sequence;
            tooOldRun = 0;
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
        tooOldRun = sequence == tooOldNext ? tooOldRun + 1 : 1;
        tooOldNext = sequence + 1;
        if (tooOldRun >= RESYNC_RUN) {
            restart(sequence);
            return true;
        }
        return false;
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
        started = true;
        newest = sequence;
        tooOldRun = 0;
        mark(sequence);
    }
}

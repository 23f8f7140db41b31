package org.vnetp.overlay.seal;

import java.util.Arrays;

/// Which numbers of one lane, under one key, have been opened: a sliding bitmap as of RFC 6479. Unlike
/// [org.vnetp.overlay.encap.ReplayWindow] it believes no number that is behind, however many come: a sender
/// that starts anew has new keys.
///
/// A number is looked at ([#mayBeNew]) before its datagram is opened, and marked ([#mark]) after: one that does
/// not open moves nothing. One loop's.
final class StrictWindow {
    /// Numbers that are told from replays, the newest included.
    static final int SIZE = 8192;

    /// A sender's numbers go with its clock ([org.vnetp.overlay.encap.DatagramNumbers]), 2^23 a second, and
    /// keys end after minutes: what is further ahead is no sender's.
    static final long MOST_AHEAD = 1L << 33;

    private static final int WORDS = SIZE / 64 + 1;
    private static final int ROOM = Integer.highestOneBit(WORDS) << 1;
    private static final long NONE = -1;

    private final long[] seen = new long[ROOM];
    private long newest = NONE;

    /// Whether the number has not been marked, as far as is known: false for one that is too old to tell.
    boolean mayBeNew(long number) {
        long ahead = number - newest;
        if (ahead > 0) {
            return ahead <= MOST_AHEAD || newest == NONE;
        }
        return ahead > -SIZE && (seen[(int) (number >>> 6) & ROOM - 1] & 1L << number) == 0;
    }

    /// Whether the number is newer than all that have been marked.
    boolean isAhead(long number) {
        return number > newest;
    }

    /// Marks a number for which [#mayBeNew] is true.
    void mark(long number) {
        if (number > newest) {
            long words = (number >>> 6) - (newest >>> 6);
            if (words > 0) {
                if (newest == NONE || words >= ROOM) {
                    Arrays.fill(seen, 0);
                } else {
                    for (long word = (newest >>> 6) + 1; word <= number >>> 6; word++) {
                        seen[(int) word & ROOM - 1] = 0;
                    }
                }
            }
            newest = number;
        }
        seen[(int) (number >>> 6) & ROOM - 1] |= 1L << number;
    }
}

package org.vnetp.overlay.encap;

import java.util.Arrays;

/// Which datagram numbers of one sender's lane have been seen: a sliding bitmap as of RFC 4303, 3.4.3, over the
/// 55-bit serial numbers of [VnetHeader].
///
/// A sender that starts anew begins far ahead of all that it ever sent, as its numbers begin with the time of day
/// ([DatagramNumbers]). So a number ahead is believed at once, however far ahead it is, and one behind is a replay,
/// from however many lives ago. Only a sender whose clock was set back meanwhile is behind too: it is told
/// ([#behind]).
///
/// A number that was corrupted on the way may be far ahead as well. It gets a window of its own, and the one before
/// goes on beside it: if datagrams go on to come there, that one was the living one, and it is believed again. So a
/// corrupted datagram costs the living sender nothing.
final class ReplayWindow {
    /// How far behind the newest number one is still told from a replay.
    static final int SIZE = 4096;

    /// A number further ahead than this gets a window of its own.
    static final int MAX_JUMP = 1 << 17;

    /// So many new numbers of the window before, and none of the present one, show that it is the living one.
    static final int RETURN_RUN = 8;

    /// So many refusals in a row are no longer copies that the network made of single datagrams.
    static final int REFUSED_RUN = 16;

    private static final int NEW = 0;
    private static final int SEEN = 1;
    private static final int FAR = 2;

    private final LaneCount count = new LaneCount();
    private Life current = new Life();
    private Life other = new Life();

    // Runs are told by the present window's newest number, which stands still as long as they last: so the straight
    // way has nothing to reset.
    private int otherRun;
    private long otherSince;
    private int refusedRun;
    private long refusedSince;
    private boolean behind;

    /// True when the number is new; it is then marked as seen.
    ///
    /// @param number 55 bits
    boolean accept(long number) {
        return current.follows(number) || acceptOutOfOrder(number);
    }

    /// How far a number is ahead of another; negative: behind. Serial numbers of 55 bits (RFC 1982).
    static long ahead(long number, long of) {
        return number - of << VnetHeader.INDEX_BITS >> VnetHeader.INDEX_BITS;
    }

    /// Whether the number just refused looks like one of a sender that lives, but counts from a time that is past.
    boolean behind() {
        return behind;
    }

    /// The newest number of the sender's present life.
    long newest() {
        return current.newest;
    }

    private boolean acceptOutOfOrder(long number) {
        long ahead = ahead(number, current.newest);
        int verdict = current.judge(number);
        if (verdict == NEW) {
            count(ahead);
            return true;
        }
        if (verdict == FAR) {
            verdict = judgeByOther(number);
            if (verdict == NEW) {
                return true;
            }
        }
        if (verdict == FAR && (!current.used || ahead(number, current.newest) > 0)) {
            begin(number);
            return true;
        }
        refusedRun = refusedSince == current.newest ? refusedRun + 1 : 1;
        refusedSince = current.newest;
        behind = verdict == FAR || refusedRun >= REFUSED_RUN;
        return false;
    }

    private void count(long ahead) {
        if (ahead > 1) {
            count.skip(ahead);
        } else if (ahead < 0) {
            count.late(-ahead);
        }
    }

    /// What the numbers tell of the way.
    LaneCount count() {
        return count;
    }

    /// Datagrams that the sender has sent, as far as its numbers tell.
    long expected() {
        return count.expected(current.newest);
    }

    private int judgeByOther(long number) {
        long newest = other.newest;
        int verdict = other.judge(number);
        if (verdict == NEW && ahead(number, newest) > 0) {
            otherRun = otherLasts() ? otherRun + 1 : 1;
            otherSince = current.newest;
            if (otherRun >= RETURN_RUN) {
                swap();
                count.begin(other.newest, current.newest);
            }
        }
        return verdict;
    }

    private boolean otherLasts() {
        return otherRun > 0 && otherSince == current.newest;
    }

    /// A new life; the one that was heard of last stays known.
    private void begin(long number) {
        final long before = current.newest;
        if (!otherLasts()) {
            swap();
        }
        current.restart(number);
        count.begin(before, number);
        otherRun = 0;
    }

    private void swap() {
        Life before = current;
        current = other;
        other = before;
        otherRun = 0;
    }

    /// The window of one life of the sender.
    private static final class Life {
        private final long[] seen = new long[SIZE / 64];
        private boolean used;
        private long newest;

        /// The straight way: the number after the newest.
        boolean follows(long number) {
            if (ahead(number, newest) != 1 || !used) {
                return false;
            }
            newest = number;
            int word = (int) (number >>> 6) & SIZE / 64 - 1;
            long bit = 1L << number;
            // Entering a word: what it says is 4096 numbers old.
            seen[word] = (number & 63) == 0 ? bit : seen[word] | bit;
            return true;
        }

        int judge(long number) {
            if (!used) {
                return FAR;
            }
            long ahead = ahead(number, newest);
            if (ahead > MAX_JUMP) {
                return FAR;
            }
            if (ahead > 0) {
                forget((int) ahead);
                newest = number;
                mark(number);
                return NEW;
            }
            // The newest number's word is partly of this turn, so the window is a word shorter than the bitmap.
            if (ahead <= -(SIZE - 64)) {
                return FAR;
            }
            if ((seen[(int) (number >>> 6) & SIZE / 64 - 1] & 1L << number) != 0) {
                return SEEN;
            }
            mark(number);
            return NEW;
        }

        private void forget(int ahead) {
            if (ahead >= SIZE - 64) {
                Arrays.fill(seen, 0);
                return;
            }
            int word = (int) (newest >>> 6);
            int words = (int) (newest + ahead >>> 6) - word;
            for (int i = 1; i <= words; i++) {
                seen[word + i & SIZE / 64 - 1] = 0;
            }
        }

        private void mark(long number) {
            seen[(int) (number >>> 6) & SIZE / 64 - 1] |= 1L << number;
        }

        void restart(long number) {
            Arrays.fill(seen, 0);
            used = true;
            newest = number;
            mark(number);
        }
    }
}

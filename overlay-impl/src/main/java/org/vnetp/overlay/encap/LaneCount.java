package org.vnetp.overlay.encap;

/// What the datagram numbers of one lane tell of its way: how many were sent, how many of those are
/// missing, how many came late (RFC 4737's reordered: a newer one was there before). It is told of
/// exceptions only: a number that follows its predecessor costs nothing here.
///
/// All values only grow but for [#missing], from which a late one is taken again. The receiving loop's.
final class LaneCount {
    /// Numbers that are skipped at once and are no loss any more: the sender began anew, or nothing
    /// came for long.
    static final long MOST_SKIPPED = 1 << 15;

    private boolean begun;
    private long base;
    private long settled;
    private long skipped;
    private long late;
    private long extent;
    private long breaks;

    /// A number came that is so far ahead of the newest before: 2 or more.
    void skip(long ahead) {
        if (ahead > MOST_SKIPPED) {
            base += ahead - 1;
            breaks++;
        } else {
            skipped += ahead - 1;
        }
    }

    /// A number came that is so far behind the newest, and is new.
    void late(long behind) {
        late++;
        extent = Math.max(extent, behind);
    }

    /// From now on numbers count from another: the sender lives anew.
    ///
    /// @param newest  of the life before, where there was one
    /// @param current the newest of the life that counts now
    void begin(long newest, long current) {
        if (begun) {
            settled += newest - base;
            breaks++;
        }
        begun = true;
        base = current - 1;
    }

    /// Datagrams that the sender has sent, as far as the newest tells.
    long expected(long newest) {
        return begun ? settled + (newest - base) : 0;
    }

    /// Those of them that have not come, or not yet. A late one from before the first that was seen
    /// may make it less than it was.
    long missing() {
        return skipped - late;
    }

    long late() {
        return late;
    }

    /// How far behind the newest a late one was at most.
    long extent() {
        return extent;
    }

    /// How often numbers began anew.
    long breaks() {
        return breaks;
    }
}

package org.vnetp.overlay.measure;

import java.util.ArrayDeque;

/// Loss and reordering of one direction, from what its receiver counts by the datagrams' numbers.
/// The counts only matter by their differences over the last minute; where they go back the other
/// node has begun anew, and so does this.
///
/// A late datagram counts as missing until it comes, so the newest fractions of a second may tell
/// too much.
public final class LossEstimator {
    static final long SPAN_NS = 60_000_000_000L;
    private static final int MOST = 240;

    private record Counts(long timeNs, long expected, long missing, long late, long breaks) {}

    private final ArrayDeque<Counts> kept = new ArrayDeque<>();

    /// What the receiver has counted in all.
    ///
    /// @param expected datagrams sent, as far as numbers tell; negative: the receiver cannot tell
    /// @param missing  those that have not come
    /// @param late     those that came after a newer one
    /// @param breaks   how often numbers began anew
    public void add(long timeNs, long expected, long missing, long late, long breaks) {
        Counts last = kept.peekLast();
        boolean sound = expected >= 0 && missing >= -late && missing <= expected && late >= 0 && late <= expected;
        if (!sound || last != null && (expected < last.expected() || late < last.late())) {
            kept.clear();
        }
        if (!sound) {
            return;
        }
        kept.addLast(new Counts(timeNs, expected, missing, late, breaks));
        while (kept.size() > MOST || timeNs - kept.peekFirst().timeNs() > SPAN_NS) {
            kept.removeFirst();
        }
    }

    public Estimate loss(long nowNs) {
        return ratio(nowNs, true);
    }

    public Estimate reordered(long nowNs) {
        return ratio(nowNs, false);
    }

    /// Whether something was lost between the last two times.
    public boolean justLost() {
        if (kept.size() < 2) {
            return false;
        }
        Counts last = kept.removeLast();
        boolean lost = last.missing() > kept.peekLast().missing();
        kept.addLast(last);
        return lost;
    }

    private Estimate ratio(long nowNs, boolean missing) {
        if (kept.size() < 2) {
            return Estimate.UNKNOWN;
        }
        Counts first = kept.peekFirst();
        Counts last = kept.peekLast();
        long events = missing ? last.missing() - first.missing() : last.late() - first.late();
        return Proportion.of(
                Math.max(0, events),
                last.expected() - first.expected(),
                last.timeNs() - first.timeNs(),
                nowNs - last.timeNs());
    }
}

package org.vnetp.overlay.encap;

/// Follows the numbers of a lane whose datagrams were opened before: none comes twice, so all that
/// is left is to count. The receiving loop's.
final class OpenedSequence {
    private final LaneCount count = new LaneCount();
    private boolean used;
    private long newest;

    /// A datagram of this number, 55 bits, has come.
    void follow(long number) {
        if (number - newest == 1 && used) {
            newest = number;
        } else {
            outOfOrder(number);
        }
    }

    private void outOfOrder(long number) {
        long ahead = ReplayWindow.ahead(number, newest);
        if (!used || ahead < -ReplayWindow.MAX_JUMP) {
            count.begin(newest, number);
            used = true;
            newest = number;
        } else if (ahead > 0) {
            count.skip(ahead);
            newest = number;
        } else {
            count.late(-ahead);
        }
    }

    LaneCount count() {
        return count;
    }

    long expected() {
        return count.expected(newest);
    }
}

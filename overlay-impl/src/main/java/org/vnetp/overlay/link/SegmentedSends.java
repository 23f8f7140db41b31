package org.vnetp.overlay.link;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.vnetp.overlay.posix.Errno;

/// Whether a socket's sends may carry several datagrams at once (UDP_SEGMENT). A refusal may have been a passing one (a
/// device being set up anew, a bug of one kernel with one length): segmentation is tried again after a while, and the
/// while grows where the refusals go on.
///
/// **Thread:** the loops that share the socket all call it, anyone may read [#state]. Two loops at the same moment may
/// each count a refusal, or let the pause grow twice; nothing else can come of it.
public final class SegmentedSends {
    static final long FIRST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long LONGEST_PAUSE_NS = TimeUnit.SECONDS.toNanos(30);

    private final LongSupplier clock;
    // 0: segmentation is on.
    private volatile int refusedWith;
    private volatile long sinceMs;
    private volatile long againNs;
    private volatile long onSinceNs;
    private volatile long pauseNs;

    /// @param clock monotonic, nanoseconds; asked only while segmentation is off
    SegmentedSends(LongSupplier clock) {
        this.clock = clock;
        this.onSinceNs = clock.getAsLong();
    }

    /// Whether the next sends may carry several datagrams; while off, true when it is time to try again.
    boolean allowed() {
        return refusedWith == 0 || clock.getAsLong() - againNs >= 0;
    }

    /// The kernel refused a segmented send that fits the path.
    void refused(int errno) {
        long now = clock.getAsLong();
        boolean wasOn = refusedWith == 0;
        // One that worked for longer than the longest pause begins anew.
        pauseNs = pauseNs == 0 || wasOn && now - onSinceNs > LONGEST_PAUSE_NS
                ? FIRST_PAUSE_NS
                : Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
        againNs = now + pauseNs;
        if (wasOn) {
            sinceMs = System.currentTimeMillis();
        }
        refusedWith = errno;
    }

    /// The kernel took a segmented send.
    void worked() {
        if (refusedWith != 0) {
            onSinceNs = clock.getAsLong();
            refusedWith = 0;
        }
    }

    /// For `show links`: `on`, or since when not and why.
    public String state() {
        int errno = refusedWith;
        return errno == 0
                ? "on"
                : "off since " + Instant.ofEpochMilli(sinceMs).truncatedTo(ChronoUnit.SECONDS) + ": "
                        + Errno.text(errno);
    }
}

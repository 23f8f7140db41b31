package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.posix.Posix;

/// Notices that a polling loop takes CPU time that others wait for: guests, MPI ranks, another node.
///
/// The kernel counts how long a thread was runnable without running (`run_delay`, second number of
/// /proc/thread-self/schedstat, proc(5)). A loop that polls, finds little and yet waits for the CPU
/// shares it with somebody who has work: it gives way. It tries again after a while, each time a
/// longer one. One loop's.
public final class StarvationGuard implements AutoCloseable {
    /// How often a polling loop looks.
    static final long INTERVAL_NS = 10_000_000L;

    static final long FIRST_BACKOFF_NS = 100_000_000L;
    static final long LAST_BACKOFF_NS = 10_000_000_000L;
    private static final long FORGET_NS = 2 * LAST_BACKOFF_NS;

    /// Waiting for the CPU for more than this part of the time is contention.
    private static final double CONTENDED = 0.05;

    private final Posix posix;
    private final MemorySegment text = Arena.ofAuto().allocate(64);
    private final int fd;
    private long lastLookNs;
    private long lastDelayNs;
    private long rounds;
    private long emptyRounds;
    private boolean watching;
    private long backoffNs = FIRST_BACKOFF_NS;
    private long lastGivenWayNs;

    /// On the loop's thread: the file tells about the thread that opens it.
    public StarvationGuard(Posix posix) {
        this.posix = posix;
        this.fd = posix.open("/proc/thread-self/schedstat", Posix.O_RDONLY | Posix.O_CLOEXEC);
    }

    /// Called each polling round.
    ///
    /// @param full no processor of the machine is idle
    /// @return nanoseconds for which to stop polling, or 0
    public long onPollingRound(boolean empty, boolean full, long nowNs) {
        if (fd < 0) {
            return 0;
        }
        if (!watching) {
            watching = true;
            begin(nowNs, runDelay());
            return 0;
        }
        rounds++;
        if (empty) {
            emptyRounds++;
        }
        long elapsed = nowNs - lastLookNs;
        if (elapsed < INTERVAL_NS) {
            return 0;
        }
        long delay = runDelay();
        boolean contended = delay - lastDelayNs > CONTENDED * elapsed;
        boolean mostlyIdle = emptyRounds * 2 > rounds;
        begin(nowNs, delay);
        if (!full && (!contended || !mostlyIdle)) {
            return 0;
        }
        if (nowNs - lastGivenWayNs > FORGET_NS) {
            backoffNs = FIRST_BACKOFF_NS;
        }
        lastGivenWayNs = nowNs;
        long backoff = backoffNs;
        backoffNs = Math.min(LAST_BACKOFF_NS, backoffNs * 2);
        watching = false;
        return backoff;
    }

    /// Begins anew, with the shortest back-off.
    void forget() {
        watching = false;
        backoffNs = FIRST_BACKOFF_NS;
        lastGivenWayNs = 0;
    }

    /// The loop does not poll now.
    public void onBlockingRound() {
        watching = false;
    }

    private void begin(long nowNs, long delay) {
        lastLookNs = nowNs;
        lastDelayNs = delay;
        rounds = 0;
        emptyRounds = 0;
    }

    private long runDelay() {
        int length = posix.pread(fd, text.address(), text.byteSize(), 0);
        long value = 0;
        int at = 0;
        while (at < length && text.get(ValueLayout.JAVA_BYTE, at) != ' ') {
            at++;
        }
        for (at++; at < length; at++) {
            int digit = text.get(ValueLayout.JAVA_BYTE, at) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    @Override
    public void close() {
        if (fd >= 0) {
            posix.close(fd);
        }
    }
}

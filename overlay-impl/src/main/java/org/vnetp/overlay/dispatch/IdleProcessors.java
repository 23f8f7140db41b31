package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.posix.Posix;

/// How many of the machine's processors were idle of late, from the first line of /proc/stat (proc(5)).
///
/// Polling pays where a processor has nothing else to do. On a full machine it only takes time from those whose
/// frames are waited for, even if they yield to it at once, as MPI ranks do. One loop's.
final class IdleProcessors implements AutoCloseable {
    /// /proc/stat counts in ticks of 10 ms: shorter windows say nothing.
    static final long WINDOW_NS = 100_000_000L;

    private static final long TICK_NS = 10_000_000L;
    private static final int IDLE_FIELD = 4;

    private final Posix posix;
    private final MemorySegment text = Arena.ofAuto().allocate(256);
    private final int fd;
    private long sinceNs;
    private long sinceTicks;
    private double idle = Double.NaN;

    IdleProcessors(Posix posix, long nowNs) {
        this.posix = posix;
        this.fd = posix.open("/proc/stat", Posix.O_RDONLY | Posix.O_CLOEXEC);
        this.sinceNs = nowNs;
        this.sinceTicks = ticks();
    }

    /// The mean over the last window, or over the time since the last call where that is longer; NaN before the
    /// first window is over, or where the system does not tell.
    double idle(long nowNs) {
        long elapsed = nowNs - sinceNs;
        if (fd >= 0 && elapsed >= WINDOW_NS) {
            long ticks = ticks();
            idle = (double) (ticks - sinceTicks) * TICK_NS / elapsed;
            sinceNs = nowNs;
            sinceTicks = ticks;
        }
        return idle;
    }

    private long ticks() {
        int length = fd < 0 ? 0 : posix.pread(fd, text.address(), text.byteSize(), 0);
        int field = 0;
        long value = 0;
        for (int at = 0; at < length && field <= IDLE_FIELD; at++) {
            byte character = text.get(ValueLayout.JAVA_BYTE, at);
            if (character == ' ') {
                // Two blanks follow the first word.
                field += at > 0 && text.get(ValueLayout.JAVA_BYTE, at - 1) == ' ' ? 0 : 1;
            } else if (field == IDLE_FIELD) {
                value = value * 10 + character - '0';
            }
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

package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// A descriptor by which one process wakes another: an eventfd, or a pipe (as User-Mode Linux has), that
/// somebody else made and may go on using as they like.
///
/// Reading never blocks, whatever the other process does with the flags that both share (RWF_NOWAIT).
/// Writing to an eventfd could block only while its count is within one of 2^64; [#ring] writes 1, and the
/// descriptor is set non-blocking first. One thread's.
public final class Doorbell implements AutoCloseable {
    private static final MethodHandle PREADV2 =
            Posix.bind("preadv2", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final int RWF_NOWAIT = 8;

    private final int fd;
    private final MemorySegment count = Arena.ofAuto().allocate(32, 16);

    /// @param fd closed by [#close]
    public Doorbell(int fd) {
        this.fd = fd;
        new Posix().setNonBlocking(fd, true);
        count.set(JAVA_LONG, 8, 1L);
        count.set(JAVA_LONG, 16, count.address());
        count.set(JAVA_LONG, 24, 8L);
    }

    public int descriptor() {
        return fd;
    }

    /// Takes what has been rung.
    ///
    /// @return how often, 0 for not at all; 1 where the descriptor does not count
    public long taken(Posix posix) {
        int got;
        try {
            got = posix.result((long) PREADV2.invokeExact(posix.errno(), fd, count.address() + 16, 1, -1L, RWF_NOWAIT));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
        if (got == -Errno.EOPNOTSUPP) {
            got = posix.read(fd, count.address(), 8);
        }
        return got < 8 ? 0 : Math.max(1, count.get(JAVA_LONG, 0));
    }

    /// Wakes the other process; where it has not taken the last time yet, nothing more is needed.
    ///
    /// @return whether it was written
    public boolean ring(Posix posix) {
        return posix.write(fd, count.address() + 8, 8) > 0;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}

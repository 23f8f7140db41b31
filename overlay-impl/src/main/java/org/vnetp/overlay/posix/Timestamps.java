package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The time of day, and when a datagram arrived. Allocates nothing after construction.
///
/// **Thread:** one object a thread, as [Posix].
public final class Timestamps {
    private static final MethodHandle CLOCK_GETTIME = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final int CLOCK_REALTIME = 0;

    /// linux/sockios.h: when the datagram arrived that was received last. The first call makes the
    /// kernel stamp what arrives, for as long as the socket is open; unlike SO_TIMESTAMPNS it adds
    /// nothing to what recvmsg hands over.
    private static final long SIOCGSTAMPNS = 0x8907;

    private static final long NS_A_SECOND = 1_000_000_000L;

    private final Posix posix = new Posix();
    private final MemorySegment timespec = Arena.ofAuto().allocate(16, 8);

    /// Nanoseconds since 1970, by the clock that the kernel stamps datagrams with.
    public long realtimeNs() {
        try {
            int unused = (int) CLOCK_GETTIME.invokeExact(CLOCK_REALTIME, timespec.address());
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
        return told();
    }

    /// When the datagram that a socket's reader got last had arrived, nanoseconds since 1970, or
    /// `-errno`.
    public long arrivalNs(int fd) {
        int result = posix.ioctl(fd, SIOCGSTAMPNS, timespec.address());
        return result < 0 ? result : told();
    }

    private long told() {
        return timespec.get(JAVA_LONG, 0) * NS_A_SECOND + timespec.get(JAVA_LONG, 8);
    }
}

package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Waits for several descriptors at once (epoll(7)). As in [Posix], each method returns what the call returns, or
/// `-errno`, and none allocates.
///
/// **Thread:** one at a time; each call is made by the calling thread's [Posix].
public final class Epoll implements AutoCloseable {
    // sys/epoll.h (asm-generic values; x86-64 and aarch64 agree)
    public static final int IN = 1;
    public static final int OUT = 4;
    private static final int CTL_ADD = 1;
    private static final int CTL_DEL = 2;
    private static final int CTL_MOD = 3;

    private static final MethodHandle CREATE = Posix.bind("epoll_create1", -1, JAVA_INT, JAVA_INT);
    private static final MethodHandle CONTROL =
            Posix.bind("epoll_ctl", -1, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle WAIT =
            Posix.bind("epoll_wait", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);

    /// struct epoll_event is packed on x86-64 only.
    private static final boolean PACKED = "amd64".equals(System.getProperty("os.arch"));

    private static final int EVENT_SIZE = PACKED ? 12 : 16;
    private static final int DATA_OFFSET = PACKED ? 4 : 8;
    private static final int MOST_EVENTS = 64;

    private final int fd;
    private final MemorySegment events = Arena.ofAuto().allocate((long) EVENT_SIZE * MOST_EVENTS, 16);
    private final MemorySegment wanted = Arena.ofAuto().allocate(EVENT_SIZE, 16);

    /// An epoll without descriptors.
    ///
    /// @throws PosixException where the kernel refuses
    public Epoll(Posix posix) {
        int created;
        try {
            created = posix.result((int) CREATE.invokeExact(posix.errno(), Posix.O_CLOEXEC));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
        this.fd = Posix.check(created, "create an epoll");
    }

    /// Reports a descriptor from now on.
    ///
    /// @param interest [#IN], [#OUT], both or 0; errors are reported whatever it is
    /// @param data     what [#data] gives of its events
    public int add(Posix posix, int descriptor, int interest, int data) {
        return control(posix, CTL_ADD, descriptor, interest, data);
    }

    /// Reports something else of a descriptor that was added.
    public int change(Posix posix, int descriptor, int interest, int data) {
        return control(posix, CTL_MOD, descriptor, interest, data);
    }

    /// Reports nothing more of a descriptor.
    public int remove(Posix posix, int descriptor) {
        return control(posix, CTL_DEL, descriptor, 0, 0);
    }

    private int control(Posix posix, int operation, int descriptor, int interest, int data) {
        wanted.set(JAVA_INT, 0, interest);
        wanted.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA_OFFSET, data);
        try {
            return posix.result((int) CONTROL.invokeExact(posix.errno(), fd, operation, descriptor, wanted.address()));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Waits for at most 64 events, of which [#data] tells until the next call.
    ///
    /// @param timeoutMs -1 waits without end, 0 not at all
    /// @return how many there are
    public int await(Posix posix, int timeoutMs) {
        try {
            return posix.result((int) WAIT.invokeExact(posix.errno(), fd, events.address(), MOST_EVENTS, timeoutMs));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Whose an event is: what its descriptor was added with.
    public int data(int event) {
        return (int) events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) event * EVENT_SIZE + DATA_OFFSET);
    }

    /// The epoll's own descriptor, which is readable while there are events: it may be in another epoll.
    public int descriptor() {
        return fd;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}

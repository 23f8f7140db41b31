package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/// A descriptor by which one process wakes another: an eventfd, a pipe, or a socket (as User-Mode Linux has).
///
/// Neither [#taken] nor [#ring] ever waits, whatever a process does that has made the descriptor and shares it
/// ([#ofOther]): an eventfd is read with RWF_NOWAIT and told by [EventSignal], a pipe is opened anew, so that
/// its flags are this process's own, a socket is asked not to wait with each call. One thread's.
public final class Doorbell implements AutoCloseable {
    private static final MethodHandle PREADV2 =
            Posix.bind("preadv2", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final int RWF_NOWAIT = 8;
    private static final String EVENTFD = "anon_inode:[eventfd]";
    private static final String PIPE = "pipe:[";
    private static final String SOCKET = "socket:[";
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    // In [#count]: what is read, what is written, a vector of each, a struct msghdr of each.
    private static final int ONE = 8;
    private static final int READ_VECTOR = 16;
    private static final int WRITE_VECTOR = 32;
    private static final int READ_MESSAGE = 48;
    private static final int WRITE_MESSAGE = 104;
    private static final int LENGTH = 160;
    private static final int VECTOR_FIELD_OFFSET = 16;
    private static final int VECTOR_COUNT_FIELD_OFFSET = 24;

    private final int fd;
    // Null where nobody else can make a write wait, or the kernel cannot do it.
    private final EventSignal signal;
    private final boolean socket;
    private final String weakness;
    private final MemorySegment count = Arena.ofAuto().allocate(LENGTH, 16);

    /// Of an eventfd that is nobody else's to set flags of.
    ///
    /// @param fd closed by [#close]
    public Doorbell(int fd) {
        this(fd, false, null, "");
    }

    private Doorbell(int fd, boolean socket, EventSignal signal, String weakness) {
        this.fd = fd;
        this.socket = socket;
        this.signal = signal;
        this.weakness = weakness;
        new Posix().setNonBlocking(fd, true);
        count.set(JAVA_LONG, ONE, 1L);
        count.set(JAVA_LONG, READ_VECTOR, count.address());
        count.set(JAVA_LONG, READ_VECTOR + 8, 8L);
        count.set(JAVA_LONG, WRITE_VECTOR, count.address() + ONE);
        count.set(JAVA_LONG, WRITE_VECTOR + 8, 8L);
        message(READ_MESSAGE, READ_VECTOR);
        message(WRITE_MESSAGE, WRITE_VECTOR);
    }

    private void message(int at, int vector) {
        count.set(JAVA_LONG, at + VECTOR_FIELD_OFFSET, count.address() + vector);
        count.set(JAVA_LONG, at + VECTOR_COUNT_FIELD_OFFSET, 1L);
    }

    /// What another process has made, and may go on doing with as it likes.
    ///
    /// @param fd    closed by [#close]; not closed where this throws
    /// @param rings this process rings it, else it takes
    /// @throws PosixException where it is neither an eventfd, a pipe nor a socket: nothing else is known
    ///         never to wait
    public static Doorbell ofOther(int fd, boolean rings) {
        String path = "/proc/self/fd/" + fd;
        String what;
        try {
            what = Files.readSymbolicLink(Path.of(path)).toString();
        } catch (IOException e) {
            throw new PosixException("ask what descriptor " + fd + " is", Errno.EBADF);
        }
        if (what.startsWith(PIPE)) {
            Posix posix = new Posix();
            int own = Posix.check(
                    posix.open(path, (rings ? Posix.O_WRONLY : Posix.O_RDONLY) | Posix.O_NONBLOCK | Posix.O_CLOEXEC),
                    "open a pipe of another process anew");
            posix.close(fd);
            return new Doorbell(own);
        }
        if (what.startsWith(SOCKET)) {
            return new Doorbell(fd, true, null, "");
        }
        if (!what.equals(EVENTFD)) {
            throw new PosixException("use '" + what + "' as an eventfd, a pipe or a socket", Errno.EINVAL);
        }
        if (!rings) {
            return new Doorbell(fd);
        }
        try {
            return new Doorbell(fd, false, new EventSignal(fd), "");
        } catch (PosixException e) {
            return new Doorbell(fd, false, null, e.getMessage());
        }
    }

    /// Why [#ring] may wait where another process fills the count and clears O_NONBLOCK; empty: it never does.
    public String weakness() {
        return weakness;
    }

    public int descriptor() {
        return fd;
    }

    /// Takes what has been rung.
    ///
    /// @return how often, 0 for not at all; 1 where the descriptor does not count
    public long taken(Posix posix) {
        if (socket) {
            int bytes = posix.recvmsg(fd, count.address() + READ_MESSAGE, MSG_DONTWAIT);
            return bytes < 8 ? 0 : 1;
        }
        int got;
        try {
            got = posix.result(
                    (long) PREADV2.invokeExact(posix.errno(), fd, count.address() + READ_VECTOR, 1, -1L, RWF_NOWAIT));
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
        if (signal != null) {
            return signal.raise(posix);
        }
        return socket
                ? posix.sendmsg(fd, count.address() + WRITE_MESSAGE, MSG_DONTWAIT | MSG_NOSIGNAL) > 0
                : posix.write(fd, count.address() + ONE, 8) > 0;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}

package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// A stream socket of this machine that carries descriptors beside bytes (unix(7), SCM_RIGHTS). It never
/// blocks.
///
/// One thread's. What [#received] hands out is the caller's to close.
public final class LocalSocket implements AutoCloseable {
    /// Most descriptors that one message may bring; more are closed and told as [#truncated].
    public static final int MAX_DESCRIPTORS = 16;

    /// Most bytes of a path, its terminator not included (sockaddr_un).
    public static final int MAX_PATH = 107;

    private static final MethodHandle LISTEN = Posix.bind("listen", -1, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT4 =
            Posix.bind("accept4", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 8;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    // struct msghdr, struct cmsghdr
    private static final int MESSAGE_LENGTH = 56;
    private static final int CONTROL_HEADER = 16;
    private static final int CONTROL_LENGTH = CONTROL_HEADER + 4 * MAX_DESCRIPTORS;
    /// The kernel passes no more at a time (SCM_MAX_FD).
    private static final int MOST_SENT = 253;

    private final Posix posix = new Posix();
    private final int fd;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment message = arena.allocate(MESSAGE_LENGTH, 8);
    private final MemorySegment vector = arena.allocate(16, 8);
    private final MemorySegment control = arena.allocate(CONTROL_HEADER + 4L * MOST_SENT + 4, 8);
    private final int[] received = new int[MAX_DESCRIPTORS];
    private int receivedCount;
    private boolean truncated;

    private LocalSocket(int fd) {
        this.fd = fd;
    }

    /// Listens at a path, where nothing may be yet.
    ///
    /// @throws PosixException where the kernel refuses
    public static LocalSocket listen(String path) {
        Posix posix = new Posix();
        LocalSocket socket = open(posix);
        try (Arena local = Arena.ofConfined()) {
            MemorySegment address = address(local, path);
            Posix.check(posix.bind(socket.fd, address, (int) address.byteSize()), "bind " + path);
            Posix.check(posix.result((int) LISTEN.invokeExact(posix.errno(), socket.fd, 1)), "listen at " + path);
            return socket;
        } catch (PosixException e) {
            socket.close();
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Connects to who listens at a path.
    ///
    /// @throws PosixException where nobody does
    public static LocalSocket connect(String path) {
        Posix posix = new Posix();
        LocalSocket socket = open(posix);
        try (Arena local = Arena.ofConfined()) {
            MemorySegment address = address(local, path);
            Posix.check(posix.connect(socket.fd, address, (int) address.byteSize()), "connect to " + path);
            return socket;
        } catch (PosixException e) {
            socket.close();
            throw e;
        }
    }

    /// A connected socket that somebody else has made. What is none only fails to send and receive.
    ///
    /// @param fd closed by [#close]
    public static LocalSocket of(int fd) {
        return new LocalSocket(fd);
    }

    private static LocalSocket open(Posix posix) {
        return new LocalSocket(Posix.check(
                posix.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "create a local socket"));
    }

    private static MemorySegment address(Arena arena, String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_PATH) {
            throw new PosixException(path + ": a socket's path has at most " + MAX_PATH + " bytes", Errno.EINVAL);
        }
        MemorySegment address = arena.allocate(2 + bytes.length + 1L, 8);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
        return address;
    }

    /// Takes the next connection.
    ///
    /// @return null where there is none
    public LocalSocket accept() {
        try {
            int accepted =
                    posix.result((int) ACCEPT4.invokeExact(posix.errno(), fd, 0L, 0L, SOCK_NONBLOCK | SOCK_CLOEXEC));
            return accepted < 0 ? null : new LocalSocket(accepted);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    public int descriptor() {
        return fd;
    }

    /// Receives bytes, and the descriptors that came with them.
    ///
    /// @return bytes; 0: the other end has closed; or `-errno`
    public int receive(MemorySegment buffer, long offset, int length) {
        fill(buffer, offset, length);
        message.set(JAVA_LONG, 32, control.address());
        message.set(JAVA_LONG, 40, CONTROL_LENGTH);
        receivedCount = 0;
        int got = posix.recvmsg(fd, message.address(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0) {
            return got;
        }
        truncated = (message.get(JAVA_INT, 48) & MSG_CTRUNC) != 0;
        long told = message.get(JAVA_LONG, 40);
        if (told >= CONTROL_HEADER
                && control.get(JAVA_INT, 8) == SOL_SOCKET
                && control.get(JAVA_INT, 12) == SCM_RIGHTS) {
            receivedCount = (int) (Math.min(told, control.get(JAVA_LONG, 0)) - CONTROL_HEADER) / 4;
            for (int i = 0; i < receivedCount; i++) {
                received[i] = control.get(JAVA_INT, CONTROL_HEADER + 4L * i);
            }
        }
        return got;
    }

    /// The descriptors that came with the last bytes, the caller's from now on.
    public int[] received() {
        return java.util.Arrays.copyOf(received, receivedCount);
    }

    /// Whether more descriptors came than there is room for; these are closed.
    public boolean truncated() {
        return truncated;
    }

    /// Sends bytes, and up to 253 descriptors with them.
    ///
    /// @return bytes, or `-errno`
    public int send(MemorySegment buffer, long offset, int length, int... descriptors) {
        fill(buffer, offset, length);
        message.set(JAVA_LONG, 32, 0L);
        message.set(JAVA_LONG, 40, 0L);
        if (descriptors.length > 0) {
            control.set(JAVA_LONG, 0, CONTROL_HEADER + 4L * descriptors.length);
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, SCM_RIGHTS);
            for (int i = 0; i < descriptors.length; i++) {
                control.set(JAVA_INT, CONTROL_HEADER + 4L * i, descriptors[i]);
            }
            message.set(JAVA_LONG, 32, control.address());
            message.set(JAVA_LONG, 40, CONTROL_HEADER + 4L * descriptors.length + 7 & ~7L);
        }
        return posix.sendmsg(fd, message.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    private void fill(MemorySegment buffer, long offset, int length) {
        vector.set(JAVA_LONG, 0, buffer.asSlice(offset, length).address());
        vector.set(JAVA_LONG, 8, length);
        message.fill((byte) 0);
        message.set(JAVA_LONG, 16, vector.address());
        message.set(JAVA_LONG, 24, 1L);
    }

    @Override
    public void close() {
        posix.close(fd);
    }
}

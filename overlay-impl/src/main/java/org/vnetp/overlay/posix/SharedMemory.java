package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/// Memory that several processes share by a descriptor, as a virtual machine's with its devices
/// (memfd_create(2)).
///
/// A descriptor from another process may lead to a file that its owner cuts shorter later: whoever touches
/// what is no more gets SIGBUS, which the JVM turns into an InternalError in the thread that did it, at the
/// access or a little later; system calls fail with EFAULT. [#cannotShrink] tells whether that can happen.
/// Set-up only.
public final class SharedMemory {
    private static final MethodHandle MEMFD_CREATE = Posix.bind("memfd_create", -1, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle FTRUNCATE = Posix.bind("ftruncate", -1, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle LSEEK = Posix.bind("lseek", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle FCNTL = Posix.bind("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int F_SEAL_SHRINK = 2;
    private static final int SEEK_END = 2;

    private SharedMemory() {}

    /// A new file in memory, full of zeros.
    ///
    /// @param name   for who looks at /proc
    /// @param sealed it can never become shorter
    /// @return its descriptor, the caller's
    /// @throws PosixException where the kernel refuses
    public static int create(String name, long bytes, boolean sealed) {
        Posix posix = new Posix();
        int fd;
        try (Arena local = Arena.ofConfined()) {
            fd = posix.result((int)
                    MEMFD_CREATE.invokeExact(posix.errno(), local.allocateFrom(name), MFD_CLOEXEC | MFD_ALLOW_SEALING));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
        Posix.check(fd, "create a file in memory");
        try {
            resize(fd, bytes);
            if (sealed) {
                Posix.check(posix.result(fcntl(posix, fd, F_ADD_SEALS, F_SEAL_SHRINK)), "seal a file in memory");
            }
            return fd;
        } catch (PosixException e) {
            posix.close(fd);
            throw e;
        }
    }

    /// Makes a file longer or shorter.
    ///
    /// @throws PosixException where the kernel refuses
    public static void resize(int fd, long bytes) {
        Posix posix = new Posix();
        try {
            Posix.check(
                    posix.result((int) FTRUNCATE.invokeExact(posix.errno(), fd, bytes)),
                    "make a file " + bytes + " bytes long");
        } catch (PosixException e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Bytes of the file behind a descriptor now; -1 where it is no file. Moves the descriptor's position
    /// to the end, which nobody uses who maps it.
    public static long size(int fd) {
        Posix posix = new Posix();
        try {
            return Math.max(-1L, (long) LSEEK.invokeExact(posix.errno(), fd, 0L, SEEK_END));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Whether the file is sealed against becoming shorter (F_SEAL_SHRINK).
    public static boolean cannotShrink(int fd) {
        int seals = fcntl(new Posix(), fd, F_GET_SEALS, 0);
        return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
    }

    private static int fcntl(Posix posix, int fd, int command, long argument) {
        try {
            return (int) FCNTL.invokeExact(posix.errno(), fd, command, argument);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }
}

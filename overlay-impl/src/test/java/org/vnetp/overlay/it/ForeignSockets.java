package org.vnetp.overlay.it;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.vnetp.overlay.posix.Posix;

/// Reaches the UDP sockets of a running process by pidfd_getfd(2), to put them into a state that this machine's
/// devices cannot bring about.
final class ForeignSockets {
    // The same on every architecture.
    private static final long PIDFD_OPEN = 434;
    private static final long PIDFD_GETFD = 438;

    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_NO_CHECK = 11;
    private static final int SO_DOMAIN = 39;
    private static final int SOCK_DGRAM = 2;
    private static final int AF_INET = 2;

    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));

    private ForeignSockets() {}

    private static int call(long number, long first, long second, String what) throws Throwable {
        final long result = (long) SYSCALL.invokeExact(number, first, second, 0L);
        assertTrue(result >= 0, what);
        return (int) result;
    }

    /// Switches UDP checksums off (SO_NO_CHECK). The kernel finishes the checksums of a segmented send itself or has
    /// the device do it; where there are to be none it refuses UDP_SEGMENT (udp_send_skb: EINVAL), as kernels
    /// before 6.11 refuse it for a device without checksum offload (EIO).
    ///
    /// @param refused false: as before
    static void refuseSegmentation(Process process, boolean refused) throws Throwable {
        final Posix posix = new Posix();
        final int pidfd = call(PIDFD_OPEN, process.pid(), 0, "pidfd_open " + process.pid());
        int changed = 0;
        try {
            for (final Path descriptor : sockets(process.pid())) {
                final int fd = call(
                        PIDFD_GETFD,
                        pidfd,
                        Long.parseLong(descriptor.getFileName().toString()),
                        "pidfd_getfd");
                if (posix.getsockopt(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM
                        && posix.getsockopt(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET) {
                    Posix.check(posix.setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, refused ? 1 : 0), "SO_NO_CHECK");
                    changed++;
                }
                posix.close(fd);
            }
        } finally {
            posix.close(pidfd);
        }
        assertTrue(changed > 0, "the process has no UDP socket");
    }

    private static List<Path> sockets(long pid) throws IOException {
        try (var open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.filter(ForeignSockets::isSocket).toList();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false;
        }
    }
}

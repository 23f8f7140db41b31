package org.vnetp.overlay.posix;

/// Error numbers of Linux (asm-generic/errno.h), as far as this node tells them apart, and their texts.
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOSYS = 38;
    public static final int EBADFD = 77;
    public static final int EDESTADDRREQ = 89;
    public static final int EMSGSIZE = 90;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;

    private Errno() {}

    /// A short text for an error number.
    public static String text(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted (EPERM)";
            case ENOENT -> "no such file (ENOENT)";
            case EINTR -> "interrupted (EINTR)";
            case EIO -> "input/output error (EIO)";
            case ENXIO -> "no such device or address (ENXIO)";
            case E2BIG -> "too big, or full (E2BIG)";
            case EBADF -> "bad file descriptor (EBADF)";
            case EAGAIN -> "would block (EAGAIN)";
            case ENOMEM -> "out of memory (ENOMEM)";
            case EACCES -> "permission denied (EACCES)";
            case EBUSY -> "busy: taken by another process (EBUSY)";
            case EEXIST -> "exists already (EEXIST)";
            case ENODEV -> "no such device (ENODEV)";
            case EINVAL -> "invalid argument (EINVAL)";
            case ENOSYS -> "this kernel has no such call (ENOSYS)";
            case EBADFD -> "file descriptor in bad state (EBADFD)";
            case EDESTADDRREQ -> "destination address required (EDESTADDRREQ)";
            case EMSGSIZE -> "message too long (EMSGSIZE)";
            case EOPNOTSUPP -> "not supported (EOPNOTSUPP)";
            case EADDRINUSE -> "address already in use (EADDRINUSE)";
            case EADDRNOTAVAIL -> "address is none of this host's (EADDRNOTAVAIL)";
            case ENETDOWN -> "network is down (ENETDOWN)";
            case ENETUNREACH -> "network is unreachable (ENETUNREACH)";
            case ECONNABORTED -> "connection aborted (ECONNABORTED)";
            case ECONNRESET -> "connection reset by peer (ECONNRESET)";
            case ENOBUFS -> "no buffer space (ENOBUFS)";
            case ECONNREFUSED -> "connection refused (ECONNREFUSED)";
            case EHOSTUNREACH -> "no route to host (EHOSTUNREACH)";
            default -> "errno " + errno;
        };
    }
}

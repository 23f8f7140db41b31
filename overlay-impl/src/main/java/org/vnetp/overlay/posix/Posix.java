package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// System calls of Linux. Each method returns what the call returns, or `-errno`; none throws for a
/// failing call, none allocates except those that take Java strings or segments for set-up.
///
/// **Thread:** one object a thread; it owns the buffer into which errno is captured.
/// Addresses and lengths of buffers are passed as `long`: the caller has derived them from a live off-heap
/// segment.
public final class Posix {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_VALUE = ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = bind("open", 2, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle CLOSE = bind("close", -1, JAVA_INT, JAVA_INT);
    private static final MethodHandle IOCTL = bind("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FCNTL = bind("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle READ = bind("read", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle PREAD = bind("pread", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITE = bind("write", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle READV = bind("readv", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle WRITEV = bind("writev", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    static final MethodHandle MMAP =
            bind("mmap", -1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = bind("munmap", -1, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SOCKET = bind("socket", -1, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SOCKETPAIR =
            bind("socketpair", -1, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle BIND = bind("bind", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CONNECT = bind("connect", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            bind("setsockopt", -1, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            bind("getsockopt", -1, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle GETSOCKNAME = bind("getsockname", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SENDMSG = bind("sendmsg", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECVMSG = bind("recvmsg", -1, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SENDMMSG =
            bind("sendmmsg", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle RECVMMSG =
            bind("recvmmsg", -1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle PIPE2 = bind("pipe2", -1, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle EVENTFD = bind("eventfd", -1, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle PPOLL = bind("ppoll", -1, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SCHED_YIELD =
            LINKER.downcallHandle(LIBC.findOrThrow("sched_yield"), FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle SYSCALL =
            bind("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle GETEUID =
            LINKER.downcallHandle(LIBC.findOrThrow("geteuid"), FunctionDescriptor.of(JAVA_INT));

    // fcntl.h, sys/eventfd.h (asm-generic values; x86-64 and aarch64 agree)
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;

    /// The number of bpf(2), which the C library has no function for; -1 on machines whose number is not known here.
    private static final long BPF_CALL = switch (System.getProperty("os.arch")) {
        case "amd64" -> 321;
        case "aarch64", "riscv64" -> 280;
        default -> -1;
    };

    private static final int F_GETFL = 3;
    private static final int SIOCOUTQ = 0x5411;
    private static final int F_SETFL = 4;
    private static final int SOL_SOCKET = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int SO_MEMINFO = 55;
    private static final int SK_MEMINFO_DROPS = 8;
    private static final int POLLIN = 1;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
    private final MemorySegment scratch = arena.allocate(256, 16);

    /// For the calling thread.
    public Posix() {}

    static MethodHandle bind(String name, int firstVariadic, MemoryLayout result, MemoryLayout... arguments) {
        FunctionDescriptor descriptor = FunctionDescriptor.of(result, arguments);
        MemorySegment symbol = LIBC.find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError(
                        "the C library has no function " + name + "; vnetp needs Linux with glibc or musl"));
        return firstVariadic < 0
                ? LINKER.downcallHandle(symbol, descriptor, ERRNO)
                : LINKER.downcallHandle(symbol, descriptor, ERRNO, Linker.Option.firstVariadicArg(firstVariadic));
    }

    /// Where calls of this room leave their errno.
    MemorySegment errno() {
        return errno;
    }

    int result(int value) {
        return value >= 0 ? value : -(int) ERRNO_VALUE.get(errno, 0L);
    }

    int result(long value) {
        return result(errno, value);
    }

    /// @param errno into which the call's was captured
    static int result(MemorySegment errno, long value) {
        return value >= 0 ? (int) value : -(int) ERRNO_VALUE.get(errno, 0L);
    }

    static AssertionError impossible(Throwable cause) {
        return new AssertionError("a native call cannot throw", cause);
    }

    /// Turns a negative result into an exception that says what was tried.
    public static int check(int result, String what) {
        if (result < 0) {
            throw new PosixException(what, -result);
        }
        return result;
    }

    public int open(String path, int flags) {
        try (Arena local = Arena.ofConfined()) {
            return result((int) OPEN.invokeExact(errno, local.allocateFrom(path), flags, 0));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int close(int fd) {
        try {
            return result((int) CLOSE.invokeExact(errno, fd));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// ioctl whose argument is an address or a number.
    public int ioctl(int fd, long request, long argument) {
        try {
            return result((int) IOCTL.invokeExact(errno, fd, request, argument));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// ioctl whose argument is a pointer to an int.
    public int ioctlInt(int fd, long request, int value) {
        scratch.set(JAVA_INT, 0, value);
        return ioctl(fd, request, scratch.address());
    }

    /// Bytes in a socket's packets that have not left yet (SIOCOUTQ), or `-errno`.
    public int unsent(int fd) {
        int result = ioctl(fd, SIOCOUTQ, scratch.address());
        return result < 0 ? result : scratch.get(JAVA_INT, 0);
    }

    public int setNonBlocking(int fd, boolean on) {
        try {
            int flags = result((int) FCNTL.invokeExact(errno, fd, F_GETFL, 0L));
            if (flags < 0) {
                return flags;
            }
            long wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
            return result((int) FCNTL.invokeExact(errno, fd, F_SETFL, wanted));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int read(int fd, long address, long length) {
        try {
            return result((long) READ.invokeExact(errno, fd, address, length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// read from a position, without moving the file's own.
    public int pread(int fd, long address, long length, long position) {
        try {
            return result((long) PREAD.invokeExact(errno, fd, address, length, position));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int write(int fd, long address, long length) {
        try {
            return result((long) WRITE.invokeExact(errno, fd, address, length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int readv(int fd, long iovecs, int count) {
        try {
            return result((long) READV.invokeExact(errno, fd, iovecs, count));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int writev(int fd, long iovecs, int count) {
        try {
            return result((long) WRITEV.invokeExact(errno, fd, iovecs, count));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int socket(int domain, int type, int protocol) {
        try {
            return result((int) SOCKET.invokeExact(errno, domain, type, protocol));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Two connected sockets, their descriptors as two ints at `pair`.
    public int socketPair(int domain, int type, MemorySegment pair) {
        try {
            return result((int) SOCKETPAIR.invokeExact(errno, domain, type, 0, pair.address()));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int bind(int fd, MemorySegment address, int length) {
        try {
            return result((int) BIND.invokeExact(errno, fd, address.address(), length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int connect(int fd, MemorySegment address, int length) {
        try {
            return result((int) CONNECT.invokeExact(errno, fd, address.address(), length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// bpf(2). `attributes` is a union bpf_attr.
    public int bpf(int command, MemorySegment attributes) {
        return system(BPF_CALL, command, attributes.address(), attributes.byteSize());
    }

    /// A system call that the C library has no function for.
    ///
    /// @param number -1 where this machine's is not known
    int system(long number, long first, long second, long third) {
        if (number < 0) {
            return -Errno.ENOSYS;
        }
        try {
            return result((long) SYSCALL.invokeExact(errno, number, first, second, third));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Maps a descriptor's first bytes into memory, to be read and written, shared with whoever else maps them.
    ///
    /// @throws PosixException where the kernel refuses
    public MemorySegment mapShared(int fd, long bytes) {
        long address;
        try {
            address = (long) MMAP.invokeExact(errno, 0L, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0L);
        } catch (Throwable e) {
            throw impossible(e);
        }
        if (address == -1) {
            throw new PosixException("map " + bytes + " bytes", (int) ERRNO_VALUE.get(errno, 0L));
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /// Ends what [#mapShared] began.
    public int unmap(MemorySegment mapped) {
        try {
            return result((int) MUNMAP.invokeExact(errno, mapped.address(), mapped.byteSize()));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int setsockopt(int fd, int level, int option, int value) {
        scratch.set(JAVA_INT, 0, value);
        try {
            return result((int) SETSOCKOPT.invokeExact(errno, fd, level, option, scratch.address(), 4));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// The option's int value (never negative for those this node asks), or `-errno`.
    public int getsockopt(int fd, int level, int option) {
        scratch.set(JAVA_INT, 0, 0);
        scratch.set(JAVA_INT, 8, 4);
        try {
            int result = result(
                    (int) GETSOCKOPT.invokeExact(errno, fd, level, option, scratch.address(), scratch.address() + 8));
            return result < 0 ? result : scratch.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Datagrams that a socket has dropped instead of queueing them for its reader (SO_MEMINFO, linux/sock_diag.h:
    /// SK_MEMINFO_DROPS); 0 where the kernel does not tell.
    public long socketDrops(int fd) {
        int room = (SK_MEMINFO_DROPS + 1) * Integer.BYTES;
        scratch.set(JAVA_INT, room, room);
        try {
            int result = result((int) GETSOCKOPT.invokeExact(
                    errno, fd, SOL_SOCKET, SO_MEMINFO, scratch.address(), scratch.address() + room));
            return result < 0 || scratch.get(JAVA_INT, room) < room
                    ? 0
                    : Integer.toUnsignedLong(scratch.get(JAVA_INT, (long) SK_MEMINFO_DROPS * Integer.BYTES));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Writes the socket's own address to `address`; returns its length.
    public int getsockname(int fd, MemorySegment address) {
        scratch.set(JAVA_INT, 0, (int) address.byteSize());
        try {
            int result = result((int) GETSOCKNAME.invokeExact(errno, fd, address.address(), scratch.address()));
            return result < 0 ? result : scratch.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int sendmsg(int fd, long msghdr, int flags) {
        try {
            return result((long) SENDMSG.invokeExact(errno, fd, msghdr, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int recvmsg(int fd, long msghdr, int flags) {
        try {
            return result((long) RECVMSG.invokeExact(errno, fd, msghdr, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int sendmmsg(int fd, long mmsghdrs, int count, int flags) {
        try {
            return result((int) SENDMMSG.invokeExact(errno, fd, mmsghdrs, count, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    public int recvmmsg(int fd, long mmsghdrs, int count, int flags) {
        try {
            return result((int) RECVMMSG.invokeExact(errno, fd, mmsghdrs, count, flags, 0L));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// A pipe, blocking, whose ends' descriptors are put as two ints.
    public int pipe(MemorySegment ends) {
        try {
            return result((int) PIPE2.invokeExact(errno, ends.address(), O_CLOEXEC));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// A non-blocking eventfd with count 0.
    public int eventfd() {
        try {
            return result((int) EVENTFD.invokeExact(errno, 0, O_NONBLOCK | O_CLOEXEC));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Sleeps, unless a descriptor becomes readable first.
    ///
    /// @return 0 after the time-out, 1 when readable, or `-errno`
    public int sleepUnlessReadable(int fd, long timeoutNs) {
        scratch.set(JAVA_INT, 0, fd);
        scratch.set(JAVA_INT, 4, POLLIN);
        scratch.set(JAVA_LONG, 16, timeoutNs / 1_000_000_000L);
        scratch.set(JAVA_LONG, 24, timeoutNs % 1_000_000_000L);
        try {
            return result((int) PPOLL.invokeExact(errno, scratch.address(), 1L, scratch.address() + 16, 0L));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Gives the CPU to another runnable thread, if there is one.
    public void yieldCpu() {
        try {
            int unused = (int) SCHED_YIELD.invokeExact();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// The effective user id of the process.
    public static int effectiveUser() {
        try {
            return (int) GETEUID.invokeExact();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}

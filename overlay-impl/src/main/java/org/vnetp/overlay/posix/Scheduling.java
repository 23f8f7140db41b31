package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;

/// How the kernel shares processors out: sched_setattr(2), sched_setaffinity(2), how late a sleep ends, and the clock
/// of
/// a process's CPU time.
/// For set-up: it allocates. As in [Posix], each method returns what the call returns, or `-errno`.
///
/// All but [#cpuNanos] are about the calling thread.
public final class Scheduling {
    /// `sched.h`: the kernel's usual policy.
    public static final int OTHER = 0;

    /// Of work that nobody waits for: wakes up without displacing others.
    public static final int BATCH = 3;

    /// Runs where nobody else wants to, nearly.
    public static final int IDLE = 5;

    /// Linux accepts slices from here (`kernel/sched/syscalls.c`), and cuts others to it.
    public static final long LEAST_SLICE_NS = 100_000;

    public static final long MOST_SLICE_NS = 100_000_000;

    private static final MethodHandle CALL =
            Posix.bind("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SET_AFFINITY =
            Posix.bind("sched_setaffinity", -1, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
    private static final MethodHandle GET_AFFINITY =
            Posix.bind("sched_getaffinity", -1, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
    private static final MethodHandle PRCTL =
            Posix.bind("prctl", 1, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle CLOCK_GETTIME = Posix.bind("clock_gettime", -1, JAVA_INT, JAVA_INT, ADDRESS);

    // The numbers of calls that the C library has no functions for; -1 on machines whose numbers are not known here.
    private static final long SET_ATTRIBUTES = switch (System.getProperty("os.arch")) {
        case "amd64" -> 314;
        case "aarch64", "riscv64" -> 274;
        default -> -1;
    };
    private static final long GET_ATTRIBUTES = SET_ATTRIBUTES < 0 ? -1 : SET_ATTRIBUTES + 1;

    // struct sched_attr, version 0: size, policy, flags, nice, priority, runtime, deadline, period
    private static final long ATTRIBUTES_BYTES = 48;
    private static final long POLICY_AT = 4;
    private static final long NICE_AT = 16;
    private static final long RUNTIME_AT = 24;

    /// The clock of all CPU time of a process whose id is p is ((~p) << 3) | 2 (clock_getcpuclockid(3)).
    private static final int CPU_CLOCK = 2;

    private static final int CPUS = 1024;
    private static final int PR_SET_TIMERSLACK = 29;

    private Scheduling() {}

    /// Sets policy, nice value and slice of the calling thread.
    ///
    /// @param sliceNs how long it runs before others get their turn, nanoseconds; 0 for the kernel's own. Linux
    /// before
    ///     6.12 has no slices for single threads and does not say so: [#sliceNs] tells.
    public static int set(int policy, int nice, long sliceNs) {
        if (SET_ATTRIBUTES < 0) {
            return -Errno.ENOSYS;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            attributes.set(JAVA_INT, 0, (int) ATTRIBUTES_BYTES);
            attributes.set(JAVA_INT, POLICY_AT, policy);
            attributes.set(JAVA_INT, NICE_AT, nice);
            attributes.set(JAVA_LONG, RUNTIME_AT, sliceNs);
            return call(arena, SET_ATTRIBUTES, attributes.address(), 0, 0);
        }
    }

    /// The slice that the kernel tells of the calling thread, nanoseconds; 0 from one that has none.
    public static long sliceNs() {
        if (GET_ATTRIBUTES < 0) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            int result = call(arena, GET_ATTRIBUTES, attributes.address(), ATTRIBUTES_BYTES, 0);
            return result < 0 ? 0 : attributes.get(JAVA_LONG, RUNTIME_AT);
        }
    }

    private static int call(Arena arena, long number, long first, long second, long third) {
        MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
        try {
            return Posix.result(errno, (long) CALL.invokeExact(errno, number, 0L, first, second, third));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Binds the calling thread to these CPUs; an empty set: to those that the process started with, which its
    /// first thread still has.
    public static int bind(BitSet cpus) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
            MemorySegment mask = arena.allocate(CPUS / 8, 8);
            if (cpus.isEmpty()) {
                int process = (int) ProcessHandle.current().pid();
                int got = Posix.result(errno, (int) GET_AFFINITY.invokeExact(errno, process, mask.byteSize(), mask));
                if (got < 0) {
                    return got;
                }
            } else {
                byte[] bytes = cpus.toByteArray();
                for (int i = 0; i < bytes.length; i++) {
                    mask.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, bytes[i]);
                }
            }
            return Posix.result(errno, (int) SET_AFFINITY.invokeExact(errno, 0, mask.byteSize(), mask));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// How late a timed sleep of the calling thread may end, nanoseconds; Linux starts with 50 000.
    public static int timerSlack(long nanoseconds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
            return Posix.result(errno, (int) PRCTL.invokeExact(errno, PR_SET_TIMERSLACK, nanoseconds, 0L, 0L, 0L));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// CPU time of all threads of a process since it started, also of those that have ended, nanoseconds.
    public static long cpuNanos(long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
            MemorySegment time = arena.allocate(16, 8);
            int clock = (int) (~pid << 3) | CPU_CLOCK;
            int result = Posix.result(errno, (int) CLOCK_GETTIME.invokeExact(errno, clock, time));
            return result < 0 ? result : time.get(JAVA_LONG, 0) * 1_000_000_000L + time.get(JAVA_LONG, 8);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }
}

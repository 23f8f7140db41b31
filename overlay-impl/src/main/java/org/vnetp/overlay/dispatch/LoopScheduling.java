package org.vnetp.overlay.dispatch;

import java.util.BitSet;
import java.util.Locale;
import java.util.Optional;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Scheduling;

/// How the kernel schedules the threads of a node's loops, so that they take less from guests that compute:
/// VNET/P names this noise isolation, as future work.
///
/// @param policy of the kernel's scheduler
/// @param nice from -20 (most processor time) to 19 (least); beside others of the same cgroup
/// @param sliceNs how long a loop runs before others get their turn, nanoseconds; 0 for the kernel's own. A
///     short one
///     is served sooner after a wake-up (EEVDF, Linux 6.12 and later)
/// @param cpus that the loops are bound to; empty for those that the process was started with
public record LoopScheduling(Policy policy, int nice, long sliceNs, BitSet cpus) {
    /// Policies of the kernel's scheduler that need no privilege beyond a nice value's.
    public enum Policy {
        /// The kernel's usual one.
        OTHER,
        /// Wakes up without displacing who runs.
        BATCH,
        /// Runs where nobody else wants to, nearly.
        IDLE;

        int number() {
            return switch (this) {
                case OTHER -> Scheduling.OTHER;
                case BATCH -> Scheduling.BATCH;
                case IDLE -> Scheduling.IDLE;
            };
        }
    }

    /// As the process was started.
    public static final LoopScheduling DEFAULT = new LoopScheduling(Policy.OTHER, 0, 0, new BitSet());

    /// Bounds of a slice that is said.
    public static final long LEAST_SLICE_NS = Scheduling.LEAST_SLICE_NS;

    public static final long MOST_SLICE_NS = Scheduling.MOST_SLICE_NS;

    public static final int LEAST_NICE = -20;
    public static final int MOST_NICE = 19;

    /// Highest number of a CPU and one.
    public static final int MOST_CPUS = 1024;

    /// @throws IllegalArgumentException naming what is out of range
    public LoopScheduling {
        if (nice < LEAST_NICE || nice > MOST_NICE) {
            throw new IllegalArgumentException("nice " + nice + ": expected " + LEAST_NICE + ".." + MOST_NICE);
        }
        if (sliceNs != 0 && (sliceNs < LEAST_SLICE_NS || sliceNs > MOST_SLICE_NS)) {
            throw new IllegalArgumentException(
                    "slice " + sliceNs + " ns: expected auto, or " + LEAST_SLICE_NS + ".." + MOST_SLICE_NS);
        }
        if (cpus.length() > MOST_CPUS) {
            throw new IllegalArgumentException("cpus " + list(cpus) + ": expected numbers below " + MOST_CPUS);
        }
        cpus = (BitSet) cpus.clone();
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }

    /// Puts it into force for the calling thread.
    ///
    /// @return why the kernel refuses, naming the parameter; some of it may be in force then
    public Optional<String> apply() {
        int set = Scheduling.set(policy.number(), nice, sliceNs);
        if (set < 0) {
            return Optional.of("policy " + label() + " nice " + nice + ": the kernel refuses: " + Errno.text(-set)
                    + (-set == Errno.EPERM || -set == Errno.EACCES
                            ? "; less niceness than before wants CAP_SYS_NICE"
                            : ""));
        }
        if (sliceNs != 0 && Scheduling.sliceNs() != sliceNs) {
            return Optional.of("slice: this kernel has none for single threads; expected Linux 6.12 or later");
        }
        int bound = Scheduling.bind(cpus);
        return bound < 0
                ? Optional.of("cpus " + list(cpus) + ": the kernel refuses: " + Errno.text(-bound)
                        + "; expected CPUs of this machine that the process may use")
                : Optional.empty();
    }

    public String label() {
        return policy.name().toLowerCase(Locale.ROOT);
    }

    /// As statements write it: `any` or `0,2-3`.
    public static String list(BitSet cpus) {
        if (cpus.isEmpty()) {
            return "any";
        }
        StringBuilder text = new StringBuilder();
        for (int from = cpus.nextSetBit(0); from >= 0; from = cpus.nextSetBit(from)) {
            int end = cpus.nextClearBit(from);
            text.append(text.isEmpty() ? "" : ",").append(from);
            if (end - from > 1) {
                text.append('-').append(end - 1);
            }
            from = end;
        }
        return text.toString();
    }
}

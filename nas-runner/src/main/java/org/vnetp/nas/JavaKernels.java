package org.vnetp.nas;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.AotCache;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.nas.kernel.KernelJvm;
import org.vnetp.nas.kernel.Kernels;
import org.vnetp.nas.kernel.ProblemClass;

/// Our own kernels: every rank is a JVM.
final class JavaKernels implements Programs {
    /// Starting JVMs and MPI and ending them, in seconds, for estimates.
    private static final double START_SECONDS = 1.0;

    private final double warmUpSeconds;
    private final double timedSeconds;
    private List<String> options = List.of();

    /// @throws IllegalArgumentException for a cell that its kernel refuses
    JavaKernels(Suite suite, double warmUpSeconds, double timedSeconds) {
        this.warmUpSeconds = warmUpSeconds;
        this.timedSeconds = timedSeconds;
        for (Suite.Row row : suite.rows()) {
            KernelCell cell = row.cell();
            Kernels.of(cell.kernel()).check(problemClass(cell), cell.ranks());
        }
    }

    private static ProblemClass problemClass(KernelCell cell) {
        return ProblemClass.of(String.valueOf(cell.problemClass()));
    }

    @Override
    public long bytes(KernelCell cell) {
        return cell.ranks() * KernelJvm.bytes(Kernels.of(cell.kernel()), problemClass(cell), cell.ranks());
    }

    @Override
    public void prepare(MpiLauncher launcher, PrintStream log) {
        options = KernelJvm.fastStart(launcher, AotCache.ofUser(log));
    }

    @Override
    public List<String> command(KernelCell cell) {
        return KernelJvm.command(
                Kernels.of(cell.kernel()),
                problemClass(cell),
                cell.ranks(),
                options,
                List.of(
                        "--timers",
                        "--warm-up",
                        String.format(Locale.ROOT, "%.1f", warmUpSeconds),
                        "--timed",
                        String.format(Locale.ROOT, "%.1f", timedSeconds)));
    }

    @Override
    public double seconds(KernelCell cell) {
        double once = KernelFacts.seconds(cell);
        // The last repetition begins before the seconds are over.
        return START_SECONDS + warmUpSeconds + Math.max(once, timedSeconds + once / 2);
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "NPB-specification kernels in Java (not NPB), warm-up at most %.1f s, timed region %s",
                warmUpSeconds,
                timedSeconds == 0
                        ? "once"
                        : String.format(Locale.ROOT, "repeated until %.1f s, the mean counts", timedSeconds));
    }
}

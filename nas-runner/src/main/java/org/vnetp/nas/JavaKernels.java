package org.vnetp.nas;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.AotCache;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.nas.kernel.KernelJvm;
import org.vnetp.nas.kernel.Kernels;
import org.vnetp.nas.kernel.ProblemClass;

/// Our own kernels: every rank is a JVM.
final class JavaKernels implements Programs {
    /// Starting JVMs and MPI and ending them, in seconds, for estimates: of a job, and of each rank a processor has.
    private static final double START_SECONDS = 1;

    private static final double RANK_SECONDS = 0.8;

    /// Putting data back, verifying and reading counters, in seconds, for estimates.
    private static final double REGION_SECONDS = 0.1;

    /// From here on a region is long; warm-up has compiled what it runs.
    private static final double LONG_SECONDS = 5;

    /// How many times longer a region takes, and a launch, in virtual machines, for estimates: in class W on
    /// four User-Mode Linux guests that shared two processors 4 (ep) to 70 times (cg).
    private static final double MACHINES_REGION = 20;

    private static final double MACHINES_LAUNCH = 8;

    private final double warmUpSeconds;
    private final double timedSeconds;
    private final boolean inMachines;
    private List<String> options = List.of();

    /// On processors of this machine.
    ///
    /// @throws IllegalArgumentException for a cell that its kernel refuses
    JavaKernels(Suite suite, double warmUpSeconds, double timedSeconds) {
        this(suite, warmUpSeconds, timedSeconds, false);
    }

    /// @param inMachines whether ranks run in virtual machines, where everything takes longer
    /// @throws IllegalArgumentException for a cell that its kernel refuses
    JavaKernels(Suite suite, double warmUpSeconds, double timedSeconds, boolean inMachines) {
        this.inMachines = inMachines;
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
    public boolean resident() {
        return true;
    }

    @Override
    public List<String> resident(KernelCell cell, String address) {
        List<String> arguments =
                new ArrayList<>(List.of("--timers", "--warm-up", String.format(Locale.ROOT, "%.1f", warmUpSeconds)));
        if (isLong(cell)) {
            arguments.add("--first-by-order");
        }
        return KernelJvm.resident(
                Kernels.of(cell.kernel()), problemClass(cell), cell.ranks(), address, options, arguments);
    }

    @Override
    public boolean isLong(KernelCell cell) {
        return regionSeconds(cell) >= Math.max(LONG_SECONDS, timedSeconds);
    }

    @Override
    public List<String> command(KernelCell cell) {
        throw new UnsupportedOperationException("the kernels in Java stay");
    }

    @Override
    public double seconds(KernelCell cell) {
        return REGION_SECONDS + Math.max(regionSeconds(cell), timedSeconds);
    }

    private double regionSeconds(KernelCell cell) {
        return KernelFacts.seconds(cell) * (inMachines ? MACHINES_REGION : 1);
    }

    @Override
    public double launchSeconds(KernelCell cell) {
        double ranksEach = (double) cell.ranks() / Runtime.getRuntime().availableProcessors();
        return (START_SECONDS + RANK_SECONDS * ranksEach + warmUpSeconds / 2) * (inMachines ? MACHINES_LAUNCH : 1)
                + (isLong(cell) ? 0 : regionSeconds(cell));
    }

    @Override
    public double leastSeconds() {
        return timedSeconds;
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "NPB-specification kernels in Java (not NPB), warm-up at most %.1f s a launch, timed region %s",
                warmUpSeconds,
                timedSeconds == 0
                        ? "once a run"
                        : String.format(Locale.ROOT, "passed through until %.1f s, the mean counts", timedSeconds));
    }
}

package org.vnetp.nas;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.nas.kernel.Kernel;
import org.vnetp.nas.kernel.KernelMain;
import org.vnetp.nas.kernel.Kernels;
import org.vnetp.nas.kernel.ProblemClass;

/// Our own kernels: every rank is a JVM.
final class JavaKernels implements Programs {
    private static final long MIB = 1 << 20;
    /// Heap beside the kernel's arrays.
    private static final long HEAP_SLACK_MIB = 48;
    /// Starting JVMs and MPI and ending them, in seconds, for estimates.
    private static final double START_SECONDS = 1.3;

    private final double warmUpSeconds;

    /// @throws IllegalArgumentException for a cell that its kernel refuses
    JavaKernels(Suite suite, double warmUpSeconds) {
        this.warmUpSeconds = warmUpSeconds;
        for (Suite.Row row : suite.rows()) {
            KernelCell cell = row.cell();
            Kernel kernel = Kernels.of(cell.kernel());
            if (!kernel.has(problemClass(cell))) {
                throw new IllegalArgumentException(
                        cell + ": " + kernel.name() + " has no class " + cell.problemClass());
            }
            kernel.checkRanks(cell.ranks());
        }
    }

    private static ProblemClass problemClass(KernelCell cell) {
        return ProblemClass.of(String.valueOf(cell.problemClass()));
    }

    /// Memory of all ranks together, in bytes.
    static long bytes(KernelCell cell) {
        Kernel kernel = Kernels.of(cell.kernel());
        return cell.ranks() * (kernel.bytesPerRank(problemClass(cell), cell.ranks()) + HEAP_SLACK_MIB * MIB);
    }

    @Override
    public List<String> command(KernelCell cell) {
        Kernel kernel = Kernels.of(cell.kernel());
        long heapMib = HEAP_SLACK_MIB + kernel.heapBytes(problemClass(cell), cell.ranks()) / MIB;
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of(
                "-Xms" + heapMib + "m",
                "-Xmx" + heapMib + "m",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KernelMain.class.getName(),
                cell.kernel() + "." + cell.problemClass(),
                "--timers",
                "--warm-up",
                String.format(Locale.ROOT, "%.1f", warmUpSeconds)));
        return words;
    }

    @Override
    public double overheadSeconds(KernelCell cell) {
        return START_SECONDS + warmUpSeconds;
    }

    @Override
    public String description() {
        return "NPB-specification kernels in Java (not NPB), warm-up at most "
                + String.format(Locale.ROOT, "%.1f s", warmUpSeconds);
    }
}

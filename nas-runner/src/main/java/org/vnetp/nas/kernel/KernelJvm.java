package org.vnetp.nas.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.vnetp.macrobench.mpi.AotCache;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.RankJvm;
import org.vnetp.macrobench.testbed.Machine;

/// The JVM that a rank of our kernels is: sized by kernel, class and rank count, with the options that these loops
/// want.
public final class KernelJvm {
    /// Line sweeps inlined into each other take C2 seconds a rank, on cores that the ranks want.
    private static final List<String> OPTIONS =
            List.of("-XX:CompileCommand=quiet", "-XX:CompileCommand=dontinline,org.vnetp.nas.kernel.cfd.*::*");

    /// Kernels whose loops go over many arrays. The other ones gain nothing by the next two options, and IS loses.
    private static final Set<String> OF_MANY_ARRAYS = Set.of("BT", "LU", "SP");

    /// Under C2's own limit, which is 60 nodes, loops over more than some ten arrays stay scalar: they
    /// are not unrolled often enough to fill a vector.
    private static final String MORE_UNROLLING = "-XX:LoopUnrollLimit=300";

    /// Rows and lines have some 20 to 130 points. The longer a vector, the more of them come before
    /// the first whole one and after the last, and are computed one by one. Only where a processor has
    /// vectors of 64 bytes: a JVM warns of a size that is more than there is.
    private static final String SHORTER_VECTORS = "-XX:MaxVectorSize=32";

    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

    private KernelJvm() {}

    /// Memory of one rank in bytes, JVM included.
    public static long bytes(Kernel kernel, ProblemClass problemClass, int ranks) {
        return RankJvm.bytes(kernel.heapBytes(problemClass, ranks), kernel.offHeapBytes(problemClass, ranks));
    }

    /// The command of one rank.
    ///
    /// @param options further ones of the JVM, such as [#fastStart]
    /// @param arguments of [KernelMain] after the name of kernel and class
    public static List<String> command(
            Kernel kernel, ProblemClass problemClass, int ranks, List<String> options, List<String> arguments) {
        List<String> words = new ArrayList<>();
        words.add(kernel.name().toLowerCase(Locale.ROOT) + "." + problemClass);
        words.addAll(arguments);
        List<String> all = new ArrayList<>(loops(kernel));
        all.addAll(options);
        return command(kernel.heapBytes(problemClass, ranks), all, KernelMain.class, words);
    }

    /// The command of one rank of a job that stays and runs regions by order.
    ///
    /// @param address of rank 0's host that the other ranks reach
    /// @param arguments of [KernelMain] beside name and address
    public static List<String> resident(
            Kernel kernel,
            ProblemClass problemClass,
            int ranks,
            String address,
            List<String> options,
            List<String> arguments) {
        List<String> all = new ArrayList<>(options);
        all.addAll(RankJvm.WAITING);
        List<String> words = new ArrayList<>(List.of("--resident", address));
        words.addAll(arguments);
        return command(kernel, problemClass, ranks, all, words);
    }

    static List<String> command(long heapBytes, List<String> options, Class<?> main, List<String> arguments) {
        List<String> all = new ArrayList<>(OPTIONS);
        all.addAll(options);
        return RankJvm.command(heapBytes, all, main, arguments);
    }

    private static List<String> loops(Kernel kernel) {
        if (!OF_MANY_ARRAYS.contains(kernel.name())) {
            return List.of();
        }
        return hasLongVectors() ? List.of(MORE_UNROLLING, SHORTER_VECTORS) : List.of(MORE_UNROLLING);
    }

    private static boolean hasLongVectors() {
        try {
            return Files.readString(PROCESSOR).contains(" avx512f ");
        } catch (IOException e) {
            return false; // another system, which has none
        }
    }

    /// Options that start a rank from an archive of its classes, which is made if there is none yet (about two
    /// seconds, once a build).
    public static List<String> fastStart(MpiLauncher launcher, AotCache cache) {
        Kernel kernel = new Ep();
        return cache.options(
                "kernel-" + launcher.name(),
                Machine.classPath(),
                options -> launcher.local(
                        1, command(kernel, ProblemClass.S, 1, options, List.of("--warm-up", "0", "--timers"))));
    }
}

package org.vnetp.nas;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.testbed.FabricSpec;
import picocli.CommandLine.Option;

/// What the ranks run and what starts them: the kernels in Java and how long they warm up and run, or a user's own NPB
/// programs; one MPI or another.
final class ProgramOptions {
    @Option(names = "--mpi", paramLabel = "MPI", description = "openmpi or mpich. Default: what is installed.")
    private String mpi;

    @Option(
            names = "--npb-bin",
            paramLabel = "DIR",
            description = "Runs your own NPB 2.4-3.4 programs of this directory.")
    private Path npbBin;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            description = "Longest untimed warm-up of the Java kernels, seconds.")
    private Double warmUp;

    @Option(
            names = "--timed",
            paramLabel = "S",
            description =
                    "Least timed seconds of a run of the Java kernels: a shorter timed region is passed through several"
                            + " times, each verified, and the mean counts; 0: once, as NPB does (default: 0.4).")
    private Double timed;

    /// `openmpi`, `mpich`, or null for what is installed.
    String mpi() {
        return mpi;
    }

    /// Whether they are the user's own NPB programs.
    boolean own() {
        return npbBin != null;
    }

    /// @throws IllegalArgumentException when the MPI is none of ours
    void requireMpi() {
        if (mpi != null && !mpi.equals("openmpi") && !mpi.equals("mpich")) {
            throw new IllegalArgumentException("--mpi '" + mpi + "': expected openmpi or mpich");
        }
    }

    /// The programs, and what is not said of them from now on as it is.
    ///
    /// @param quick for a look: a shorter warm-up
    /// @throws IllegalArgumentException naming what is wrong and what would be right
    Programs of(NasPlan plan, boolean quick) throws IOException {
        if (npbBin != null) {
            return NpbPrograms.in(npbBin, plan.suite());
        }
        warmUp = seconds("--warm-up", warmUp == null ? (quick ? 1.5 : 3.0) : warmUp);
        timed = seconds("--timed", timed == null ? 0.4 : timed);
        boolean inMachines = plan.fabrics().values().stream().anyMatch(FabricSpec::inMachines);
        return new JavaKernels(plan.suite(), warmUp, timed, inMachines);
    }

    private static double seconds(String option, double value) {
        if (!(value >= 0 && value <= 600)) {
            throw new IllegalArgumentException(option + " " + value + ": expected seconds from 0 to 600");
        }
        return value;
    }

    /// The arguments that say the same again, after [#of].
    List<String> words() {
        List<String> words = new ArrayList<>();
        if (mpi != null) {
            words.addAll(List.of("--mpi", mpi));
        }
        if (npbBin != null) {
            words.addAll(List.of("--npb-bin", npbBin.toAbsolutePath().toString()));
        } else {
            words.addAll(List.of("--warm-up", String.valueOf(warmUp), "--timed", String.valueOf(timed)));
        }
        return words;
    }
}

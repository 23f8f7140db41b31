package org.vnetp.nas;

import java.io.PrintStream;
import java.util.List;
import org.vnetp.macrobench.mpi.MpiLauncher;

/// What the ranks run for a cell: our kernels, or the user's NPB programs.
interface Programs {
    /// Makes ready what all runs have in common; called once, before the first run.
    ///
    /// @param log for what does not work and is not needed
    default void prepare(MpiLauncher launcher, PrintStream log) {}

    /// The program with its arguments.
    List<String> command(KernelCell cell);

    /// Seconds that one run takes, roughly: starting, warming up, the timed region, verifying.
    double seconds(KernelCell cell);

    /// Memory of all ranks of a cell together in bytes; 0 when unknown.
    long bytes(KernelCell cell);

    /// What it is, in one line.
    String description();
}

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

    /// Whether these programs can stay and run their timed region by order ([org.vnetp.nas.kernel.Regions]).
    default boolean resident() {
        return false;
    }

    /// The program with its arguments, to stay.
    ///
    /// @param address of rank 0's host that the other ranks reach
    default List<String> resident(KernelCell cell, String address) {
        throw new UnsupportedOperationException(description() + " run once a launch");
    }

    /// Seconds that one run takes, roughly: of programs that stay the timed region and verifying, of others also
    /// starting and warming up.
    double seconds(KernelCell cell);

    /// Seconds that a launch of programs that stay takes, roughly, until they are ready.
    default double launchSeconds(KernelCell cell) {
        return 0;
    }

    /// Seconds that one run of programs that stay should take at least: a shorter timed region is passed through
    /// several times.
    default double leastSeconds() {
        return 0;
    }

    /// Whether the timed region of programs that stay is so long that it is passed through once a run, and that it
    /// counts from the first: once more for nothing would cost as much as half a block.
    default boolean isLong(KernelCell cell) {
        return false;
    }

    /// Memory of all ranks of a cell together in bytes; 0 when unknown.
    long bytes(KernelCell cell);

    /// What it is, in one line.
    String description();
}

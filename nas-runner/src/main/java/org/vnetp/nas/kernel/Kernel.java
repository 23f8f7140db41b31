package org.vnetp.nas.kernel;

import org.vnetp.macrobench.mpi.Communicator;

/// One of the eight kernels. Stateless: all state of a run lives in [#run].
public interface Kernel {
    /// Two capital letters, for example `CG`.
    String name();

    /// Whether the specification has this class for this kernel.
    default boolean has(ProblemClass problemClass) {
        return true;
    }

    /// Accepts the rank counts the kernel can be split into.
    ///
    /// @throws IllegalArgumentException naming the legal counts nearby
    void checkRanks(int ranks);

    /// As [#checkRanks], for kernels where the legal counts depend on the class.
    ///
    /// @throws IllegalArgumentException naming what is legal
    default void check(ProblemClass problemClass, int ranks) {
        checkRanks(ranks);
    }

    /// Java heap that one rank fills with arrays, in bytes.
    long heapBytes(ProblemClass problemClass, int ranks);

    /// Off-heap message buffers of one rank, in bytes.
    long offHeapBytes(ProblemClass problemClass, int ranks);

    /// All memory one rank needs beside the JVM itself, in bytes.
    default long bytesPerRank(ProblemClass problemClass, int ranks) {
        return heapBytes(problemClass, ranks) + offHeapBytes(problemClass, ranks);
    }

    /// Prints the header, warms up, runs the timed region and verifies. All ranks call it; all get the same
    /// result but for what only rank 0 knows (verification, where the specification does it there).
    KernelResult run(Communicator world, ProblemClass problemClass, KernelContext context);
}

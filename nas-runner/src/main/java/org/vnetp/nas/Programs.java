package org.vnetp.nas;

import java.util.List;

/// What the ranks run for a cell: our kernels, or the user's NPB programs.
interface Programs {
    /// The program with its arguments.
    List<String> command(KernelCell cell);

    /// Seconds of one run beside its timed region: starting, warming up, verifying.
    double overheadSeconds(KernelCell cell);

    /// Memory of all ranks of a cell together in bytes; 0 when unknown.
    long bytes(KernelCell cell);

    /// What it is, in one line.
    String description();
}

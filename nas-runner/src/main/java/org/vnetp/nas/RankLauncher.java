package org.vnetp.nas;

import java.util.List;
import org.vnetp.macrobench.testbed.Fabric;

/// Starts ranks over a fabric with the MPI's own launcher.
interface RankLauncher {
    /// The launcher's command; not started.
    ///
    /// @param ranks spread over the fabric's endpoints in blocks
    /// @param program what every rank runs
    ProcessBuilder command(Fabric fabric, int ranks, List<String> program);

    /// As [#command], for a program that stays: the standard input of the process is that of rank 0, which ends with
    /// it.
    ProcessBuilder resident(Fabric fabric, int ranks, List<String> program);

    /// The MPI and its version.
    String description();
}

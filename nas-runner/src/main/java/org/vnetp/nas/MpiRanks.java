package org.vnetp.nas;

import java.util.List;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.UnavailableException;

/// Starts ranks with the launcher of an installed MPI.
record MpiRanks(MpiLauncher launcher) implements RankLauncher {

    /// @param wanted `openmpi`, `mpich`, or null for what is installed
    /// @throws UnavailableException naming the package to install
    static MpiRanks of(String wanted) {
        try {
            return new MpiRanks(MpiLauncher.find(wanted));
        } catch (MpiUnavailableException e) {
            throw new UnavailableException(e.getMessage(), MpiLauncher.install(wanted));
        }
    }

    @Override
    public ProcessBuilder command(Fabric fabric, int ranks, List<String> program) {
        return launcher.over(fabric, ranks, program);
    }

    @Override
    public ProcessBuilder resident(Fabric fabric, int ranks, List<String> program) {
        return launcher.residentOver(fabric, ranks, program);
    }

    @Override
    public String description() {
        return launcher.description();
    }
}

package org.vnetp.macrobench.workload;

import java.util.List;
import java.util.function.Supplier;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.workload.ExchangeRun.Work;

/// A star whose hub is at one of two sites, so that hosts of the other talk over the line and
/// back: ranks that wait for their neighbours, as LU's do, and all with all. Where ranks talk
/// with the hub alone, no change pays.
final class TwoSites extends ExchangingWorkload {
    private static final int ROUNDS = 600;
    private static final int MEGABYTES = 20;
    private static final int HUB_ROUNDS = 200;

    TwoSites(Supplier<MpiLauncher> launcher) {
        super(launcher);
    }

    @Override
    public String name() {
        return "two-sites";
    }

    @Override
    public int sites() {
        return 2;
    }

    @Override
    List<Work> works() {
        return List.of(new Work(Exchange.Pattern.GRID, ROUNDS), new Work(Exchange.Pattern.ALLTOALL, MEGABYTES));
    }

    @Override
    List<Work> controls() {
        return List.of(new Work(Exchange.Pattern.HUB, HUB_ROUNDS));
    }
}

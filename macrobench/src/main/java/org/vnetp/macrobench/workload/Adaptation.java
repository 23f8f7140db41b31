package org.vnetp.macrobench.workload;

import java.util.List;
import java.util.function.Supplier;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.workload.ExchangeRun.Work;
import org.vnetp.reports.result.Params;

/// A star that could be direct: all exchange with all, as FT and IS do. Where ranks only compute,
/// as in EP, and where they talk with the first host alone, to which each has a link, no change
/// pays.
final class Adaptation extends ExchangingWorkload {
    private static final int MEGABYTES = 50;
    private static final int COMPUTE_SECONDS = 10;
    private static final int ROUNDS = 20_000;

    Adaptation(Supplier<MpiLauncher> launcher) {
        super(launcher);
    }

    @Override
    public String name() {
        return "adaptation";
    }

    @Override
    List<Work> works() {
        return List.of(new Work(Exchange.Pattern.ALLTOALL, MEGABYTES));
    }

    @Override
    List<Work> controls() {
        return List.of(new Work(Exchange.Pattern.COMPUTE, COMPUTE_SECONDS), new Work(Exchange.Pattern.HUB, ROUNDS));
    }

    @Override
    public boolean sized() {
        return true;
    }

    /// @param sizes megabytes from each rank to each other
    @Override
    public List<Params> cells(List<Integer> sizes) {
        return sizes.stream()
                .map(size -> cell(new Work(Exchange.Pattern.ALLTOALL, size)))
                .toList();
    }
}

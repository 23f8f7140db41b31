package org.vnetp.nas.kernel.cfd;

import org.vnetp.nas.kernel.ProblemClass;
import org.vnetp.nas.kernel.RankCounts;

/// LU: symmetric successive over-relaxation (RNR-94-007, section 4.7) on pencils, with wavefronts that move
/// through the ranks plane by plane: many small messages.
public final class Lu extends CfdKernel {
    @Override
    public String name() {
        return "LU";
    }

    @Override
    public void checkRanks(int ranks) {
        RankCounts.check("LU", ranks, "n1 * n2 with n1/2 <= n2 <= n1", PencilGrid::legal);
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        long size = sizeFor(problemClass, ranks);
        long columns = divisions(ranks);
        long nx = size / columns + 1;
        long ny = size / (ranks / columns) + 1;
        return (16L << 20) + Cell.bytes(nx, ny, size, Cell.Extra.ENERGIES);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        long size = sizeFor(problemClass, ranks);
        return ranks == 1 ? 0 : 2 * 8 * 4 * (10 * size * size + 5 * size);
    }

    @Override
    Run start(FlowModel model, Links links) {
        return new LuRun(model, links);
    }

    @Override
    double millionOperations(double n) {
        return 1e-6 * (1984.77 * n * n * n - 10923.3 * n * n + 27770.9 * n - 144010);
    }

    @Override
    int divisions(int ranks) {
        return new PencilGrid(1, ranks, 0).columns;
    }

    @Override
    boolean showsTimeStep() {
        return false;
    }
}

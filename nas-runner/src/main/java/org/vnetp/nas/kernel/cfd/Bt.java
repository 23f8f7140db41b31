package org.vnetp.nas.kernel.cfd;

import org.vnetp.nas.kernel.ProblemClass;

/// BT, "block tri-diagonal": alternating-direction implicit steps with coupled 5x5 blocks (RNR-94-007,
/// section 4.5), on a square number of ranks by multi-partition.
public final class Bt extends CfdKernel {
    @Override
    public String name() {
        return "BT";
    }

    @Override
    public void checkRanks(int ranks) {
        checkSquare("BT", ranks);
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        return adiHeap(sizeFor(problemClass, ranks), ranks, 30);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        return messages(sizeFor(problemClass, ranks), ranks, 30);
    }

    @Override
    Run start(FlowModel model, Links links) {
        return new AdiRun(AdiRun.Scheme.BLOCK, model, links);
    }

    @Override
    double millionOperations(double n) {
        return 1e-6 * (3478.8 * n * n * n - 17655.7 * n * n + 28023.7 * n);
    }

    @Override
    int divisions(int ranks) {
        return root(ranks);
    }

    @Override
    boolean showsTimeStep() {
        return true;
    }
}

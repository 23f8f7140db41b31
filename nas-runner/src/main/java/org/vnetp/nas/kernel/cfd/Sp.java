package org.vnetp.nas.kernel.cfd;

import org.vnetp.nas.kernel.ProblemClass;

/// SP, "scalar penta-diagonal": alternating-direction implicit steps in characteristic variables
/// (RNR-94-007, section 4.6), on a square number of ranks by multi-partition.
public final class Sp extends CfdKernel {
    @Override
    public String name() {
        return "SP";
    }

    @Override
    public void checkRanks(int ranks) {
        checkSquare("SP", ranks);
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        return adiHeap(sizeFor(problemClass, ranks), ranks, 11);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        return messages(sizeFor(problemClass, ranks), ranks, 11);
    }

    @Override
    Run start(FlowModel model, Links links) {
        return new AdiRun(AdiRun.Scheme.SCALAR, model, links);
    }

    @Override
    double millionOperations(double n) {
        return 1e-6 * (881.174 * n * n * n - 4683.91 * n * n + 11484.5 * n - 19272.4);
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

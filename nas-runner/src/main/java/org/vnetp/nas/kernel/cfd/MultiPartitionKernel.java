package org.vnetp.nas.kernel.cfd;

import org.vnetp.nas.kernel.ProblemClass;
import org.vnetp.nas.kernel.RankCounts;

/// What BT and SP have in common: a square number of ranks by multi-partition, and steps of the
/// alternating-direction implicit scheme.
abstract class MultiPartitionKernel extends CfdKernel {
    private final AdiRun.Scheme scheme;
    private final int kept;

    /// @param kept doubles the solver keeps for a point
    MultiPartitionKernel(AdiRun.Scheme scheme, int kept) {
        this.scheme = scheme;
        this.kept = kept;
    }

    @Override
    public void checkRanks(int ranks) {
        checkSquare(name(), ranks);
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        int batch = scheme == AdiRun.Scheme.SCALAR ? PentaDiagonal.BATCH : BlockTridiagonal.BATCH;
        return adiHeap(sizeFor(problemClass, ranks), ranks, kept, batch);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        return messages(sizeFor(problemClass, ranks), ranks, kept);
    }

    @Override
    Run start(FlowModel model, Links links) {
        return new AdiRun(scheme, model, links);
    }

    @Override
    int divisions(int ranks) {
        return root(ranks);
    }

    @Override
    boolean showsTimeStep() {
        return true;
    }

    private static void checkSquare(String kernel, int ranks) {
        RankCounts.check(kernel, ranks, "a square", RankCounts::isSquare);
    }

    private static int root(int ranks) {
        return (int) Math.round(Math.sqrt(ranks));
    }

    /// Heap of the multi-partition kernels.
    ///
    /// @param kept doubles the solver keeps for a point
    private static long adiHeap(int size, int ranks, int kept, int batch) {
        int q = root(ranks);
        long edge = size / q + 1;
        long batches = q == 1 ? 1 : (edge * edge + batch - 1) / batch;
        long states = batches * edge * kept * (batch * 8L + 24);
        return (16L << 20)
                + q * (Cell.bytes(edge, edge, edge, Cell.Extra.SOUND) + states)
                + messages(size, ranks, kept);
    }

    /// Off-heap buffers of the multi-partition kernels: faces of all cells in six directions, edges in
    /// three, in and out.
    private static long messages(int size, int ranks, int kept) {
        int q = root(ranks);
        long edge = size / q + 1;
        return q == 1 ? 0 : 2 * 8 * edge * edge * (6L * 10 * q + 3 * 2 * Math.max(kept, 22));
    }
}

package org.vnetp.nas.kernel.cfd;

/// BT, "block tri-diagonal": alternating-direction implicit steps with coupled 5x5 blocks (RNR-94-007,
/// section 4.5), on a square number of ranks by multi-partition.
public final class Bt extends MultiPartitionKernel {
    public Bt() {
        super(AdiRun.Scheme.BLOCK, 30);
    }

    @Override
    public String name() {
        return "BT";
    }

    @Override
    double millionOperations(double n) {
        return 1e-6 * (3478.8 * n * n * n - 17655.7 * n * n + 28023.7 * n);
    }
}

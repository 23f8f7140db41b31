package org.vnetp.nas.kernel.cfd;

/// SP, "scalar penta-diagonal": alternating-direction implicit steps in characteristic variables
/// (RNR-94-007, section 4.6), on a square number of ranks by multi-partition.
public final class Sp extends MultiPartitionKernel {
    public Sp() {
        super(AdiRun.Scheme.SCALAR, 11);
    }

    @Override
    public String name() {
        return "SP";
    }

    @Override
    double millionOperations(double n) {
        return 1e-6 * (881.174 * n * n * n - 4683.91 * n * n + 11484.5 * n - 19272.4);
    }
}

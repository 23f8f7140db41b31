package org.vnetp.nas.kernel;

/// A job whose rank 1 throws while the others wait for it.
public final class DyingRank {
    private DyingRank() {}

    public static void main(String[] arguments) {
        System.exit(KernelMain.asRank(mpi -> {
            if (mpi.world().rank() == 1) {
                throw new IllegalStateException("told to die");
            }
            mpi.world().barrier();
            return 0;
        }));
    }
}

package org.vnetp.nas.kernel;

/// What [KernelVerificationTest] runs on every rank: several kernels one after the other in one job, since
/// starting ranks costs more than a small kernel. Its exit code is the worst of theirs.
public final class KernelSweep {
    private KernelSweep() {}

    public static void main(String[] names) {
        System.exit(KernelMain.asRank(mpi -> {
            int worst = 0;
            for (String name : names) {
                worst = Math.max(worst, KernelMain.runKernel(mpi, new String[] {name, "--warm-up", "0"}));
            }
            return worst;
        }));
    }
}

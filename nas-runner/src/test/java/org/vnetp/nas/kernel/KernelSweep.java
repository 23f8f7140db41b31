package org.vnetp.nas.kernel;

import java.util.Arrays;

/// What [KernelVerificationTest] runs on every rank: several kernels one after the other in one job, since
/// starting ranks costs more than a small kernel. Its exit code is the worst of theirs.
public final class KernelSweep {
    private KernelSweep() {}

    /// @param arguments least timed seconds, then the kernels
    public static void main(String[] arguments) {
        System.exit(KernelMain.asRank(mpi -> {
            int worst = 0;
            for (String name : Arrays.asList(arguments).subList(1, arguments.length)) {
                String[] kernel = {name, "--warm-up", "0", "--timed", arguments[0], "--timers"};
                worst = Math.max(worst, KernelMain.runKernel(mpi, kernel));
            }
            return worst;
        }));
    }
}

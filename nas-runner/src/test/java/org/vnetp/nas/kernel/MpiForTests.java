package org.vnetp.nas.kernel;

import org.junit.jupiter.api.Assumptions;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;

/// The MPI that a test needs: where it is missing the test is skipped, or fails with -Dvnetp.it=required.
final class MpiForTests {
    private MpiForTests() {}

    static MpiLauncher launcher(String mpi) {
        try {
            return MpiLauncher.find(mpi);
        } catch (MpiUnavailableException e) {
            if ("required".equals(System.getProperty("vnetp.it"))) {
                throw e;
            }
            Assumptions.abort(e.getMessage());
            throw e;
        }
    }
}

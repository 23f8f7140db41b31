package org.vnetp.macrobench.testbed;

import java.nio.file.Path;

/// An endpoint of a testbed on this machine: a namespace, or a virtual machine.
interface LocalEndpoint extends Endpoint {
    /// The script that runs its arguments there, from this machine.
    Path enter();

    /// The script by which MPI's launchers at another endpoint of the fabric run theirs there.
    Path reach();

    /// What its interface has counted.
    ///
    /// @throws FabricException when it is gone
    Counters.Interface counters();

    /// TCP segments that its kernel sent again; NaN where unknown.
    double retransmits();

    /// @throws FabricException saying which endpoint is gone, when it is
    void check();
}

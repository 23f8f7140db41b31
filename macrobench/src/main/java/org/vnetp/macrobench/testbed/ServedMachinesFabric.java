package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Our nodes, which serve the rings of virtual machines' NICs in the machines' memory (vhost-user).
abstract class ServedMachinesFabric extends VnetpFabric {
    final VirtualMachines machines;

    /// @param own legal settings beside those of dispatch
    ServedMachinesFabric(NamespaceTestbed testbed, FabricSpec spec, Set<String> own) {
        super(testbed, spec, own);
        machines = new VirtualMachines(this, settings());
    }

    /// Where the node of a host listens for the machine's monitor.
    final Path socket(int host) {
        return directory().resolve(Addresses.hostName(host) + ".vhost");
    }

    @Override
    List<Counters.Guest> guestCounters() {
        return machines.counters();
    }

    @Override
    List<Processes.Id> processes() {
        List<Processes.Id> all = new ArrayList<>(machines.processes());
        all.addAll(super.processes());
        return all;
    }

    @Override
    public void close() {
        machines.hangUp();
        super.close();
    }

    @Override
    String logs() {
        return super.logs() + machines.logs();
    }
}

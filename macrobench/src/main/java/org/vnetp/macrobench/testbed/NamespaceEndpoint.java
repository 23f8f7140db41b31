package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.List;

/// An endpoint that is a namespace of this machine.
record NamespaceEndpoint(Place place, int hostIndex, String address, String address6, String interfaceName, int mtu)
        implements LocalEndpoint {
    @Override
    public String hostName() {
        return place.hostName();
    }

    @Override
    public ProcessBuilder command(List<String> command) {
        return place.command(command);
    }

    @Override
    public Path enter() {
        return place.enter();
    }

    /// Namespaces of one machine are entered from each other as from outside.
    @Override
    public Path reach() {
        return place.enter();
    }

    @Override
    public Counters.Interface counters() {
        return InterfaceCounters.read(hostName(), place.keeper().pid(), interfaceName);
    }

    @Override
    public double retransmits() {
        return InterfaceCounters.retransmits(place.keeper().pid());
    }

    @Override
    public void check() {
        if (!place.keeper().alive()) {
            throw new FabricException("endpoint " + hostName() + " is gone");
        }
    }
}

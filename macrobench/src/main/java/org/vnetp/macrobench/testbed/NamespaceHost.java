package org.vnetp.macrobench.testbed;

import java.util.List;

/// A host that is a namespace of this machine.
record NamespaceHost(Place place, int index, String address, String address6, String interfaceName) implements Host {
    @Override
    public String name() {
        return place.hostName();
    }

    String namespace() {
        return place.namespace();
    }

    @Override
    public ProcessBuilder command(List<String> command) {
        return place.command(command);
    }
}

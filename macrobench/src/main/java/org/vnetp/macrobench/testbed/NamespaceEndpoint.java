package org.vnetp.macrobench.testbed;

import java.util.List;

/// An endpoint that is a namespace of this machine.
record NamespaceEndpoint(Place place, int hostIndex, String address, String address6, String interfaceName, int mtu)
        implements Endpoint {
    @Override
    public String hostName() {
        return place.hostName();
    }

    @Override
    public ProcessBuilder command(List<String> command) {
        return place.command(command);
    }
}

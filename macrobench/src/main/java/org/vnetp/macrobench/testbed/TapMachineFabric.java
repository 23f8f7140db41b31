package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Virtual machines on the network between the hosts itself, without an overlay: what the fabrics of virtual machines
/// are measured against. Each bridge has a link of its own to the switch, shaped as the hosts' are, so that the
/// hosts keep theirs as it is.
final class TapMachineFabric extends BridgedMachineFabric {
    private List<Place> guests = List.of();

    TapMachineFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, Set.of());
    }

    @Override
    int mtu() {
        return testbed().spec().mtu();
    }

    @Override
    void makeUplink(NamespaceHost host, Place guest) {
        testbed().ethernetSwitch().join(guest.namespace(), network(), host.index(), UPLINK);
        List<Place> more = new ArrayList<>(guests);
        more.add(guest);
        guests = List.copyOf(more);
    }

    @Override
    List<Counters.Interface> underlay() {
        List<Counters.Interface> outer = new ArrayList<>();
        for (NamespaceHost host : testbed().namespaceHosts()) {
            Place guest = guests.get(host.index());
            outer.add(InterfaceCounters.read(host.name(), guest.keeper().pid(), UPLINK));
        }
        return outer;
    }

    @Override
    public void close() {
        testbed().ethernetSwitch().forget(guests.stream().map(Place::namespace).toList());
        super.close();
    }

    @Override
    String way() {
        return "no overlay";
    }
}

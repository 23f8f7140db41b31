package org.vnetp.macrobench.testbed;

import java.util.List;

/// A guest whose TAP goes from node to node by statements at run time. The TAP outlives its node's `nic del`
/// (`persist`), as a virtual machine's NIC does that is plugged in again at another host.
final class VnetpTraveller implements Traveller {
    private static final String NIC = "travel0";

    private final VnetpFabric fabric;
    private final List<NamespaceHost> hosts;
    private final Place place;
    private final String mac;
    private final String address;
    private int at;
    private NamespaceEndpoint endpoint;

    VnetpTraveller(VnetpFabric fabric, int host) {
        this.fabric = fabric;
        this.hosts = fabric.testbed().namespaceHosts();
        this.at = host;
        int number = hosts.size(); // after the last guest's
        mac = Addresses.mac(fabric.network(), number);
        address = Addresses.ipv4(fabric.network(), number);
        place = fabric.createTraveller();
        try {
            arrive(host);
            int mtu = VnetpFabric.deviceMtu(place, NIC);
            fabric.testbed().ipSetup().configure(place.namespace(), NIC, fabric.network(), number, mtu);
            endpoint = new NamespaceEndpoint(place, host, address, Addresses.ipv6(fabric.network(), number), NIC, mtu);
            fabric.acquaintEndpoints(address, mac);
            fabric.acquaintTraveller(place, NIC);
        } catch (RuntimeException e) {
            Undo.after(e, this::close);
            throw e;
        }
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void moveTo(int host) {
        leave();
        arrive(host);
        at = host;
        // The new node has set the NIC's MAC address anew, at which the kernel forgets the neighbours.
        fabric.acquaintTraveller(place, NIC);
        endpoint = new NamespaceEndpoint(place, host, address, endpoint.address6(), NIC, endpoint.mtu());
    }

    /// The rule goes first: a NIC that a rule uses cannot be deleted.
    private void leave() {
        fabric.say(at, "route del any " + mac + " interface " + NIC + " any");
        fabric.say(at, "nic del " + NIC);
    }

    /// The other nodes hear of it when the new one can take the frames.
    private void arrive(int host) {
        fabric.say(host, fabric.nicStatement(NIC, mac, place.namespace()));
        fabric.say(host, "route replace any " + mac + " interface " + NIC + " any");
        for (NamespaceHost other : hosts) {
            if (other.index() != host) {
                fabric.say(
                        other.index(),
                        "route replace any " + mac + " edge " + hosts.get(host).name() + " any");
            }
        }
    }

    @Override
    public void close() {
        try {
            leave();
            for (NamespaceHost other : hosts) {
                if (other.index() != at) {
                    fabric.say(
                            other.index(),
                            "route del any " + mac + " edge " + hosts.get(at).name() + " any");
                }
            }
        } finally {
            fabric.removeTraveller(place, address);
        }
    }
}

package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;

/// A guest with a VXLAN device of every host but the first, of which one is up and carries its address; another
/// takes over when it moves, and the first endpoint's forwarding entry follows. The devices stand ready beforehand,
/// so that a move is what the kernel's tables take, not what creating devices takes.
///
/// It has a VXLAN network of its own, since a host has one device a network, and the guests hold those already.
final class VxlanTraveller implements Traveller {
    private static final String SENDER = "travel0";

    private final VxlanFabric fabric;
    private final List<NamespaceHost> hosts;
    private final NamespaceEndpoint sender;
    private final Place place;
    private final int network;
    private final int number;
    private final String mac;
    private final String address;
    private NamespaceEndpoint endpoint;

    VxlanTraveller(VxlanFabric fabric, int host) {
        this.fabric = fabric;
        hosts = fabric.testbed().namespaceHosts();
        sender = fabric.namespaceEndpoints().getFirst();
        network = fabric.testbed().takeNetwork();
        number = hosts.size(); // after the last guest's
        mac = Addresses.mac(network, number);
        address = Addresses.ipv4(network, number);
        place = fabric.createTraveller();
        try {
            NamespaceHost first = hosts.getFirst();
            String senderMac = Addresses.mac(network, first.index());
            String there = sender.place().namespace();
            fabric.createDevice(first, there, SENDER, network, senderMac);
            fabric.testbed().ipSetup().configure(there, SENDER, network, first.index(), fabric.mtu());
            Shell.batch("ip", there, List.of(neighbour(address, mac, SENDER)));
            for (NamespaceHost other : hosts.subList(1, hosts.size())) {
                String device = device(other.index());
                fabric.createDevice(other, place.namespace(), device, network, mac);
                Shell.batch(
                        "bridge",
                        place.namespace(),
                        List.of("fdb replace " + senderMac + " dev " + device + " dst " + first.address()));
            }
            arrive(host, new ArrayList<>());
        } catch (RuntimeException e) {
            Undo.after(e, this::close);
            throw e;
        }
    }

    private static String device(int host) {
        return "travel-" + Addresses.hostName(host);
    }

    private static String neighbour(String address, String mac, String device) {
        return "neigh replace " + address + " lladdr " + mac + " dev " + device + " nud permanent";
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void moveTo(int host) {
        List<String> lines = new ArrayList<>();
        lines.add("link set " + endpoint.interfaceName() + " down");
        lines.add("addr flush dev " + endpoint.interfaceName());
        arrive(host, lines);
    }

    /// @param lines that leave the place before
    private void arrive(int host, List<String> lines) {
        String device = device(host);
        lines.addAll(fabric.testbed().ipSetup().configuration(device, network, number, fabric.mtu()));
        lines.add(neighbour(Addresses.ipv4(network, 0), Addresses.mac(network, 0), device));
        Shell.batch("ip", place.namespace(), lines);
        Shell.batch(
                "bridge",
                sender.place().namespace(),
                List.of("fdb replace " + mac + " dev " + SENDER + " dst "
                        + hosts.get(host).address()));
        endpoint = new NamespaceEndpoint(place, host, address, Addresses.ipv6(network, number), device, fabric.mtu());
    }

    @Override
    public void close() {
        fabric.removeTraveller(place, address);
        Shell.batchAnyway("ip", sender.place().namespace(), List.of("link del " + SENDER));
        fabric.testbed().giveNetworkBack(network);
    }
}

package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The kernel's own overlay (RFC 7348) between the hosts.
///
/// The VXLAN device is created in the host's namespace and moved into the guest's: its inner side
/// is the guest's only interface, its outer side stays with the host's addresses and routes. A
/// guest is attached as one of our nodes attaches it (the overlay's interface itself lies in the
/// guest), and no frame pays for a second bridge or veth. A deployment that adds a bridge and a
/// veth pair per guest costs more, so this is the kernel's overlay at its best.
///
/// Settings: `mtu` of the guests in bytes (default: the hosts' less 50), `port` (UDP, default
/// 4789).
final class VxlanFabric extends NamespaceFabric {
    /// IPv4, UDP, VXLAN and the inner Ethernet header, bytes.
    static final int OVERHEAD = 50;

    static final int PORT = 4789;

    private static final Set<String> SETTINGS = Set.of("mtu", "port");

    private final int mtu;
    private final int port;

    VxlanFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, testbed.takeNetwork());
        Map<String, String> options = Settings.known(spec, SETTINGS);
        mtu = Settings.number(spec, options, "mtu", testbed.spec().mtu() - OVERHEAD, 68, 65535);
        port = Settings.number(spec, options, "port", PORT, 1, 65535);
    }

    @Override
    void up() {
        List<Place> guests = createGuests();
        List<NamespaceHost> hosts = testbed().namespaceHosts();
        List<NamespaceEndpoint> list = new ArrayList<>();
        for (NamespaceHost host : hosts) {
            Place guest = guests.get(host.index());
            createDevice(host, guest.namespace(), "vxlan0", network(), Addresses.mac(network(), host.index()));
            flood(host, hosts, guest.namespace(), "vxlan0");
            testbed().ipSetup().configure(guest.namespace(), "vxlan0", network(), host.index(), mtu);
            testbed().ipSetup().introduce(guest.namespace(), "vxlan0", network(), host.index());
            list.add(new NamespaceEndpoint(
                    guest,
                    host.index(),
                    Addresses.ipv4(network(), host.index()),
                    Addresses.ipv6(network(), host.index()),
                    "vxlan0",
                    mtu));
        }
        setEndpoints(list);
        prove();
    }

    /// Broadcast and unknown goes to all; the rest is learnt, as a switch does.
    static void flood(NamespaceHost host, List<NamespaceHost> hosts, String namespace, String device) {
        List<String> peers = new ArrayList<>();
        for (NamespaceHost peer : hosts) {
            if (peer != host) {
                peers.add("fdb append 00:00:00:00:00:00 dev " + device + " dst " + peer.address());
            }
        }
        Shell.batch("bridge", namespace, peers);
    }

    void createDevice(NamespaceHost host, String namespace, String device, int network, String mac) {
        createDevice(host, namespace, device, network, mac, port);
    }

    /// Creates a VXLAN device whose outer side is a host's, and moves it into a guest.
    ///
    /// @param network whose number makes the VNI
    static void createDevice(NamespaceHost host, String namespace, String device, int network, String mac, int port) {
        String temporary = "vx" + network;
        Shell.batch(
                "ip",
                host.namespace(),
                List.of(
                        "link add " + temporary + " address " + mac + " type vxlan id " + (1000 + network) + " local "
                                + host.address() + " dev " + host.interfaceName() + " dstport " + port,
                        "link set " + temporary + " netns " + namespace + " name " + device));
    }

    int mtu() {
        return mtu;
    }

    @Override
    public Traveller traveller(int host) {
        return new VxlanTraveller(this, host);
    }

    @Override
    public String description() {
        return "Linux kernel VXLAN (RFC 7348), no encryption, UDP port " + port + ", guest MTU " + mtu;
    }
}

package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.macrobench.guest.GuestPlan;

/// Virtual machines behind TAPs, each on a bridge of the kernel with the way to the other hosts:
///
/// ```
///   namespace of a guest
///   virtual machine eth0 == TAP vm0 == bridge br0 == up0 ... other hosts
/// ```
///
/// Settings: [MachineMonitor#SETTINGS].
abstract class BridgedMachineFabric extends NamespaceFabric {
    /// The bridge's port that leads to the other hosts.
    static final String UPLINK = "up0";

    private static final String TAP = "vm0";

    private final Map<String, String> settings;
    private final VirtualMachines machines;

    /// @param legal settings beside those of machines
    BridgedMachineFabric(NamespaceTestbed testbed, FabricSpec spec, Set<String> legal) {
        super(testbed, spec, testbed.takeNetwork());
        List<String> all = new ArrayList<>(legal);
        all.addAll(MachineMonitor.SETTINGS);
        settings = Settings.known(spec, Set.copyOf(all));
        machines = new VirtualMachines(this, settings);
    }

    Map<String, String> settings() {
        return settings;
    }

    /// The MTU of guests, bytes.
    abstract int mtu();

    /// Makes the port [#UPLINK] in a guest's namespace.
    abstract void makeUplink(NamespaceHost host, Place guest);

    /// Makes a machine's TAP in a guest's namespace, and joins it and another interface there by a bridge.
    ///
    /// @param mtu of all three, bytes
    static void bridgeTap(Place guest, int mtu, String tap, String other) {
        Shell.batch("ip", guest.namespace(), List.of("tuntap add dev " + tap + " mode tap vnet_hdr"));
        bridge(guest, mtu, tap, other);
    }

    /// Joins interfaces of a guest's namespace by a bridge there.
    ///
    /// @param mtu of each, bytes
    static void bridge(Place guest, int mtu, String... ports) {
        List<String> lines = new ArrayList<>(
                List.of("link add br0 type bridge stp_state 0 mcast_snooping 0", "link set dev br0 addrgenmode none"));
        for (String port : ports) {
            lines.add("link set dev " + port + " addrgenmode none");
            lines.add("link set " + port + " mtu " + mtu + " master br0 up");
        }
        lines.add("link set br0 up");
        Shell.batch("ip", guest.namespace(), lines);
    }

    @Override
    void up() {
        List<Place> guests = createGuests();
        for (NamespaceHost host : testbed().namespaceHosts()) {
            Place guest = guests.get(host.index());
            makeUplink(host, guest);
            bridgeTap(guest, mtu(), TAP, UPLINK);
        }
        setEndpoints(machines.boot(
                guests, guest -> new GuestPlan.Nic.Tap(TAP, Addresses.mac(network(), guests.indexOf(guest))), mtu()));
        prove();
    }

    @Override
    List<Counters.Guest> guestCounters() {
        return machines.counters();
    }

    @Override
    void prove() {
        prove(machines.proofSeconds());
    }

    @Override
    List<Processes.Id> processes() {
        return machines.processes();
    }

    @Override
    public void close() {
        machines.hangUp();
        super.close();
    }

    @Override
    String logs() {
        return machines.logs();
    }

    @Override
    public String description() {
        return machines.description() + ", their TAPs on bridges, " + way() + ", guest MTU " + mtu();
    }

    /// The way between the bridges, in words.
    abstract String way();
}

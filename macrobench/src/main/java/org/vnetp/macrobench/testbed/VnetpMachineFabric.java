package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.guest.GuestPlan;

/// Our overlay with virtual machines as guests, whose NICs' rings the nodes serve in the guests' memory
/// (vhost-user).
///
/// Settings: those of [VnetpSettings] but `ring` and `fastpath`, which are a TAP's, `topology` and `adapt`;
/// [MachineMonitor#SETTINGS], [#PLACEMENT]: `host`, or `guest` for an [InGuestFabric], and [#ATTACHED]:
/// `vhost-user`, or `tap`, to tell what serving the rings gains.
final class VnetpMachineFabric extends ServedMachinesFabric {
    /// Where the nodes run: `host` or `guest`.
    static final String PLACEMENT = "placement";

    /// How the nodes reach the machines: by their rings, or by the TAPs of both on a bridge of the kernel.
    private static final String ATTACHED = "nic";

    private static final String MACHINE_TAP = "vm0";

    private static final Pattern MTU = Pattern.compile("\"mtu_bytes\":\\s*(\\d+)");

    private final boolean byTap;

    VnetpMachineFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, legal());
        byTap = switch (settings().getOrDefault(ATTACHED, "vhost-user")) {
            case "vhost-user" -> false;
            case "tap" -> true;
            default ->
                throw new IllegalArgumentException("fabric '" + spec.name() + "': " + ATTACHED
                        + " must be vhost-user or tap, got '" + settings().get(ATTACHED) + "'");
        };
    }

    /// One of either placement.
    static VnetpFabric placed(NamespaceTestbed testbed, FabricSpec spec) {
        String placement = spec.options().getOrDefault(PLACEMENT, "host");
        return switch (placement) {
            case "host" -> new VnetpMachineFabric(testbed, spec);
            case "guest" -> new InGuestFabric(testbed, spec);
            default ->
                throw new IllegalArgumentException(
                        "fabric '" + spec.name() + "': placement must be host or guest, got '" + placement + "'");
        };
    }

    private static Set<String> legal() {
        Set<String> legal = new HashSet<>(VnetpSettings.OWN);
        legal.removeAll(Set.of("ring", "fastpath", "topology", "adapt", "move"));
        legal.addAll(MachineMonitor.SETTINGS);
        legal.addAll(Set.of(PLACEMENT, ATTACHED));
        return legal;
    }

    @Override
    String nicOf(NamespaceHost host, String mac) {
        // A bridge keeps what bears the address of its own port, so that is another than the machine's.
        return byTap ? super.nicOf(host, mac.replaceFirst("^..", "06")) : nicOf(NIC, socket(host.index()), mac);
    }

    /// The statement that makes a NIC whose rings are served.
    String nicOf(String nic, Path socket, String mac) {
        StringBuilder text = new StringBuilder("nic " + nic + " vhost-user " + socket);
        if (settings().containsKey("queues")) {
            text.append(" queues ").append(settings().get("queues"));
        }
        text.append(" mac ").append(mac);
        if (settings().containsKey("mtu")) {
            text.append(" mtu ").append(settings().get("mtu"));
        }
        return text.toString();
    }

    @Override
    List<? extends LocalEndpoint> attach(List<Place> guests) {
        if (byTap) {
            return attachByTaps(guests);
        }
        return machines.boot(
                guests,
                guest -> new GuestPlan.Nic.VhostUser(
                        socket(guests.indexOf(guest)), Addresses.mac(network(), guests.indexOf(guest))),
                nicMtu());
    }

    private List<MachineEndpoint> attachByTaps(List<Place> guests) {
        int mtu = deviceMtu(guests.getFirst(), NIC);
        String longest = deviceValue(guests.getFirst(), NIC, "gso_max_size");
        guests.forEach(guest -> BridgedMachineFabric.bridgeTap(guest, mtu, MACHINE_TAP, NIC));
        List<MachineEndpoint> endpoints = machines.boot(
                guests,
                guest -> new GuestPlan.Nic.Tap(MACHINE_TAP, Addresses.mac(network(), guests.indexOf(guest))),
                mtu);
        // The bridge would cut superframes that are longer than the node's TAP takes.
        for (MachineEndpoint endpoint : endpoints) {
            Shell.run(endpoint.command("ip", "link", "set", "dev", GuestPlan.NIC, "gso_max_size", longest), "");
        }
        return endpoints;
    }

    /// What the first node says that frames may have; all have the same underlay.
    private int nicMtu() {
        String nics = say(0, "show nics --json");
        Matcher found = MTU.matcher(nics);
        if (!found.find()) {
            throw new FabricException("fabric " + name() + ": the node tells no MTU of its NIC: " + nics);
        }
        return Integer.parseInt(found.group(1));
    }

    @Override
    void prove() {
        prove(machines.proofSeconds());
    }

    @Override
    public Traveller traveller(int host) {
        if (byTap) {
            throw new UnsupportedOperationException(
                    name() + " has no guest that can be moved at run time: nic=tap moves none, nic=vhost-user does");
        }
        if (!(machines.monitor() instanceof MachineMonitor.OfQemu qemu)) {
            throw new UnsupportedOperationException(
                    name() + " has no guest that can be moved at run time: User-Mode Linux moves none, vmm=qemu does");
        }
        return new QemuTraveller(this, qemu, machines, host);
    }

    @Override
    public String description() {
        return super.description() + ", " + machines.description() + (byTap ? ", their TAPs on bridges" : "");
    }
}

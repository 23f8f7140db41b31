package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;

/// The `route` statements by which a node reaches every guest of a fabric.
final class GuestRoutes {
    private GuestRoutes() {}

    /// The way to every guest, and broadcast to all of them.
    ///
    /// @param host whose node it is
    /// @param network of the fabric
    /// @param star whether the first host has the only link of every other
    static List<String> of(List<NamespaceHost> hosts, NamespaceHost host, int network, boolean star) {
        List<String> lines = new ArrayList<>();
        NamespaceHost hub = hosts.getFirst();
        for (NamespaceHost to : hosts) {
            String mac = Addresses.mac(network, to.index());
            boolean relayed = star && host != hub && to != hub;
            String way = to == host ? "interface " + VnetpFabric.NIC : "edge " + (relayed ? hub : to).name();
            lines.add("route add any " + mac + " " + way + " any");
            // Broadcast and multicast, by the lowest priority, so that known addresses go their one way. A frame never
            // goes back, so that a hub needs no rule for each pair.
            if (star && host == hub) {
                lines.add("route add any any " + way + " any");
            } else if (to != host && !relayed) {
                toAll(to.name()).forEach(rule -> lines.add("route add " + rule));
            }
        }
        return lines;
    }

    /// The rules by which what is sent to all goes from the guest over a link, and from there to the guest.
    static List<String> toAll(String link) {
        return List.of(
                "any any edge " + link + " interface " + VnetpFabric.NIC,
                "any any interface " + VnetpFabric.NIC + " edge " + link);
    }
}

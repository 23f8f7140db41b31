package org.vnetp.macrobench.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Brings up the members of a testbed's networks: their addresses, their routes, and in big networks their neighbours,
/// as lines for `ip`.
final class IpSetup {
    private static final boolean IPV6 = Files.exists(Path.of("/proc/net/if_inet6"));
    private static final String NOBODY = "02:76:6e:ff:ff:ff";
    private static final int MAX_LEARNING_HOSTS = 12;

    private final int hosts;
    private final String routeOption;

    /// @param hosts how many members each network has
    /// @param routeOption what routes to the other members say beside, as [CongestionControl] has it
    IpSetup(int hosts, String routeOption) {
        this.hosts = hosts;
        this.routeOption = routeOption;
    }

    /// Brings up an interface with its addresses and routes.
    void configure(String namespace, String interfaceName, int network, int host, int mtu) {
        Shell.batch("ip", namespace, configuration(interfaceName, network, host, mtu));
    }

    /// What `ip` is told for that.
    List<String> configuration(String interfaceName, int network, int host, int mtu) {
        List<String> lines = new ArrayList<>();
        lines.add("link set lo up");
        lines.add("link set " + interfaceName + " mtu " + mtu + " up");
        lines.addAll(addressing(interfaceName, network, host, routeOption));
        if (IPV6) {
            lines.add("addr add " + Addresses.ipv6(network, host) + "/" + Addresses.PREFIX_LENGTH_6 + " dev "
                    + interfaceName + " nodad noprefixroute");
            lines.add("route add " + Addresses.subnet6(network) + " dev " + interfaceName + routeOption);
        }
        return lines;
    }

    /// The lines that give an interface its IPv4 address and route.
    ///
    /// @param options of the route
    static List<String> addressing(String interfaceName, int network, int host, String options) {
        String address = Addresses.ipv4(network, host);
        return List.of(
                "addr add " + address + "/" + Addresses.PREFIX_LENGTH + " dev " + interfaceName + " noprefixroute",
                "route add " + Addresses.subnet4(network) + " dev " + interfaceName + " src " + address + options);
    }

    /// Tells a big network's members each other's MAC addresses, where they are ours: the kernel holds no more than
    /// about a thousand learnt neighbours over all namespaces together, and pairs grow with the square.
    void introduce(String namespace, String interfaceName, int network, int host) {
        Shell.batch("ip", namespace, introduction(interfaceName, network, host));
    }

    /// What `ip` is told for that: nothing in a small network.
    List<String> introduction(String interfaceName, int network, int host) {
        List<String> lines = new ArrayList<>();
        if (!introduces()) {
            return lines;
        }
        for (int i = 0; i < hosts; i++) {
            if (i != host) {
                lines.add(neighbour(network, i, Addresses.mac(network, i), interfaceName, "permanent"));
            }
        }
        return lines;
    }

    private boolean introduces() {
        return hosts > MAX_LEARNING_HOSTS;
    }

    /// Has what a host sends to another by the hosts' own network go to a station that nobody is, or to that host
    /// again.
    void silence(String namespace, String interfaceName, int to, boolean dead) {
        String mac = dead ? NOBODY : Addresses.mac(0, to);
        Shell.batch(
                "ip",
                namespace,
                List.of(neighbour(0, to, mac, interfaceName, dead || introduces() ? "permanent" : "reachable")));
    }

    private static String neighbour(int network, int host, String mac, String interfaceName, String state) {
        return "neigh replace " + Addresses.ipv4(network, host) + " lladdr " + mac + " dev " + interfaceName + " nud "
                + state;
    }

    /// The text of /etc/hosts in all endpoints of a network.
    ///
    /// @param aliases second names, or none
    static String hostsFile(int network, List<String> names, List<String> aliases) {
        StringBuilder text = new StringBuilder("127.0.0.1 localhost\n::1 localhost ip6-localhost\n");
        for (int i = 0; i < names.size(); i++) {
            String both = names.get(i) + (aliases.isEmpty() ? "" : " " + aliases.get(i));
            text.append(Addresses.ipv4(network, i)).append(' ').append(both).append('\n');
        }
        for (int i = 0; i < names.size(); i++) {
            text.append(Addresses.ipv6(network, i))
                    .append(' ')
                    .append(names.get(i))
                    .append("-6\n");
        }
        return text.toString();
    }
}

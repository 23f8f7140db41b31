package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// The switch between the hosts of a testbed, in a namespace of its own so that nothing of it shows in the root
/// namespace: one bridge a site, a port for each link, and the rate of all links at both ends.
///
/// **Thread:** one at a time.
final class EthernetSwitch {
    private final TestbedSpec spec;
    private final String namespace;
    /// Both ends of all links, the switch's first.
    private final List<End> ends = new ArrayList<>();

    private LinkRate rate = LinkRate.NONE;

    private record End(String namespace, String device) {}

    /// @param namespace where it is to be; exists by the time that something is joined
    EthernetSwitch(TestbedSpec spec, String namespace) {
        this.spec = spec;
        this.namespace = namespace;
    }

    String namespace() {
        return namespace;
    }

    /// Makes the bridges, and gives each host its link.
    ///
    /// @param hosts the namespace of each
    /// @param device how the link is called there
    void joinHosts(IntFunction<String> hosts, String device) {
        List<String> lines = new ArrayList<>();
        for (int site = 0; site < spec.sites().count(); site++) {
            lines.add("link add br" + site + " type bridge stp_state 0 mcast_snooping 0");
            lines.add("link set br" + site + " mtu " + spec.mtu() + " up");
        }
        for (int i = 0; i < spec.hosts(); i++) {
            lines.addAll(link(
                    "p" + i, i, device + " mtu " + spec.mtu() + " address " + Addresses.mac(0, i), hosts.apply(i)));
            add("p" + i, hosts.apply(i), device);
        }
        Shell.batch("ip", namespace, lines);
    }

    /// Gives a namespace a link of its own, shaped as the hosts' are.
    ///
    /// @param number of the fabric's network
    /// @param host at whose site
    /// @param device how it is called there
    void join(String other, int number, int host, String device) {
        String port = "q" + number + "-" + host;
        Shell.batch("ip", namespace, link(port, host, device + " mtu " + spec.mtu(), other));
        add(port, other, device);
        if (rate.shaped()) {
            LinkShape.Ends both = new LinkShape.Ends();
            both.add(namespace, port);
            both.add(other, device);
            LinkShape.set(both, rate);
        }
    }

    /// @param peer the other end, with what is said of it
    private List<String> link(String port, int host, String peer, String other) {
        String bridge = "br" + spec.sites().of(host, spec.hosts());
        return List.of(
                "link add " + port + " mtu " + spec.mtu() + " type veth peer name " + peer + " netns " + other,
                "link set " + port + " master " + bridge + " up");
    }

    private void add(String port, String other, String device) {
        ends.add(new End(namespace, port));
        ends.add(new End(other, device));
    }

    /// Forgets the links of namespaces that are being removed.
    void forget(List<String> namespaces) {
        for (int i = ends.size() - 2; i >= 0; i -= 2) {
            if (namespaces.contains(ends.get(i + 1).namespace())) {
                ends.subList(i, i + 2).clear();
            }
        }
    }

    /// The rate of all links.
    LinkRate rate() {
        return rate;
    }

    /// Gives all links another rate, in place.
    ///
    /// @return whether it was another
    /// @throws TestbedException when an end does not take it
    boolean rate(LinkRate next) {
        if (next.equals(rate)) {
            return false;
        }
        LinkShape.Ends all = new LinkShape.Ends();
        ends.forEach(end -> all.add(end.namespace(), end.device()));
        LinkShape.set(all, next);
        rate = next;
        return true;
    }
}

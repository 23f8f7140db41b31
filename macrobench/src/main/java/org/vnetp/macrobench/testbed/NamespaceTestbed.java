package org.vnetp.macrobench.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A testbed of namespaces on this machine.
///
/// ```
///   host a                 switch                  host b
///   eth0 ======veth====== p0  bridge  p1 ======veth====== eth0
///    tbf                 tbf  br0    tbf                   tbf
/// ```
///
/// The switch is a namespace of its own, so that nothing of it shows in the root namespace. Two sites are
/// two bridges in it, with a line between ([SiteRelay]):
///
/// ```
///   p0  br0  w0 ======line====== w1  br1  p1
///           tbf                 tbf
/// ```
final class NamespaceTestbed implements Testbed {
    static final String HOST_INTERFACE = "eth0";
    private static final String CUBIC = "cubic";
    private static final boolean IPV6 = Files.exists(Path.of("/proc/net/if_inet6"));

    private static final String NOBODY = "02:76:6e:ff:ff:ff";
    private static final int MAX_LEARNING_HOSTS = 12;

    private static final int LINE_SECONDS = 30;
    private static final long LEAST_UNDER_WAY = 8 << 20;
    private static final long MOST_UNDER_WAY = 64 << 20;

    /// Testbeds that a shutdown of this process must remove.
    private static final Set<NamespaceTestbed> LIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(NamespaceTestbed::closeAll, "testbed-cleanup"));
    }

    private final TestbedSpec spec;
    private final LabDirectory lab;
    private final Reaper reaper;
    private final String switchNamespace;
    private final List<NamespaceHost> hosts = new ArrayList<>();
    private final Map<String, NamespaceFabric> fabrics = new LinkedHashMap<>();
    /// Both ends of links to the switch beside the hosts', the switch's first.
    private final List<End> further = new ArrayList<>();
    /// Numbers of guest networks in use; 0 is the hosts' own.
    private final Set<Integer> networks = new HashSet<>();

    /// Between sites; null where there is one.
    private Daemon line;

    private LinkRate linkRate = LinkRate.NONE;
    private boolean cubicByRoute;
    private String congestionControl = "";
    private boolean closed;

    private record End(String namespace, String device) {}

    private NamespaceTestbed(TestbedSpec spec, LabDirectory lab) {
        this.spec = spec;
        this.lab = lab;
        this.reaper = Reaper.watch(lab);
        this.switchNamespace = namespace("sw");
    }

    static NamespaceTestbed up(TestbedSpec spec) {
        Machine.requireNamespaces();
        LabDirectory.removeStale();
        NamespaceTestbed testbed = new NamespaceTestbed(spec, LabDirectory.create(spec.name()));
        LIVE.add(testbed);
        try {
            testbed.build();
            return testbed;
        } catch (RuntimeException | Error e) {
            try {
                testbed.close();
            } catch (RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    private void build() {
        List<String> create = new ArrayList<>();
        lab.willCreateNamespace(switchNamespace);
        create.add("netns add " + switchNamespace);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < spec.hosts(); i++) {
            String host = Addresses.hostName(i);
            names.add(host);
            lab.willCreateNamespace(namespace(host));
            create.add("netns add " + namespace(host));
        }
        Shell.batch("ip", "", create);
        List<Place.Plan> plans = new ArrayList<>();
        for (String host : names) {
            plans.add(new Place.Plan(namespace(host), host));
        }
        var directory = lab.createDirectory(lab.resolve("fabrics").resolve(FabricSpec.NATIVE_NAME));
        var hostsFile = lab.write(directory.resolve("hosts"), hostsFile(0, names, List.of()), false);
        List<Place> places = Place.create(lab, plans, hostsFile, directory);
        // The switch needs no name, but its bridge must not go through netfilter.
        Place.create(lab, List.of(new Place.Plan(switchNamespace, "switch")), hostsFile, directory);
        joinToSwitch();
        if (spec.sites().many()) {
            joinSites();
        }
        String byDefault = places.getFirst().congestionControl();
        for (int i = 0; i < spec.hosts(); i++) {
            hosts.add(new NamespaceHost(places.get(i), i, Addresses.ipv4(0, i), Addresses.ipv6(0, i), HOST_INTERFACE));
            if (i == 0) {
                cubicByRoute = !byDefault.equals(CUBIC)
                        && routesTakeCubic(places.getFirst().namespace());
            }
            configure(places.get(i).namespace(), HOST_INTERFACE, 0, i, spec.mtu());
            introduce(places.get(i).namespace(), HOST_INTERFACE, 0, i);
        }
        congestionControl = byDefault.equals(CUBIC)
                ? "cubic (namespace)"
                : cubicByRoute ? "cubic (routes)" : byDefault + " (the system's default)";
        setLinkRate(spec.link());
        NativeFabric itself = new NativeFabric(this);
        itself.up();
        add(itself);
    }

    private void joinToSwitch() {
        List<String> lines = new ArrayList<>();
        for (int site = 0; site < spec.sites().count(); site++) {
            lines.add("link add br" + site + " type bridge stp_state 0 mcast_snooping 0");
            lines.add("link set br" + site + " mtu " + spec.mtu() + " up");
        }
        for (int i = 0; i < spec.hosts(); i++) {
            String port = "p" + i;
            lines.add("link add " + port + " mtu " + spec.mtu() + " type veth peer name " + HOST_INTERFACE + " mtu "
                    + spec.mtu() + " address " + Addresses.mac(0, i) + " netns " + namespace(Addresses.hostName(i)));
            lines.add("link set " + port + " master " + bridge(i) + " up");
        }
        Shell.batch("ip", switchNamespace, lines);
    }

    private String bridge(int host) {
        return "br" + spec.sites().of(host, spec.hosts());
    }

    /// Starts the line between two sites, and joins its ends to them.
    private void joinSites() {
        Sites sites = spec.sites();
        long underWay = sites.rate().bitsPerSecond() / 8 * sites.delayNs() / 1_000_000_000 * 2 + LEAST_UNDER_WAY;
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + switchNamespace));
        command.addAll(Machine.smallJava("24m"));
        command.addAll(List.of(
                "-cp",
                Machine.classPath(),
                SiteRelay.class.getName(),
                "w0",
                "w1",
                String.valueOf(spec.mtu()),
                String.valueOf(sites.delayNs()),
                String.valueOf(Math.min(MOST_UNDER_WAY, sites.rate().shaped() ? underWay : MOST_UNDER_WAY))));
        line = Daemon.start(
                lab, FabricSpec.NATIVE_NAME, "the switch", "the line between sites", command, Map.of(), lineLog());
        line.await(
                "is not ready",
                LINE_SECONDS,
                () -> ProcessFabric.read(lineLog()).contains("line ready"));
        Shell.batch("ip", switchNamespace, List.of("link set w0 master br0 up", "link set w1 master br1 up"));
        if (sites.rate().shaped()) {
            LinkShape.Ends ends = new LinkShape.Ends();
            ends.add(switchNamespace, "w0");
            ends.add(switchNamespace, "w1");
            LinkShape.set(ends, sites.rate());
        }
    }

    private Path lineLog() {
        return lab.resolve("line.log");
    }

    /// The line between sites; null where there is one.
    Daemon line() {
        return line;
    }

    /// @throws FabricException when the line between sites has gone
    void checkLine() {
        if (line != null) {
            line.requireAlive();
        }
    }

    /// Gives a namespace a link of its own to the switch, shaped as the hosts' are.
    ///
    /// @param number of the fabric's network
    /// @param device how it is called there
    void joinToSwitch(String namespace, int number, int host, String device) {
        String port = "q" + number + "-" + host;
        Shell.batch(
                "ip",
                switchNamespace,
                List.of(
                        "link add " + port + " mtu " + spec.mtu() + " type veth peer name " + device + " mtu "
                                + spec.mtu() + " netns " + namespace,
                        "link set " + port + " master " + bridge(host) + " up"));
        further.add(new End(switchNamespace, port));
        further.add(new End(namespace, device));
        if (linkRate.shaped()) {
            LinkShape.Ends ends = new LinkShape.Ends();
            ends.add(switchNamespace, port);
            ends.add(namespace, device);
            LinkShape.set(ends, linkRate);
        }
    }

    /// Forgets the links of namespaces that are being removed.
    void forgetLinks(List<String> namespaces) {
        for (int i = further.size() - 2; i >= 0; i -= 2) {
            if (namespaces.contains(further.get(i + 1).namespace())) {
                further.subList(i, i + 2).clear();
            }
        }
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
        String cubic = cubicByRoute ? " congctl " + CUBIC : "";
        lines.addAll(addressing(interfaceName, network, host, cubic));
        if (IPV6) {
            lines.add("addr add " + Addresses.ipv6(network, host) + "/" + Addresses.PREFIX_LENGTH_6 + " dev "
                    + interfaceName + " nodad noprefixroute");
            lines.add("route add " + Addresses.subnet6(network) + " dev " + interfaceName + cubic);
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

    /// Tells a big network's members each other's MAC addresses, where they are ours: the kernel
    /// holds no more than about a thousand learnt neighbours over all namespaces together, and
    /// pairs grow with the square.
    void introduce(String namespace, String interfaceName, int network, int host) {
        Shell.batch("ip", namespace, introduction(interfaceName, network, host));
    }

    /// What `ip` is told for that: nothing in a small network.
    List<String> introduction(String interfaceName, int network, int host) {
        List<String> lines = new ArrayList<>();
        if (spec.hosts() <= MAX_LEARNING_HOSTS) {
            return lines;
        }
        for (int i = 0; i < spec.hosts(); i++) {
            if (i != host) {
                lines.add("neigh replace " + Addresses.ipv4(network, i) + " lladdr " + Addresses.mac(network, i)
                        + " dev " + interfaceName + " nud permanent");
            }
        }
        return lines;
    }

    /// Whether a route may name its congestion control here: the namespace's own default may only
    /// be set to one that the root namespace allows, which we do not change.
    private static boolean routesTakeCubic(String namespace) {
        Shell.batch("ip", namespace, List.of("link set lo up"));
        return Shell.attempt(
                                List.of(
                                        "ip",
                                        "-n",
                                        namespace,
                                        "route",
                                        "add",
                                        "local",
                                        "192.0.2.1",
                                        "dev",
                                        "lo",
                                        "congctl",
                                        CUBIC),
                                "")
                        .succeeded()
                && Shell.attempt(List.of("ip", "-n", namespace, "route", "del", "local", "192.0.2.1", "dev", "lo"), "")
                        .succeeded();
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

    String namespace(String suffix) {
        return LabDirectory.PREFIX + spec.name() + "-" + suffix;
    }

    LabDirectory lab() {
        return lab;
    }

    TestbedSpec spec() {
        return spec;
    }

    List<NamespaceHost> namespaceHosts() {
        return hosts;
    }

    int takeNetwork() {
        for (int n = 1; n < 255; n++) {
            if (networks.add(n)) {
                return n;
            }
        }
        throw new TestbedException("more than 254 fabrics on one testbed");
    }

    void giveNetworkBack(int network) {
        networks.remove(network);
    }

    /// A fabric has closed itself.
    void closed(NamespaceFabric fabric) {
        giveNetworkBack(fabric.network());
        fabrics.remove(fabric.name());
    }

    private void add(NamespaceFabric fabric) {
        if (fabric.spec().kind() == FabricSpec.Kind.LOOPBACK) {
            fabrics.put(fabric.name(), fabric); // its endpoints are a host, which is listed as one already
            return;
        }
        List<LabDirectory.EndpointEntry> entries = new ArrayList<>();
        for (Endpoint e : fabric.endpoints()) {
            entries.add(new LabDirectory.EndpointEntry(
                    e.hostName(), fabric.name(), e.hostIndex(), e.address(), ((LocalEndpoint) e).enter()));
        }
        lab.add(entries);
        fabrics.put(fabric.name(), fabric);
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public List<Host> hosts() {
        return List.copyOf(hosts);
    }

    @Override
    public synchronized Fabric fabric(FabricSpec wanted) {
        if (closed) {
            throw new IllegalStateException("testbed " + name() + " is closed");
        }
        NamespaceFabric present = fabrics.get(wanted.name());
        if (wanted.kind() == FabricSpec.Kind.NATIVE) {
            return present;
        }
        // Another fabric may stand in native's place, as what the rest is compared with.
        if (present instanceof NativeFabric) {
            fabrics.remove(wanted.name());
        } else if (present != null) {
            throw new IllegalArgumentException("a fabric named '" + wanted.name() + "' is up already on this testbed");
        }
        for (String other : fabrics.keySet()) {
            if (fabrics.get(other).spec().safeName().equals(wanted.safeName())) {
                throw new IllegalArgumentException("fabric names '" + other + "' and '" + wanted.name()
                        + "' are too much alike; give one another name (NAME=KIND:...)");
            }
        }
        NamespaceFabric fabric = switch (wanted.kind()) {
            case VXLAN -> new VxlanFabric(this, wanted);
            case VNETP -> new VnetpFabric(this, wanted);
            case EXTERNAL -> new ExternalFabric(this, wanted);
            case LOOPBACK -> new LoopbackFabric(this, wanted);
            case VNETP_VM -> VnetpMachineFabric.placed(this, wanted);
            case TAP_VM -> new TapMachineFabric(this, wanted);
            case VXLAN_VM -> new VxlanMachineFabric(this, wanted);
            case NATIVE -> throw new AssertionError();
        };
        try {
            fabric.up();
            add(fabric);
            return fabric;
        } catch (RuntimeException | Error e) {
            try {
                fabric.close();
            } catch (RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    @Override
    public synchronized List<Fabric> fabrics() {
        return List.copyOf(fabrics.values());
    }

    @Override
    public synchronized LinkRate linkRate() {
        return linkRate;
    }

    @Override
    public synchronized void setLinkRate(LinkRate rate) {
        if (rate.equals(linkRate)) {
            return;
        }
        LinkShape.Ends ends = new LinkShape.Ends();
        for (int i = 0; i < spec.hosts(); i++) {
            ends.add(switchNamespace, "p" + i);
            ends.add(namespace(Addresses.hostName(i)), HOST_INTERFACE);
        }
        further.forEach(end -> ends.add(end.namespace(), end.device()));
        LinkShape.set(ends, rate);
        linkRate = rate;
        // What a controller was told of the links is no longer so.
        fabrics.values().forEach(Fabric::restartAdapter);
    }

    /// Has what a host sends to another go to a station that nobody is, or to that host again.
    void silence(int from, int to, boolean dead) {
        Shell.batch(
                "ip",
                namespace(Addresses.hostName(from)),
                List.of("neigh replace " + Addresses.ipv4(0, to) + " lladdr "
                        + (dead ? NOBODY : Addresses.mac(0, to)) + " dev " + HOST_INTERFACE + " nud "
                        + (dead || spec.hosts() > MAX_LEARNING_HOSTS ? "permanent" : "reachable")));
    }

    /// Has what a host sends to another go at a share of the links' rate.
    synchronized void slow(int from, int to, double share) {
        PairRate.set(namespace(Addresses.hostName(from)), HOST_INTERFACE, Addresses.ipv4(0, to), linkRate, share);
    }

    @Override
    public String congestionControl() {
        return congestionControl;
    }

    /// Leaves the lab to `lab down`; this object is of no use afterwards.
    synchronized void detach() {
        lab.detach();
        reaper.dismiss();
        LIVE.remove(this);
        closed = true;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        lab.remove();
        reaper.dismiss();
        LIVE.remove(this);
    }

    private static void closeAll() {
        for (NamespaceTestbed testbed : LIVE) {
            try {
                testbed.close();
            } catch (RuntimeException e) {
                System.err.println("vnetp: testbed " + testbed.name() + " is not wholly removed: " + e.getMessage());
            }
        }
    }
}

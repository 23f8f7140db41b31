package org.vnetp.macrobench.testbed;

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
/// Two sites are two bridges of the switch ([EthernetSwitch]) with a line between ([SiteLine]).
final class NamespaceTestbed implements Testbed {
    static final String HOST_INTERFACE = "eth0";
    /// Testbeds that a shutdown of this process must remove.
    private static final Set<NamespaceTestbed> LIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(NamespaceTestbed::closeAll, "testbed-cleanup"));
    }

    private final TestbedSpec spec;
    private final LabDirectory lab;
    private final Reaper reaper;
    private final EthernetSwitch ethernetSwitch;
    private final List<NamespaceHost> hosts = new ArrayList<>();
    private final Map<String, NamespaceFabric> fabrics = new LinkedHashMap<>();
    /// Numbers of guest networks in use; 0 is the hosts' own.
    private final Set<Integer> networks = new HashSet<>();

    /// Null until the hosts' namespaces are there.
    private IpSetup ipSetup;

    /// Null where there is one site.
    private SiteLine line;

    private String congestionControl = "";
    private boolean closed;

    private NamespaceTestbed(TestbedSpec spec, LabDirectory lab) {
        this.spec = spec;
        this.lab = lab;
        this.reaper = Reaper.watch(lab);
        this.ethernetSwitch = new EthernetSwitch(spec, namespace("sw"));
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
            Undo.after(e, testbed::close);
            throw e;
        }
    }

    private void build() {
        List<String> create = new ArrayList<>();
        lab.willCreateNamespace(ethernetSwitch.namespace());
        create.add("netns add " + ethernetSwitch.namespace());
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
        var hostsFile = lab.write(directory.resolve("hosts"), IpSetup.hostsFile(0, names, List.of()), false);
        List<Place> places = Place.create(lab, plans, hostsFile, directory);
        // The switch needs no name, but its bridge must not go through netfilter.
        Place.create(lab, List.of(new Place.Plan(ethernetSwitch.namespace(), "switch")), hostsFile, directory);
        ethernetSwitch.joinHosts(host -> namespace(Addresses.hostName(host)), HOST_INTERFACE);
        if (spec.sites().many()) {
            line = SiteLine.start(lab, spec, ethernetSwitch.namespace());
        }
        CongestionControl control = CongestionControl.in(places.getFirst());
        congestionControl = control.toString();
        ipSetup = new IpSetup(spec.hosts(), control.routeOption());
        for (int i = 0; i < spec.hosts(); i++) {
            hosts.add(new NamespaceHost(places.get(i), i, Addresses.ipv4(0, i), Addresses.ipv6(0, i), HOST_INTERFACE));
            ipSetup.configure(places.get(i).namespace(), HOST_INTERFACE, 0, i, spec.mtu());
            ipSetup.introduce(places.get(i).namespace(), HOST_INTERFACE, 0, i);
        }
        setLinkRate(spec.link());
        NativeFabric itself = new NativeFabric(this);
        itself.up();
        add(itself);
    }

    /// The switch that joins the hosts.
    EthernetSwitch ethernetSwitch() {
        return ethernetSwitch;
    }

    /// What brings up members of its networks.
    IpSetup ipSetup() {
        return ipSetup;
    }

    /// The line between sites; null where there is one site.
    SiteLine line() {
        return line;
    }

    /// @throws FabricException when the line between sites has gone
    void checkLine() {
        if (line != null) {
            line.requireAlive();
        }
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
            Undo.after(e, fabric::close);
            throw e;
        }
    }

    @Override
    public synchronized List<Fabric> fabrics() {
        return List.copyOf(fabrics.values());
    }

    @Override
    public synchronized LinkRate linkRate() {
        return ethernetSwitch.rate();
    }

    @Override
    public synchronized void setLinkRate(LinkRate rate) {
        if (ethernetSwitch.rate(rate)) {
            // What a controller was told of the links is no longer so.
            fabrics.values().forEach(Fabric::restartAdapter);
        }
    }

    /// Has what a host sends to another go to a station that nobody is, or to that host again.
    void silence(int from, int to, boolean dead) {
        ipSetup.silence(namespace(Addresses.hostName(from)), HOST_INTERFACE, to, dead);
    }

    /// Has what a host sends to another go at a share of the links' rate.
    synchronized void slow(int from, int to, double share) {
        PairRate.set(namespace(Addresses.hostName(from)), HOST_INTERFACE, Addresses.ipv4(0, to), linkRate(), share);
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

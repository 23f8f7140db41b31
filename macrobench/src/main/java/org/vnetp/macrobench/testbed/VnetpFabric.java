package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.vnetp.overlay.Launching;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.ControlPaths;
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.seal.Suite;

/// Our overlay: a node in each host's namespace, its TAP in the guest's.
///
/// Settings: `wire` (vnet, vxlan or ucx), `tls` (transports of UCX, with `+` between them, with wire=ucx only),
/// `fastpath` (on: the kernel carries known flows, in the vxlan
/// format only), `seal` (off, or the cipher by which links are sealed, in the vnet format only: aes-128-gcm,
/// aes-256-gcm, chacha20-poly1305), `mtu` of the guests (default: what the node derives), `queues`, `ring`, `learn`
/// (on or off), `topology` (mesh, or star: all over the first host), `adapt` (off; on: a controller changes links and
/// routes by what the nodes measure; advise: it says what it would change), `threads` (shared or dedicated), `heap` of
/// a node (default 24m), `java` (further options
/// of the node's Java machine, separated by spaces), `build` (a checkout that has been built, whose node
/// runs in the place of this one's), `statement` (a further statement of each
/// node's file; several are separated by semicolons), and every parameter of the `dispatch`
/// statement under its own name: `mode=guest`, `yield=timed`, `batch=128`, ...
class VnetpFabric extends ProcessFabric {
    static final String NIC = "vnet0";

    private static final String MODULE = "overlay-impl";
    private static final String MAIN = "org.vnetp.overlay.NodeMain";
    private static final Pattern FAST_PATH = Pattern.compile("\"fastpath\":\\s*\"([^\"]*)\"");
    private static final int READY_SECONDS = 30;
    /// Of many nodes, so that each has its share of the processors while it starts.
    private static final int STARTING_AT_ONCE = 16;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);
    /// The setting that says how long nodes warm up at most before they open anything, ms.
    static final String WARM_UP = "warm-up";

    /// A node stops sooner when its JIT has nothing left to do, which would else take the processors of the first runs.
    private static final String WARM_UP_MS = "10000";
    private static final int FIRST_PORT = 14789;

    /// Settings of nodes and guests.
    static final Set<String> OWN = Set.of(
            "wire",
            "tls",
            "fastpath",
            "seal",
            "threads",
            "mtu",
            "queues",
            "ring",
            "learn",
            "topology",
            "adapt",
            "heap",
            "java",
            "build",
            "statement",
            WARM_UP);

    private static final List<String> WIRES = List.of("vnet", "vxlan", "ucx");

    /// The parameters of the `dispatch` statement.
    private static final List<String> DISPATCH = List.of(
            "mode",
            "mode-out",
            "mode-in",
            "alpha-l",
            "alpha-u",
            "omega",
            "yield",
            "t-sleep",
            "t-noyield",
            "dispatchers",
            "batch",
            "policy",
            "nice",
            "slice",
            "cpus");

    private final Map<String, String> settings;
    private final String wire;
    private final String seal;
    private Adapter adapter;
    private double startSeconds;
    private final List<String> publicKeys = new ArrayList<>();

    VnetpFabric(NamespaceTestbed testbed, FabricSpec spec) {
        this(testbed, spec, OWN);
    }

    /// @param own legal settings beside those of dispatch
    VnetpFabric(NamespaceTestbed testbed, FabricSpec spec, Set<String> own) {
        super(testbed, spec, testbed.takeNetwork());
        Set<String> legal = new TreeSet<>(own);
        legal.addAll(DISPATCH);
        settings = Settings.known(spec, legal);
        wire = settings.getOrDefault("wire", "vnet");
        if (!WIRES.contains(wire)) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': wire must be vnet, vxlan or ucx, got '" + wire + "'");
        }
        if (settings.containsKey("tls")
                && (!wire.equals("ucx") || !settings.get("tls").matches("[a-z][a-z0-9_]*([+][a-z][a-z0-9_]*)*"))) {
            throw new IllegalArgumentException("fabric '" + spec.name()
                    + "': tls wants wire=ucx, and transports of UCX as tcp or posix+cma, got wire=" + wire + ",tls="
                    + settings.get("tls"));
        }
        String fastPath = settings.getOrDefault("fastpath", "off");
        if (!fastPath.equals("on") && !fastPath.equals("off")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': fastpath must be on or off, got '" + fastPath + "'");
        }
        if (fastPath.equals("on") && !wire.equals("vxlan")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': fastpath=on wants wire=vxlan, got wire=" + wire);
        }
        seal = settings.getOrDefault("seal", "off");
        if (sealed()
                && Arrays.stream(Suite.values())
                        .noneMatch(suite -> suite.label().equals(seal))) {
            throw new IllegalArgumentException("fabric '" + spec.name()
                    + "': seal must be off, aes-128-gcm, aes-256-gcm or chacha20-poly1305, got '" + seal + "'");
        }
        if (sealed() && !wire.equals("vnet")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': seal=" + seal + " wants wire=vnet, got wire=" + wire);
        }
        requireOneOf(spec, "topology", "mesh", "mesh", "star");
        requireOneOf(spec, "adapt", "off", "off", "advise", "on");
        if (learning() && (isStar() || isAdapted())) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': learn=on wants topology=mesh and adapt=off, as there are no rules");
        }
        requireBuild(spec);
        Settings.number(spec, settings, "mtu", 1500, 68, 65535);
        Settings.number(spec, settings, "queues", 1, 1, 64);
        Settings.number(spec, settings, "ring", 1024, 8, 65535);
    }

    private void requireOneOf(FabricSpec of, String key, String otherwise, String... legal) {
        String value = settings.getOrDefault(key, otherwise);
        if (!List.of(legal).contains(value)) {
            throw new IllegalArgumentException("fabric '" + of.name() + "': " + key + " must be "
                    + String.join(" or ", legal) + ", got '" + value + "'");
        }
    }

    private boolean isStar() {
        return settings.getOrDefault("topology", "mesh").equals("star");
    }

    private boolean isAdapted() {
        return !settings.getOrDefault("adapt", "off").equals("off");
    }

    @Override
    void up() {
        List<Place> guests = createGuests();
        List<NamespaceHost> hosts = testbed().namespaceHosts();
        makeKeys();
        long began = System.nanoTime();
        List<Daemon> nodes = new ArrayList<>();
        for (NamespaceHost host : hosts) {
            if (host.index() >= STARTING_AT_ONCE) {
                awaitReady(nodes.get(host.index() - STARTING_AT_ONCE));
            }
            nodes.add(startNode(host));
        }
        for (NamespaceHost host : hosts) {
            Daemon node = nodes.get(host.index());
            awaitReady(node);
            if (fastPath()) {
                requireFastPath(host);
            }
        }
        startSeconds = (System.nanoTime() - began) / 1e9;
        setEndpoints(attach(guests));
        prove();
        if (isAdapted()) {
            adapter = new Adapter(
                    testbed().lab(),
                    name(),
                    settings.get("adapt"),
                    hosts.stream().map(host -> controlSocket(host.index())).toList(),
                    directory());
            adapter.start(testbed().linkRate());
        }
    }

    @Override
    public Optional<Adapter> adapter() {
        return Optional.ofNullable(adapter);
    }

    @Override
    public int crossings() {
        // A controller too may lead frames over one other host.
        return isStar() || isAdapted() ? 2 : 1;
    }

    @Override
    public void restartAdapter() {
        if (adapter != null) {
            adapter.restart(testbed().linkRate());
        }
    }

    @Override
    public void check() {
        super.check();
        if (adapter != null) {
            adapter.check();
        }
    }

    @Override
    List<Processes.Id> processes() {
        List<Processes.Id> all = new ArrayList<>(super.processes());
        if (adapter != null) {
            all.add(adapter.id());
        }
        return all;
    }

    /// From the start of the first node until the last was ready, seconds.
    double startSeconds() {
        return startSeconds;
    }

    static void awaitReady(Daemon node) {
        node.await("is not ready", READY_SECONDS, () -> read(node.log()).contains(" ready "));
    }

    /// Gives the guests the NICs that the nodes have made.
    List<? extends LocalEndpoint> attach(List<Place> guests) {
        List<NamespaceEndpoint> list = new ArrayList<>();
        for (NamespaceHost host : testbed().namespaceHosts()) {
            Place guest = guests.get(host.index());
            // The node has set the MTU that fits its wire format; addresses and routes are the guest's own matter.
            int mtu = deviceMtu(guest, NIC);
            testbed().configure(guest.namespace(), NIC, network(), host.index(), mtu);
            testbed().introduce(guest.namespace(), NIC, network(), host.index());
            list.add(new NamespaceEndpoint(
                    guest,
                    host.index(),
                    Addresses.ipv4(network(), host.index()),
                    Addresses.ipv6(network(), host.index()),
                    NIC,
                    mtu));
        }
        return list;
    }

    Map<String, String> settings() {
        return settings;
    }

    private boolean sealed() {
        return !seal.equals("off");
    }

    /// Gives each node the keys of its links, where these are sealed.
    void makeKeys() {
        if (sealed()) {
            for (NamespaceHost host : testbed().namespaceHosts()) {
                publicKeys.add(newKey(host));
            }
        }
    }

    private String newKey(NamespaceHost host) {
        try {
            return KeyFiles.create(keyFile(host)).publicText();
        } catch (IOException e) {
            throw new FabricException("fabric " + name() + ": no key for " + host.name() + ": " + e.getMessage(), e);
        }
    }

    private Path keyFile(NamespaceHost host) {
        return directory().resolve(host.name() + ".key").toAbsolutePath();
    }

    private Daemon startNode(NamespaceHost host) {
        Path file = directory().resolve(host.name() + ".vnetp");
        testbed().lab().write(file, statements(host), false);
        return startNode(host, file);
    }

    /// Starts a node on a host.
    ///
    /// @param file its statements
    Daemon startNode(NamespaceHost host, Path file) {
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + host.namespace()));
        command.addAll(nodeCommand(file, controlSocket(host.index())));
        return start(host.name() + "-" + spec().safeName(), "node", command, log(host.index()));
    }

    /// What runs a node, as it is set.
    ///
    /// @param file its statements
    /// @param control its control socket
    List<String> nodeCommand(Path file, Path control) {
        List<String> command = new ArrayList<>(Machine.smallJava(settings.getOrDefault("heap", "24m")));
        command.addAll(Launching.CALLS_APART);
        if (settings.containsKey("java")) {
            command.addAll(List.of(settings.get("java").trim().split(" +")));
        }
        String classPath = settings.containsKey("build")
                ? Machine.classPath(Path.of(settings.get("build")), MODULE)
                : Machine.classPath();
        command.addAll(List.of("-cp", classPath, MAIN, file.toString(), "--control"));
        command.add(control.toString());
        command.addAll(List.of("--warm-up", settings.getOrDefault(WARM_UP, WARM_UP_MS)));
        if (settings.containsKey("threads")) {
            command.addAll(List.of("--threads", settings.get("threads")));
        }
        return command;
    }

    private void requireBuild(FabricSpec spec) {
        if (settings.containsKey("build")) {
            Path target = Path.of(settings.get("build"), MODULE, "target").toAbsolutePath();
            if (!Files.isDirectory(target)) {
                throw new IllegalArgumentException("fabric '" + spec.name() + "': build=" + settings.get("build")
                        + ": expected a checkout that has been built, but there is no " + target);
            }
        }
    }

    /// The statements of a host's node.
    String statements(NamespaceHost host) {
        List<String> lines = new ArrayList<>();
        String guestName = host.name() + "-" + spec().safeName();
        int port = FIRST_PORT + network();
        lines.add("node " + guestName);
        lines.add("listen " + outerAddress(host) + ":" + port + " network " + (1000 + network()));
        lines.add(nicOf(host, Addresses.mac(network(), host.index())));
        for (NamespaceHost peer : testbed().namespaceHosts()) {
            if (peer != host && (!isStar() || host.index() == 0 || peer.index() == 0)) {
                lines.add("link add " + peer.name() + " " + outerAddress(peer) + ":" + port + " encap " + wire
                        + (settings.containsKey("tls")
                                ? " tls " + settings.get("tls").replace('+', ',')
                                : "")
                        + (sealed()
                                ? " key " + keyFile(host) + " peer " + publicKeys.get(peer.index()) + " cipher " + seal
                                : ""));
            }
        }
        lines.addAll(routes(host));
        lines.addAll(dispatch());
        for (String more : settings.getOrDefault("statement", "").split(";")) {
            if (!more.isBlank()) {
                lines.add(more.strip());
            }
        }
        return String.join("\n", lines) + "\n";
    }

    /// The address at which a host's node listens.
    String outerAddress(NamespaceHost host) {
        return host.address();
    }

    /// The `dispatch` statement, or none.
    List<String> dispatch() {
        StringBuilder statement = new StringBuilder("dispatch");
        for (String key : DISPATCH) {
            if (settings.containsKey(key)) {
                statement.append(' ').append(key).append(' ').append(settings.get(key));
            }
        }
        return statement.indexOf(" ") < 0 ? List.of() : List.of(statement.toString());
    }

    /// A node whose kernel refuses carries the frames itself, which would be another fabric than the one named.
    private void requireFastPath(NamespaceHost host) {
        String nics = say(host.index(), "show nics --json");
        Matcher state = FAST_PATH.matcher(nics);
        String said = state.find() ? state.group(1) : nics;
        if (!said.equals("on")) {
            throw new FabricException(
                    "fabric " + name() + ": the kernel does not carry flows on " + host.name() + ": " + said);
        }
    }

    /// The statement that makes the NIC of a host's guest.
    String nicOf(NamespaceHost host, String mac) {
        return nicStatement(NIC, mac, testbed().namespace(host.name() + "-" + spec().safeName()));
    }

    /// The statement that opens a guest's TAP.
    String nicStatement(String nic, String mac, String namespace) {
        StringBuilder text = new StringBuilder("nic " + nic + " tap mac " + mac);
        if (settings.containsKey("mtu")) {
            text.append(" mtu ").append(settings.get("mtu"));
        }
        text.append(" netns ").append(namespace).append(" persist");
        if (settings.containsKey("queues")) {
            text.append(" queues ").append(settings.get("queues"));
        }
        if (settings.containsKey("ring")) {
            text.append(" ring ").append(settings.get("ring"));
        }
        if (fastPath()) {
            text.append(" fastpath");
        }
        return text.toString();
    }

    /// Says a statement to a host's node and returns its answer.
    String say(int host, String statement) {
        try {
            return ControlClient.say(controlSocket(host), statement, ANSWER_WITHIN);
        } catch (IOException e) {
            throw new FabricException(
                    "fabric " + name() + ": node on " + Addresses.hostName(host) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<GuestTraffic> traffic() {
        int hosts = testbed().namespaceHosts().size();
        List<String> addresses = IntStream.range(0, hosts)
                .mapToObj(host -> Addresses.mac(network(), host))
                .toList();
        long[][] bytes = new long[hosts][];
        for (int host = 0; host < hosts; host++) {
            bytes[host] = GuestTraffic.row(say(host, "show matrix --json"), addresses.get(host), addresses);
        }
        return Optional.of(new GuestTraffic(
                System.nanoTime(), endpoints().stream().map(Endpoint::hostName).toList(), bytes));
    }

    @Override
    public Traveller traveller(int host) {
        if (learning()) {
            throw new UnsupportedOperationException(
                    "with learn=on nodes find guests by the frames that these send, not by statements");
        }
        return new VnetpTraveller(this, host);
    }

    private boolean fastPath() {
        return settings.getOrDefault("fastpath", "off").equals("on");
    }

    @Override
    public boolean byMemory() {
        return wire.equals("ucx")
                && settings.getOrDefault("tls", "").matches("(posix|sysv|cma|xpmem|knem|sm|shm|[+])+");
    }

    boolean learning() {
        return settings.getOrDefault("learn", "off").equals("on");
    }

    /// The way to every guest, and broadcast to all of them.
    private List<String> routes(NamespaceHost host) {
        if (learning()) {
            return List.of("learn on");
        }
        List<String> lines = new ArrayList<>();
        NamespaceHost hub = testbed().namespaceHosts().getFirst();
        for (NamespaceHost to : testbed().namespaceHosts()) {
            String mac = Addresses.mac(network(), to.index());
            boolean relayed = isStar() && host != hub && to != hub;
            String way = to == host ? "interface " + NIC : "edge " + (relayed ? hub : to).name();
            lines.add("route add any " + mac + " " + way + " any");
            // Broadcast and multicast, by the lowest priority, so that known addresses go their one way. A frame never
            // goes back, so that a hub needs no rule for each pair.
            if (isStar() && host == hub) {
                lines.add("route add any any " + way + " any");
            } else if (to != host && !relayed) {
                lines.add("route add any any edge " + to.name() + " interface " + NIC);
                lines.add("route add any any interface " + NIC + " edge " + to.name());
            }
        }
        return lines;
    }

    static int deviceMtu(Place guest, String nic) {
        return Integer.parseInt(deviceValue(guest, nic, "mtu"));
    }

    /// What `ip` tells of an interface behind a word.
    static String deviceValue(Place guest, String nic, String word) {
        String shown = Shell.run("ip", "-n", guest.namespace(), "-d", "-o", "link", "show", "dev", nic);
        String[] words = shown.split("\\s+");
        for (int i = 0; i + 1 < words.length; i++) {
            if (words[i].equals(word)) {
                return words[i + 1];
            }
        }
        throw new FabricException(
                "the TAP " + nic + " in " + guest.namespace() + " tells no " + word + ": " + shown.strip());
    }

    private Path controlSocket(int host) {
        return ControlPaths.ofLab(directory(), Addresses.hostName(host));
    }

    /// What `./vnetp ctl` calls the node of a host.
    String controlName(int host) {
        return testbed().lab().name() + "/" + spec().safeName() + "/" + Addresses.hostName(host);
    }

    /// Commands by which a user of a lab talks to a node of the first host.
    List<String> talking() {
        return List.of("./vnetp ctl " + controlName(0) + " show links");
    }

    private Path log(int host) {
        return directory().resolve(Addresses.hostName(host) + ".log");
    }

    @Override
    String statistics(Daemon daemon) {
        try {
            return ControlClient.say(controlSocket(daemons().indexOf(daemon)), "show stats --json", ANSWER_WITHIN);
        } catch (IOException e) {
            throw new FabricException(
                    "fabric " + name() + ": node on " + daemon.host() + " tells no counters: " + e.getMessage()
                            + "; its log ends with\n" + Shell.tail(daemon.log(), Daemon.LOG_LINES),
                    e);
        }
    }

    @Override
    public String description() {
        StringBuilder text = new StringBuilder("vnetp (this project), wire format " + wire + ", "
                + (sealed() ? "encryption " + seal : "no encryption"));
        settings.forEach((key, value) -> {
            if (!key.equals("wire") && !key.equals("seal")) {
                text.append(", ").append(key).append(' ').append(value);
            }
        });
        if (!localEndpoints().isEmpty()) {
            text.append(", guest MTU ").append(localEndpoints().getFirst().mtu());
        }
        return text.toString();
    }
}

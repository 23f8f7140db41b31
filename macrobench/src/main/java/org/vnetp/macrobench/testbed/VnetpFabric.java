package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.vnetp.overlay.Launching;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.ControlPaths;
import org.vnetp.overlay.seal.KeyFiles;

/// Our overlay: a node in each host's namespace, its TAP in the guest's.
/// [VnetpSettings] tells how it may be set.
class VnetpFabric extends ProcessFabric {
    static final String NIC = "vnet0";

    static final String MODULE = "overlay-impl";
    private static final String MAIN = "org.vnetp.overlay.NodeMain";
    private static final Pattern FAST_PATH = Pattern.compile("\"fastpath\":\\s*\"([^\"]*)\"");
    private static final int READY_SECONDS = 30;
    /// Of many nodes, so that each has its share of the processors while it starts.
    private static final int STARTING_AT_ONCE = 16;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);
    private static final int FIRST_PORT = 14789;

    private final VnetpSettings settings;
    private Adapter adapter;
    /// Null where guests stay where they are.
    private GuestMoves moves;
    private double startSeconds;
    private final List<String> publicKeys = new ArrayList<>();

    VnetpFabric(NamespaceTestbed testbed, FabricSpec spec) {
        this(testbed, spec, VnetpSettings.OWN);
    }

    /// @param own legal settings beside those of dispatch
    VnetpFabric(NamespaceTestbed testbed, FabricSpec spec, Set<String> own) {
        super(testbed, spec, testbed.takeNetwork());
        settings = new VnetpSettings(spec, own);
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
            if (settings.fastPath()) {
                requireFastPath(host);
            }
        }
        startSeconds = (System.nanoTime() - began) / 1e9;
        setEndpoints(attach(guests));
        prove();
        if (settings.adapted()) {
            adapter = new Adapter(
                    testbed().lab(),
                    name(),
                    settings.get("adapt"),
                    hosts.stream().map(host -> controlSocket(host.index())).toList(),
                    directory(),
                    settings.moving() ? Optional.of(writeMover()) : Optional.empty());
            adapter.start(testbed().linkRate());
        }
    }

    @Override
    public Optional<Adapter> adapter() {
        return Optional.ofNullable(adapter);
    }

    @Override
    public OptionalInt crossings() {
        return settings.adapted() ? OptionalInt.empty() : OptionalInt.of(settings.star() ? 2 : 1);
    }

    @Override
    public void restartAdapter() {
        if (adapter != null) {
            adapter.restart(testbed().linkRate(), this::bringHome);
        }
    }

    /// The program by which the controller moves guests.
    private Path writeMover() {
        List<GuestMoves.Node> nodes = new ArrayList<>();
        List<GuestMoves.Guest> guests = new ArrayList<>();
        for (NamespaceHost host : testbed().namespaceHosts()) {
            String mac = Addresses.mac(network(), host.index());
            nodes.add(new GuestMoves.Node(
                    host.name() + "-" + spec().safeName(), host.name(), controlSocket(host.index())));
            guests.add(new GuestMoves.Guest(mac, nicOf(host, mac)));
        }
        moves = new GuestMoves(nodes, guests);
        Path plan = testbed().lab().write(directory().resolve("guests"), moves.plan(), false);
        List<String> command = new ArrayList<>(Machine.smallJava("24m"));
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Machine.classPath(),
                GuestMoves.class.getName(),
                plan.toAbsolutePath().toString()));
        String script =
                "#!/bin/sh\nexec " + command.stream().map(Reach::quote).collect(Collectors.joining(" ")) + " \"$@\"\n";
        return testbed().lab().write(directory().resolve("mover"), script, true).toAbsolutePath();
    }

    private void bringHome() {
        if (moves != null) {
            try {
                moves.home();
            } catch (IOException e) {
                throw new FabricException(
                        "fabric " + name() + ": a guest cannot be brought home: " + e.getMessage(), e);
            }
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
            testbed().ipSetup().configure(guest.namespace(), NIC, network(), host.index(), mtu);
            testbed().ipSetup().introduce(guest.namespace(), NIC, network(), host.index());
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
        return settings.options();
    }

    /// Gives each node the keys of its links, where these are sealed.
    void makeKeys() {
        if (settings.sealed()) {
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
        List<String> command = new ArrayList<>(Machine.smallJava(settings.orElse("heap", "24m")));
        command.addAll(Launching.CALLS_APART);
        if (settings.has("java")) {
            command.addAll(List.of(settings.get("java").trim().split(" +")));
        }
        String classPath =
                settings.has("build") ? Machine.classPath(Path.of(settings.get("build")), MODULE) : Machine.classPath();
        command.addAll(List.of("-cp", classPath, MAIN, file.toString(), "--control"));
        command.add(control.toString());
        command.addAll(List.of("--warm-up", settings.warmUpMs()));
        if (settings.has("threads")) {
            command.addAll(List.of("--threads", settings.get("threads")));
        }
        return command;
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
            if (peer != host && (!settings.star() || host.index() == 0 || peer.index() == 0)) {
                lines.add("link add " + peer.name() + " " + outerAddress(peer) + ":" + port + " encap "
                        + settings.wire()
                        + (settings.has("tls") ? " tls " + settings.get("tls").replace('+', ',') : "")
                        + (settings.sealed()
                                ? " key " + keyFile(host) + " peer " + publicKeys.get(peer.index()) + " cipher "
                                        + settings.seal()
                                : ""));
            }
        }
        lines.addAll(
                learning()
                        ? List.of("learn on")
                        : GuestRoutes.of(testbed().namespaceHosts(), host, network(), settings.star()));
        lines.addAll(dispatch());
        for (String more : settings.orElse("statement", "").split(";")) {
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
        return settings.dispatch();
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
        if (settings.has("mtu")) {
            text.append(" mtu ").append(settings.get("mtu"));
        }
        text.append(" netns ").append(namespace).append(" persist");
        if (settings.has("queues")) {
            text.append(" queues ").append(settings.get("queues"));
        }
        if (settings.has("ring")) {
            text.append(" ring ").append(settings.get("ring"));
        }
        if (settings.fastPath()) {
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

    @Override
    public boolean byMemory() {
        return settings.byMemory();
    }

    boolean learning() {
        return settings.learning();
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

    /// Nothing where guests move: a NIC that goes takes along what it counted.
    @Override
    String statistics(Daemon daemon) {
        if (settings.moving()) {
            return "";
        }
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
        StringBuilder text = new StringBuilder(settings.description());
        if (!localEndpoints().isEmpty()) {
            text.append(", guest MTU ").append(localEndpoints().getFirst().mtu());
        }
        return text.toString();
    }
}

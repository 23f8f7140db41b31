package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.overlay.control.ControlPaths;

/// What the fabrics of a testbed of namespaces have in common: guests, agent, counters, proof that
/// it works.
abstract class NamespaceFabric implements Fabric {
    private static final int PROOF_SECONDS = 10;
    /// Up to so many hosts every pair is proven. With more, each host proves the way to the next
    /// three only, since pairs grow with the square.
    private static final int PROOF_ALL_PAIRS = 16;

    private static final int PROOF_NEXT = 3;
    /// Before the fabric's name in that of a guest that is no endpoint; no host is called so.
    private static final String TRAVELLER = "moving-";

    private final NamespaceTestbed testbed;
    private final FabricSpec spec;
    private final int network;
    private final Path directory;
    private List<LocalEndpoint> endpoints = List.of();
    private Path agent;

    /// @param network the number of its guests' network, 0 for the hosts' own
    NamespaceFabric(NamespaceTestbed testbed, FabricSpec spec, int network) {
        this.testbed = testbed;
        this.spec = spec;
        this.network = network;
        this.directory = testbed.lab()
                .createDirectory(ControlPaths.fabricDirectory(testbed.lab().directory(), spec.safeName()));
    }

    /// Brings it all up; what it made is removed by [#close] when it fails half-way.
    abstract void up();

    NamespaceTestbed testbed() {
        return testbed;
    }

    int network() {
        return network;
    }

    /// Creates a namespace for each host's guest, without the fabric's interface.
    List<Place> createGuests() {
        List<String> lines = new ArrayList<>();
        List<Place.Plan> plans = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<String> aliases = new ArrayList<>();
        for (NamespaceHost host : testbed.namespaceHosts()) {
            String name = host.name() + "-" + spec.safeName();
            String namespace = testbed.namespace(name);
            testbed.lab().willCreateNamespace(namespace);
            lines.add("netns add " + namespace);
            plans.add(new Place.Plan(namespace, name));
            names.add(name);
            aliases.add(host.name() + " " + Addresses.guestName(host.index()));
        }
        Shell.batch("ip", "", lines);
        Path hosts = testbed.lab().write(directory.resolve("hosts"), IpSetup.hostsFile(network, names, aliases), false);
        return Place.create(testbed.lab(), plans, hosts, directory);
    }

    @Override
    public void silence(int host, int other, boolean dead) {
        testbed.silence(host, other, dead);
        testbed.silence(other, host, dead);
    }

    @Override
    public void slow(int host, int other, double share) {
        testbed.slow(host, other, share);
        testbed.slow(other, host, share);
    }

    /// Creates a namespace for a guest that is no endpoint, without the fabric's interface.
    Place createTraveller() {
        String name = TRAVELLER + spec.safeName();
        String namespace = testbed.namespace(name);
        testbed.lab().willCreateNamespace(namespace);
        Shell.batch("ip", "", List.of("netns add " + namespace));
        Place.Plan plan = new Place.Plan(namespace, name);
        return Place.create(testbed.lab(), List.of(plan), directory.resolve("hosts"), directory)
                .getFirst();
    }

    /// Tells the endpoints the MAC address of a guest beside them.
    void acquaintEndpoints(String address, String mac) {
        for (NamespaceEndpoint e : namespaceEndpoints()) {
            Shell.batch(
                    "ip",
                    e.place().namespace(),
                    List.of("neigh replace " + address + " lladdr " + mac + " dev " + e.interfaceName()
                            + " nud permanent"));
        }
    }

    /// Tells such a guest the endpoints' MAC addresses.
    void acquaintTraveller(Place traveller, String nic) {
        Shell.batch(
                "ip",
                traveller.namespace(),
                endpoints.stream()
                        .map(e -> "neigh replace " + e.address() + " lladdr " + Addresses.mac(network, e.hostIndex())
                                + " dev " + nic + " nud permanent")
                        .toList());
    }

    /// Removes such a guest with all that runs in it.
    void removeTraveller(Place place, String address) {
        for (NamespaceEndpoint e : namespaceEndpoints()) {
            Shell.batchAnyway(
                    "ip", e.place().namespace(), List.of("neigh del " + address + " dev " + e.interfaceName()));
        }
        LabDirectory.removeThings(List.of(place.keeper()), List.of(place.namespace()));
    }

    /// Says where the endpoints are, and writes the agent that leads there.
    void setEndpoints(List<? extends LocalEndpoint> list) {
        endpoints = List.copyOf(list);
        StringBuilder cases = new StringBuilder();
        for (LocalEndpoint e : endpoints) {
            String alias = Addresses.hostName(e.hostIndex());
            cases.append("    ").append(e.hostName()).append('|').append(e.address());
            cases.append(e.hostName().equals(alias) ? "" : "|" + alias);
            cases.append(") enter=").append(e.reach()).append(" ;;\n");
        }
        agent = testbed.lab()
                .write(
                        directory.resolve("agent"),
                        AGENT_HEAD + "case $host in\n" + cases + String.format(Locale.ROOT, AGENT_TAIL, spec.name()),
                        true);
    }

    /// The beginning of an agent, up to the names of the hosts.
    static final String AGENT_HEAD = """
            #!/bin/sh
            # Called like ssh by MPI's launchers: [options] [user@]HOST COMMAND...
            while [ $# -gt 0 ]; do
                case $1 in
                    --) shift; break ;;
                    -[BbcDEeFIiJLlmOopQRSWw]) shift 2 ;;
                    -*) shift ;;
                    *) break ;;
                esac
            done
            [ $# -gt 1 ] || { echo "expected: [options] HOST COMMAND..." >&2; exit 2; }
            host=${1#*@}
            shift
            # Open MPI asks for the shell there, to speak its language; whatever it is, its commands are run by sh.
            [ "$*" != 'echo $SHELL' ] || { echo /bin/bash; exit; }
            """;

    private static final String AGENT_TAIL = """
                *) echo "fabric %s has no host '$host'" >&2; exit 255 ;;
            esac
            exec $enter sh -c "$*"
            """;

    /// Returns when every pair of endpoints has reached each other.
    void prove() {
        prove(PROOF_SECONDS + endpoints.size() / PROOF_ALL_PAIRS);
    }

    void prove(int seconds) {
        List<Process> running = new ArrayList<>();
        List<String> routes = new ArrayList<>();
        try {
            for (LocalEndpoint from : endpoints) {
                // A ping ends early when the neighbour does not answer yet, so it is tried again until the deadline.
                StringBuilder script = new StringBuilder("failed=\n");
                boolean all = endpoints.size() <= PROOF_ALL_PAIRS;
                for (int step = 1; step <= (all ? endpoints.size() - 1 : PROOF_NEXT); step++) {
                    int to = from.hostIndex() + step;
                    if (to < endpoints.size() || !all) {
                        String address = endpoints.get(to % endpoints.size()).address();
                        script.append("reach ").append(address).append(" || failed=\"$failed ");
                        script.append(address).append("\"\n");
                    }
                }
                script.append("[ -z \"$failed\" ] || { echo $failed; exit 1; }\n");
                running.add(from.command("sh", "-c", String.format(Locale.ROOT, REACH, seconds) + script)
                        .redirectErrorStream(true)
                        .start());
                routes.add(from.hostName());
            }
            for (int i = 0; i < running.size(); i++) {
                String output = new String(
                        running.get(i).getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
                if (running.get(i).waitFor() != 0) {
                    check();
                    throw new FabricException("fabric " + name() + ": " + routes.get(i) + " does not reach "
                            + output.strip() + " within " + seconds + " s" + logs());
                }
            }
        } catch (java.io.IOException e) {
            throw new FabricException("fabric " + name() + ": cannot run ping", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FabricException("fabric " + name() + ": interrupted", e);
        } finally {
            running.forEach(Process::destroyForcibly);
        }
    }

    private static final String REACH = """
            reach() {
                # Usually the first one answers at once; the clock is asked only when it does not.
                ping -n -q -c 1 -w 1 "$1" > /dev/null 2>&1 && return 0
                end=${end:-$(( $(date +%%s) + %d ))}
                while [ $(date +%%s) -lt $end ]; do
                    ping -n -q -c 1 -i 0.2 -w $(( end - $(date +%%s) + 1 )) "$1" > /dev/null 2>&1 && return 0
                    sleep 0.05
                done
                return 1
            }
            """;

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public FabricSpec spec() {
        return spec;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.copyOf(endpoints);
    }

    List<LocalEndpoint> localEndpoints() {
        return endpoints;
    }

    /// Those that are namespaces.
    List<NamespaceEndpoint> namespaceEndpoints() {
        return endpoints.stream()
                .filter(NamespaceEndpoint.class::isInstance)
                .map(NamespaceEndpoint.class::cast)
                .toList();
    }

    @Override
    public Path agent() {
        return agent;
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public Counters snapshot() {
        long now = System.nanoTime();
        List<Counters.Interface> inner = new ArrayList<>();
        for (LocalEndpoint e : endpoints) {
            inner.add(e.counters());
        }
        double retransmits = 0;
        for (LocalEndpoint e : endpoints) {
            retransmits += e.retransmits();
        }
        List<Counters.Interface> outer = underlay();
        double[] cpu = Processes.softirqAndBusySeconds();
        return new Counters(
                now, inner, outer, nodeCounters(), forwarderCounters(), guestCounters(), cpu[0], cpu[1], retransmits);
    }

    /// The interface of each host to the network between them, over which the fabric's frames go.
    List<Counters.Interface> underlay() {
        List<Counters.Interface> outer = new ArrayList<>();
        for (NamespaceHost h : testbed.namespaceHosts()) {
            outer.add(InterfaceCounters.read(h.name(), h.place().keeper().pid(), h.interfaceName()));
        }
        return outer;
    }

    /// The processes that carry the fabric, none where the kernel does.
    List<Counters.Node> nodeCounters() {
        return List.of();
    }

    /// Nodes that only pass on what those in virtual machines send.
    List<Counters.Node> forwarderCounters() {
        return List.of();
    }

    /// The endpoints that are virtual machines.
    List<Counters.Guest> guestCounters() {
        return List.of();
    }

    @Override
    public void check() {
        testbed.checkLine();
        for (LocalEndpoint e : endpoints) {
            try {
                e.check();
            } catch (FabricException gone) {
                throw new FabricException("fabric " + name() + ": " + gone.getMessage(), gone);
            }
        }
    }

    /// The ends of the fabric's logs, for messages.
    String logs() {
        return "";
    }

    /// Processes to end on close, beside everything inside the guests.
    List<Processes.Id> processes() {
        return List.of();
    }

    @Override
    public void close() {
        List<Processes.Id> processes = new ArrayList<>(processes());
        List<String> namespaces = new ArrayList<>();
        for (NamespaceHost host : testbed.namespaceHosts()) {
            namespaces.add(testbed.namespace(host.name() + "-" + spec.safeName()));
        }
        LabDirectory.removeThings(processes, namespaces);
        testbed.lab().removeEndpoints(name());
        LabDirectory.deleteTree(directory);
        testbed.closed(this);
    }
}

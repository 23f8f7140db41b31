package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.vnetp.macrobench.testbed.InventoryTestbed.SshEndpoint;
import org.vnetp.macrobench.testbed.InventoryTestbed.SshHost;

/// A fabric that stands already. Its counters are read by ssh, a command a machine.
final class SshFabric implements Fabric {
    private static final String COUNTERS = "cat /proc/net/dev; grep '^cpu ' /proc/stat";

    private final String name;
    private final List<SshHost> hosts;
    private final List<SshEndpoint> endpoints;
    private final Path directory;
    private final List<MachineNode> nodes = new ArrayList<>();
    private Path agent;

    SshFabric(String name, List<SshHost> hosts, List<SshEndpoint> endpoints, Path parent) {
        this.name = name;
        this.hosts = List.copyOf(hosts);
        this.endpoints = List.copyOf(endpoints);
        try {
            this.directory = Files.createDirectories(
                    parent.resolve(FabricSpec.NATIVE_NAME.equals(name) ? "native" : "fabric-" + fileName(name)));
        } catch (IOException e) {
            throw new TestbedException("cannot create a directory for fabric " + name, e);
        }
    }

    /// Launchers take a colon in the agent's path for its end.
    private static String fileName(String name) {
        return name.replaceAll("[^A-Za-z0-9._-]", "-");
    }

    /// Puts the agent where launchers run, at the first endpoint.
    void putAgent(Scratch scratch) {
        String file = directory.getFileName() + ".agent";
        scratch.writeScript(file, agentScript());
        agent = Path.of(scratch.path(file));
    }

    private String agentScript() {
        StringBuilder cases = new StringBuilder();
        for (SshEndpoint e : endpoints) {
            cases.append("    ")
                    .append(e.hostName())
                    .append('|')
                    .append(e.address())
                    .append('|');
            cases.append(hosts.get(e.hostIndex()).name()).append(") set --");
            for (List<String> words : List.of(e.ssh().command(), e.ssh().to())) {
                words.forEach(word -> cases.append(' ').append(Reach.quote(word)));
            }
            cases.append(" ;;\n");
        }
        // Launchers read nothing that comes this way: what start-up files print there must not get among the ranks'
        // words.
        return NamespaceFabric.AGENT_HEAD + LoginShell.LINE_FUNCTION + "line=$(line \"$*\")\ncase $host in\n" + cases
                + "    *) echo \"fabric " + name + " has no host '$host'\" >&2; exit 255 ;;\nesac\n"
                + "exec \"$@\" \"$line\" >&2\n";
    }

    List<SshEndpoint> sshEndpoints() {
        return endpoints;
    }

    void prove() {
        for (SshEndpoint from : endpoints) {
            for (SshEndpoint to : endpoints) {
                if (to.hostIndex() > from.hostIndex()) {
                    from.ssh().ask("ping -n -q -c 1 -w 5 " + to.address());
                }
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public FabricSpec spec() {
        return new FabricSpec(name, FabricSpec.Kind.EXTERNAL, Map.of());
    }

    @Override
    public String description() {
        return (nodes.isEmpty()
                        ? "as it stands on the machines"
                        : "vnetp (this project), wire format vnet, no encryption")
                + ", interface "
                + endpoints.getFirst().interfaceName() + ", MTU "
                + endpoints.getFirst().mtu();
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.copyOf(endpoints);
    }

    @Override
    public Counters snapshot() {
        long now = System.nanoTime();
        List<CompletableFuture<String>> inner = new ArrayList<>();
        List<CompletableFuture<String>> outer = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            Reach endpoint = endpoints.get(i).ssh();
            Reach host = hosts.get(i).ssh();
            String ofHost = nodes.isEmpty()
                    ? COUNTERS
                    : COUNTERS + "; cat /proc/" + nodes.get(i).pid() + "/stat";
            outer.add(CompletableFuture.supplyAsync(() -> host.ask(ofHost).output()));
            inner.add(
                    endpoint.equals(host)
                            ? outer.getLast()
                            : CompletableFuture.supplyAsync(
                                    () -> endpoint.ask(COUNTERS).output()));
        }
        List<Counters.Interface> endpointCounters = new ArrayList<>();
        List<Counters.Interface> hostCounters = new ArrayList<>();
        List<Counters.Node> nodeCounters = new ArrayList<>();
        double softirq = 0;
        double busy = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            SshEndpoint e = endpoints.get(i);
            SshHost h = hosts.get(i);
            String ofHost = answer(outer.get(i));
            endpointCounters.add(find(e.hostName(), e.interfaceName(), answer(inner.get(i))));
            hostCounters.add(find(h.name(), h.interfaceName(), ofHost));
            String[] lines = ofHost.substring(ofHost.lastIndexOf("\ncpu ") + 1).split("\n");
            double[] cpu = Processes.softirqAndBusySeconds(lines[0]);
            softirq += cpu[0];
            busy += cpu[1];
            if (!nodes.isEmpty()) {
                long pid = nodes.get(i).pid();
                nodeCounters.add(new Counters.Node(h.name(), pid, Processes.cpuSeconds(lines[1]), ""));
            } else if (!name.equals(FabricSpec.NATIVE_NAME)) {
                // Whatever carries it is not ours: what that takes is not known, and is not nothing.
                nodeCounters.add(new Counters.Node(h.name(), 0, Double.NaN, ""));
            }
        }
        return new Counters(now, endpointCounters, hostCounters, nodeCounters, softirq, busy, Double.NaN);
    }

    private String answer(CompletableFuture<String> asked) {
        try {
            return asked.join();
        } catch (CompletionException e) {
            throw new FabricException("fabric " + name + ": " + e.getCause().getMessage(), e.getCause());
        }
    }

    private Counters.Interface find(String host, String interfaceName, String text) {
        Counters.Interface found = InterfaceCounters.parse(host, interfaceName, text);
        if (found == null) {
            throw new FabricException("fabric " + name + ": " + host + " has no interface " + interfaceName);
        }
        return found;
    }

    @Override
    public void check() {
        nodes.forEach(MachineNode::check);
        endpoints.forEach(e -> e.ssh().ask("test -e /sys/class/net/" + e.interfaceName()));
    }

    @Override
    public Path agent() {
        return agent;
    }

    @Override
    public Path directory() {
        return directory;
    }

    /// Nodes of ours that carry it, which end with it.
    void carriedBy(List<MachineNode> ours) {
        nodes.addAll(ours);
    }

    /// What was here before us stays.
    @Override
    public void close() {
        nodes.forEach(MachineNode::close);
        nodes.clear();
    }
}

package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.vnetp.macrobench.testbed.InventoryTestbed.SshEndpoint;
import org.vnetp.macrobench.testbed.InventoryTestbed.SshHost;
import org.vnetp.overlay.Launching;

/// A node of ours on a machine of an inventory, and its NIC there, for as long as it is not closed: it goes
/// with this process too, and with the connection. The machine is its own guest: its programs talk over the
/// NIC's address.
///
/// It needs root there. Settings of such a fabric: `port` (UDP, default 14790), `warm-up` (milliseconds) and
/// `statement` (a further statement of each node's file; several are separated by semicolons).
final class MachineNode implements AutoCloseable {
    private static final Set<String> SETTINGS = Set.of("port", "warm-up", "statement");
    private static final String MAIN = "org.vnetp.overlay.NodeMain";
    private static final int PORT = 14790;
    private static final int NETWORK = 2000;
    private static final int READY_SECONDS = 60;
    private static final int END_SECONDS = 10;
    private static final Pattern PROCESS = Pattern.compile("(?m)^process ([0-9]+)$");

    /// The node's file and socket go with it.
    private static final String SCRIPT = """
            [ "$(id -u)" = 0 ] || { echo "a node needs root there, for its NIC"; exit 4; }
            umask 077
            d=$(mktemp -d "${TMPDIR:-/tmp}/vnetp.XXXXXX") || exit 1
            trap 'rm -rf "$d"' EXIT
            printf '%s' "$1" > "$d/node.vnetp" || exit 1
            shift
            "$@" "$d/node.vnetp" --control "$d/control" 2>&1 & node=$!
            echo "process $node"
            trap 'kill $node 2>/dev/null' HUP INT TERM
            wait $node
            code=$?
            # A signal ends the waiting, not the node.
            while kill -0 $node 2>/dev/null; do wait $node; code=$?; done
            exit $code
            """;

    private final String fabric;
    private final SshHost host;
    private final Process process;
    private final Path log;
    private long pid;

    private MachineNode(String fabric, SshHost host, Process process, Path log) {
        this.fabric = fabric;
        this.host = host;
        this.process = process;
        this.log = log;
    }

    /// Starts a node on every host, all at the same time.
    ///
    /// @param number of this fabric among those of the testbed, by which NICs, ports and addresses differ
    /// @throws FabricException naming the host whose node does not come up; none is left then
    static SshFabric fabric(FabricSpec spec, int number, List<SshHost> hosts, Path parent) {
        Map<String, String> settings = Settings.known(spec, SETTINGS);
        int port = Settings.number(spec, settings, "port", PORT + number, 1, 65535);
        String warmUp = String.valueOf(Settings.number(spec, settings, "warm-up", 3000, 0, 60_000));
        String nic = "vnetp" + number;
        List<SshEndpoint> endpoints = new ArrayList<>();
        for (SshHost host : hosts) {
            endpoints.add(new SshEndpoint(
                    host.name() + "-" + spec.safeName(),
                    host.index(),
                    guestAddress(number, host.index()),
                    nic,
                    host.ssh(),
                    host.installed()));
        }
        SshFabric fabric = new SshFabric(spec.name(), hosts, endpoints, parent);
        List<MachineNode> nodes = new ArrayList<>();
        try {
            for (SshHost host : hosts) {
                nodes.add(start(
                        spec, fabric.directory(), host, statements(spec, number, nic, port, host, hosts), warmUp));
            }
            for (int i = 0; i < nodes.size(); i++) {
                nodes.get(i).awaitReady();
                String address = endpoints.get(i).address();
                hosts.get(i).ssh().ask("ip addr add " + address + "/16 dev " + nic + " && ip link set " + nic + " up");
            }
            fabric.carriedBy(nodes);
            return fabric;
        } catch (RuntimeException | Error e) {
            nodes.forEach(MachineNode::close);
            throw e;
        }
    }

    private static String guestAddress(int number, int host) {
        return "10." + (200 + number) + "." + host / 250 + "." + (host % 250 + 1);
    }

    private static String statements(
            FabricSpec spec, int number, String nic, int port, SshHost host, List<SshHost> hosts) {
        List<String> lines = new ArrayList<>();
        lines.add("node " + spec.safeName() + host.index());
        lines.add("listen " + host.address() + ":" + port + " network " + (NETWORK + number));
        lines.add("nic " + nic + " tap");
        for (SshHost peer : hosts) {
            if (peer.index() != host.index()) {
                lines.add("link add h" + peer.index() + " " + peer.address() + ":" + port);
            }
        }
        lines.add("learn on");
        for (String more : spec.options().getOrDefault("statement", "").split(";")) {
            lines.add(more.strip());
        }
        return String.join("\n", lines) + "\n";
    }

    private static MachineNode start(FabricSpec spec, Path directory, SshHost host, String statements, String warmUp) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", statements));
        command.addAll(Machine.smallJava("24m"));
        command.addAll(Launching.CALLS_APART);
        command.addAll(List.of("-cp", Machine.classPath(), MAIN, "--warm-up", warmUp));
        Path log = directory.resolve(host.name() + ".log");
        try {
            Process process = host.tethered(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            return new MachineNode(spec.name(), host, process, log);
        } catch (IOException e) {
            throw new FabricException("fabric " + spec.name() + ": cannot start a node on " + host.name(), e);
        }
    }

    private void awaitReady() {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        while (!said().contains(" ready ")) {
            check();
            if (System.nanoTime() > until) {
                throw new FabricException("fabric " + fabric + ": the node on " + host.name() + " is not ready within "
                        + READY_SECONDS + " s; its log ends with\n" + Shell.tail(log, Daemon.LOG_LINES));
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FabricException("fabric " + fabric + ": interrupted", e);
            }
        }
        pid = PROCESS.matcher(said())
                .results()
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElseThrow(() -> new FabricException(
                        "fabric " + fabric + ": the node on " + host.name() + " did not tell its process"));
    }

    /// Its process on its machine; 0 before it is ready.
    long pid() {
        return pid;
    }

    private String said() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /// @throws FabricException with the end of its log, when it is gone
    void check() {
        if (!process.isAlive()) {
            throw new FabricException("fabric " + fabric + ": the node on " + host.name()
                    + " has ended; its log ends with\n" + Shell.tail(log, Daemon.LOG_LINES));
        }
    }

    /// Ends the node, whose NIC goes with it.
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
        boolean interrupted = false;
        try {
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        Child.end(process);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

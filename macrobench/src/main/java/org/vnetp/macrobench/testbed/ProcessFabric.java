package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// A fabric carried by processes on the hosts.
abstract class ProcessFabric extends NamespaceFabric {
    static final int LOG_LINES = 12;

    private final List<Daemon> daemons = new ArrayList<>();

    ProcessFabric(NamespaceTestbed testbed, FabricSpec spec, int network) {
        super(testbed, spec, network);
    }

    /// A process that runs as long as the fabric is up.
    record Daemon(String host, String what, Processes.Id id, Path log) {}

    /// Starts a process whose output goes to a log; it does not hear the terminal's interrupts.
    Daemon start(String host, String what, List<String> command, Path log) {
        List<String> all = new ArrayList<>();
        all.add("setsid");
        all.addAll(command);
        try {
            Process process = Child.of(all)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Processes.Id id = Processes.of(process.pid());
            testbed().lab().created(id);
            Daemon daemon = new Daemon(host, what, id, log);
            daemons.add(daemon);
            return daemon;
        } catch (IOException e) {
            throw new FabricException("fabric " + name() + ": cannot start " + what + " on " + host, e);
        }
    }

    /// Waits until something is so.
    ///
    /// @throws FabricException when the daemon ends before, or after the deadline
    void await(Daemon daemon, String purpose, int seconds, BooleanSupplier condition) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (!condition.getAsBoolean()) {
            requireAlive(daemon);
            if (System.nanoTime() > deadline) {
                throw new FabricException("fabric " + name() + ": " + daemon.what() + " on " + daemon.host() + " "
                        + purpose + " within " + seconds + " s; its log ends with\n"
                        + Shell.tail(daemon.log(), LOG_LINES));
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FabricException("fabric " + name() + ": interrupted", e);
            }
        }
    }

    List<Daemon> daemons() {
        return daemons;
    }

    @Override
    String logs() {
        StringBuilder text = new StringBuilder();
        for (Daemon daemon : daemons) {
            text.append("\nlog of ").append(daemon.what()).append(" on ").append(daemon.host());
            text.append(" ends with\n").append(Shell.tail(daemon.log(), LOG_LINES / 2));
        }
        return text.toString();
    }

    @Override
    public void check() {
        super.check();
        daemons.forEach(this::requireAlive);
    }

    private void requireAlive(Daemon daemon) {
        if (!daemon.id().alive()) {
            throw new FabricException("fabric " + name() + ": " + daemon.what() + " on " + daemon.host()
                    + " has ended; its log ends with\n" + Shell.tail(daemon.log(), LOG_LINES));
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException notYet) {
            return "";
        }
    }

    @Override
    List<Counters.Node> nodeCounters() {
        List<Counters.Node> nodes = new ArrayList<>();
        for (Daemon daemon : daemons) {
            nodes.add(new Counters.Node(
                    daemon.host(),
                    daemon.id().pid(),
                    Processes.cpuSeconds(daemon.id().pid()),
                    statistics(daemon)));
        }
        return nodes;
    }

    /// A daemon's own counters as a JSON object, empty where it has none.
    String statistics(Daemon daemon) {
        return "";
    }

    @Override
    List<Processes.Id> processes() {
        return daemons.stream().map(Daemon::id).toList();
    }
}

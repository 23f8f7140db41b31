package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// A fabric carried by processes on the hosts.
abstract class ProcessFabric extends NamespaceFabric {
    private final List<Daemon> daemons = new ArrayList<>();

    ProcessFabric(NamespaceTestbed testbed, FabricSpec spec, int network) {
        super(testbed, spec, network);
    }

    /// Starts a process whose output goes to a log; it does not hear the terminal's interrupts.
    Daemon start(String host, String what, List<String> command, Path log) {
        Daemon daemon = Daemon.start(testbed().lab(), name(), host, what, command, Map.of(), log);
        daemons.add(daemon);
        return daemon;
    }

    List<Daemon> daemons() {
        return daemons;
    }

    private static final int MOST_LOGS = 8;

    @Override
    String logs() {
        // Of a lab of hundreds those tell why that have said most: who is well only says that it is ready.
        List<Daemon> first = daemons.stream()
                .sorted(Comparator.comparingLong(
                                (Daemon daemon) -> daemon.log().toFile().length())
                        .reversed())
                .limit(MOST_LOGS)
                .toList();
        StringBuilder text = new StringBuilder();
        first.forEach(daemon -> text.append(daemon.lastWords()));
        if (first.size() < daemons.size()) {
            text.append("\n(and ").append(daemons.size() - first.size()).append(" logs that say less)");
        }
        return text.toString();
    }

    @Override
    public void check() {
        super.check();
        daemons.forEach(Daemon::requireAlive);
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

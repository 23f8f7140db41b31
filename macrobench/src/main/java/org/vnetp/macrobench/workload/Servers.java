package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.macrobench.testbed.Endpoint;

/// The servers of workloads, which stay up from run to run and wait in the kernel while others are measured: so a run
/// is its client's seconds, and runs that are compared follow each other at once.
///
/// A server ends with a run that did not end well, whoever's fault that was, and the next run starts it anew; so does
/// one that died between two runs. All end when this is closed; what a killed process leaves goes with its testbed.
/// For one thread.
public final class Servers implements AutoCloseable {
    private record Key(Endpoint at, List<String> command) {}

    private final Map<Key, Server> running = new HashMap<>();
    private final Set<Key> used = new HashSet<>();
    private int starts;

    /// A server that takes a client now.
    ///
    /// @param raw of the run that asks; the log of one that is started goes there
    /// @throws IOException with what it printed when it could not be started
    Server at(Endpoint at, List<String> command, Server.Ready ready, Path raw)
            throws IOException, InterruptedException {
        Key key = new Key(at, List.copyOf(command));
        used.add(key);
        Server server = running.get(key);
        if (server != null) {
            try {
                server.awaitNext();
                return server;
            } catch (IOException gone) {
                end(key);
            }
        }
        server = Server.start(at, command, ready, Path.of(raw + ".server.txt"));
        starts++;
        running.put(key, server);
        return server;
    }

    /// A run has ended that used those which were asked for since the last one.
    ///
    /// @param well whether they can be trusted with the next
    void ran(boolean well) {
        if (!well) {
            used.forEach(this::end);
        }
        used.clear();
    }

    private void end(Key key) {
        Server server = running.remove(key);
        if (server != null) {
            server.close();
        }
    }

    /// How many were started so far.
    int starts() {
        return starts;
    }

    @Override
    public void close() {
        running.values().forEach(Server::close);
        running.clear();
    }
}

package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.StatementException;

/// A node as a process of its own, and a connection to its control socket. Made by [Namespaces#launchNode].
final class NodeProcess {
    private final Namespaces all;
    private final String name;
    private final Path controlSocket;
    private final Process process;
    private ControlClient client;

    NodeProcess(Namespaces all, String namespace, String name, List<String> statements, String... options)
            throws IOException {
        this.all = all;
        this.name = name;
        this.controlSocket = all.directory().resolve(name + ".sock");
        final Path file = all.directory().resolve(name + ".vnetp");
        Files.writeString(file, "node " + name + "\n" + String.join("\n", statements) + "\n");
        final List<String> arguments = new ArrayList<>(List.of(options));
        if (!arguments.contains("--warm-up") && !all.shipped()) {
            // Some hundred nodes start in these tests; what warming up does is WarmUpTest's and NodeMainTest's matter.
            arguments.addAll(List.of("--warm-up", "0"));
        }
        arguments.addAll(List.of("--control", controlSocket.toString(), file.toString()));
        this.process = all.java(namespace, "org.vnetp.overlay.NodeMain", arguments.toArray(String[]::new));
    }

    /// Waits until the node has carried out its statements.
    void awaitReady() throws Exception {
        all.awaitOutput(process, " ready control=");
        client = new ControlClient(controlSocket);
    }

    Process process() {
        return process;
    }

    /// What the node has said to its operator so far.
    String printed() throws IOException {
        return all.printed(process);
    }

    Path controlSocket() {
        return controlSocket;
    }

    /// Ends the node at once, as a crash would (SIGKILL).
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// A statement over the control socket; fails when the node refuses it.
    String ask(String statement) throws IOException {
        try {
            return client.send(statement);
        } catch (StatementException e) {
            throw new AssertionError(name + ", " + statement + ": " + e.getMessage(), e);
        }
    }

    /// A counter of one port out of `show stats --json`.
    long counter(String port, String counter) throws IOException {
        return number(ask("show stats --json"), "\"name\":\\s*\"" + port + "\".*?\"" + counter + "\":\\s*(\\d+)");
    }

    /// A counter out of `show stats --json`, all ports or loops together.
    long sum(String counter) throws IOException {
        final Matcher found = Pattern.compile("\"" + counter + "\":\\s*(\\d+)").matcher(ask("show stats --json"));
        long sum = 0;
        while (found.find()) {
            sum += Long.parseLong(found.group(1));
        }
        return sum;
    }

    /// The number that the first group of a pattern matches.
    static long number(String text, String pattern) {
        final Matcher found = Pattern.compile(pattern).matcher(text);
        assertTrue(found.find(), () -> "no " + pattern + " in " + text);
        return Long.parseLong(found.group(1));
    }

    /// Ends the connection, not the node.
    void hangUp() throws IOException {
        if (client != null) {
            client.close();
        }
    }
}

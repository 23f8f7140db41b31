package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.vnetp.overlay.Launching;
import org.vnetp.overlay.posix.Posix;

/// The network namespaces of one test, what runs in them, and a directory for its files. Closing ends and removes
/// all of it, and so does a shell where this process is killed; namespaces of other tests, also of those that run at
/// the same time, have other names.
class Namespaces implements AutoCloseable {
    static final int PATIENCE_S = 30;

    /// Waits for the end of its standard input, of which only this process has the other end.
    private static final String GUARD = """
            trap '' HUP INT TERM
            cat > /dev/null
            for name in /run/netns/"$1"*; do
                [ -e "$name" ] || continue
                for process in $(ip netns pids "${name##*/}"); do kill -KILL "$process"; done
                ip netns del "${name##*/}"
            done
            rm -rf "$2"
            """;

    private static final AtomicInteger MADE = new AtomicInteger();

    private final String prefix = "vnt" + ProcessHandle.current().pid() % 100_000 + "-" + MADE.incrementAndGet() + "-";
    private final Path directory;
    private final Process guard;
    private final List<String> names = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final List<NodeProcess> nodes = new ArrayList<>();
    private boolean shipped;

    Namespaces() throws IOException {
        directory = Files.createTempDirectory("vnetp-it");
        guard = new ProcessBuilder("setsid", "sh", "-c", GUARD, "vnetp-test-guard", prefix, directory.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /// Fails or skips, as the property `vnetp.it` says, where a privilege or a tool is missing.
    static void require(String... tools) {
        String lack = null;
        if (Posix.effectiveUser() != 0) {
            lack = "not root";
        } else if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            lack = "no /dev/net/tun";
        }
        for (final String tool : tools) {
            final boolean found = Arrays.stream(System.getenv("PATH").split(":", -1))
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
            if (!found) {
                lack = "no " + tool;
            }
        }
        if (lack == null) {
            return;
        }
        assertTrue(!"required".equals(System.getProperty("vnetp.it")), lack);
        Assumptions.abort(lack);
    }

    /// For files of the test; what is in it when the test ends is removed.
    final Path directory() {
        return directory;
    }

    final String name(String what) {
        return prefix + what;
    }

    final String add(String what) throws Exception {
        final String name = name(what);
        run("ip", "netns", "add", name);
        names.add(name);
        ip(name, "link set lo up");
        return name;
    }

    /// A node in a namespace; it may not be ready yet.
    ///
    /// @param options of `vnetp node`
    final NodeProcess launchNode(String namespace, String name, List<String> statements, String... options)
            throws IOException {
        final NodeProcess node = new NodeProcess(this, namespace, name, statements, options);
        nodes.add(node);
        return node;
    }

    final void ip(String namespace, String arguments) throws Exception {
        run(("ip -n " + namespace + " " + arguments).split(" "));
    }

    /// Runs a command inside a namespace and returns what it printed; fails unless it exits with 0.
    final String in(String namespace, String command) throws Exception {
        return run(words(namespace, command));
    }

    /// The same without judging the exit status.
    final String tryIn(String namespace, String command) throws Exception {
        return output(words(namespace, command)).text;
    }

    final boolean succeeds(String namespace, String command) throws Exception {
        return output(words(namespace, command)).exit == 0;
    }

    private static String[] words(String namespace, String command) {
        return ("ip netns exec " + namespace + " " + command).split(" ");
    }

    /// A command that runs on inside a namespace; what it prints is kept for [#awaitOutput].
    final Process start(String namespace, String... command) throws IOException {
        final List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        all.addAll(List.of(command));
        final Process process = new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(log(processes.size()).toFile())
                .start();
        processes.add(process);
        return process;
    }

    private Path log(int process) {
        return directory.resolve("p" + process + ".log");
    }

    /// From now on JVMs are started as `./vnetp node` starts them, and nodes warm up, so that they carry what nodes do.
    final void asShipped() {
        shipped = true;
    }

    final boolean shipped() {
        return shipped;
    }

    /// A class with the tests' class path as a process of its own in a namespace.
    final Process java(String namespace, String main, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx24m",
                "-XX:+UseSerialGC"));
        if (shipped) {
            command.addAll(List.of("-Xms8m", "-Xss512k"));
            command.addAll(Launching.CALLS_APART);
        } else {
            // They live for seconds, a quarter of which the second compiler would take for itself.
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(List.of(
                "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), main));
        command.addAll(List.of(arguments));
        return start(namespace, command.toArray(String[]::new));
    }

    /// Waits until a process started here has printed something.
    final void awaitOutput(Process process, String text) throws Exception {
        final Path log = log(processes.indexOf(process));
        await(() -> {
            final boolean alive = process.isAlive();
            final String printed = Files.readString(log);
            final boolean found = printed.contains(text);
            assertTrue(found || alive, () -> "ended without '" + text + "' but with: " + printed);
            return found;
        });
    }

    /// What a process started here has printed so far.
    final String printed(Process process) throws IOException {
        return Files.readString(log(processes.indexOf(process)));
    }

    final void awaitListening(String namespace, int port) throws Exception {
        await(() -> in(namespace, "ss -Hltn sport = :" + port).contains(":" + port));
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        final long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.holds()) {
            if (System.nanoTime() > patience) {
                fail("waited in vain for " + PATIENCE_S + " s");
            }
            Thread.sleep(20);
        }
    }

    private record Output(int exit, String text) {}

    static String run(String... command) throws Exception {
        final Output output = output(command);
        assertEquals(0, output.exit, () -> String.join(" ", command) + ": " + output.text);
        return output.text;
    }

    private static Output output(String... command) throws Exception {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Output(process.waitFor(), text);
    }

    @Override
    public void close() throws IOException {
        for (final NodeProcess node : nodes) {
            node.hangUp();
        }
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
        for (final String name : names) {
            new ProcessBuilder("ip", "netns", "del", name)
                    .inheritIO()
                    .start()
                    .onExit()
                    .join();
        }
        try (var files = Files.list(directory)) {
            for (final Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
        // Killed before its standard input ends, by which its cat does.
        guard.destroyForcibly().onExit().join();
        guard.getOutputStream().close();
    }
}

package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.vnetp.overlay.posix.Posix;

/// Two hosts (namespaces joined by veth), each with a guest namespace, for tests. Everything made
/// carries one prefix.
///
/// ```
/// PREFIX-g1 [vnet0] = node 1 in PREFIX-h1 [u0] ---veth--- [u0] PREFIX-h2 node 2 = [vnet0]
/// PREFIX-g2
/// ```
final class TwoHosts implements AutoCloseable {
    private final Path directory;
    private final String prefix;
    private final Process[] nodes = new Process[3];
    private final List<Process> started = new ArrayList<>();

    TwoHosts(Path directory, String prefix) throws IOException, InterruptedException {
        this.directory = directory;
        this.prefix = prefix + ProcessHandle.current().pid() % 100_000;
        try {
            for (int i = 1; i <= 2; i++) {
                run("ip", "netns", "add", host(i));
                run("ip", "netns", "add", guest(i));
                run("ip", "-n", guest(i), "link", "set", "lo", "up");
            }
            run("ip", "link", "add", "u0", "netns", host(1), "type", "veth", "peer", "name", "u0", "netns", host(2));
            for (int i = 1; i <= 2; i++) {
                run("ip", "-n", host(i), "addr", "add", "10.99.0." + i + "/24", "dev", "u0");
                run("ip", "-n", host(i), "link", "set", "u0", "up");
            }
        } catch (IOException | InterruptedException | AssertionError e) {
            close();
            throw e;
        }
    }

    /// Skips the test where namespaces and TAPs cannot be had, or fails it where they are required.
    static void requirePrivileges() {
        boolean able = Posix.effectiveUser() == 0
                && Files.exists(Path.of("/dev/net/tun"))
                && onPath("ip")
                && onPath("socat")
                && onPath("ping");
        if (!able && "required".equals(System.getProperty("vnetp.it"))) {
            fail("needs root, /dev/net/tun, ip, ping and socat");
        }
        Assumptions.assumeTrue(able, "needs root, /dev/net/tun, ip, ping and socat");
    }

    private static boolean onPath(String tool) {
        for (String place : new String[] {"/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
            if (Files.isExecutable(Path.of(place, tool))) {
                return true;
            }
        }
        return false;
    }

    private String host(int i) {
        return prefix + "-h" + i;
    }

    private String guest(int i) {
        return prefix + "-g" + i;
    }

    static String guestAddress(int i) {
        return "10.98.0." + i;
    }

    Path controlSocket(int i) {
        return directory.resolve("n" + i + ".sock");
    }

    Process node(int i) {
        return nodes[i];
    }

    void startNode(int i) throws IOException, InterruptedException {
        Path file = directory.resolve("n" + i + ".vnetp");
        Files.writeString(file, """
                node n%d
                listen 10.99.0.%d:4789 network 7
                nic vnet0 tap netns %s mac 02:00:00:00:99:0%d persist
                link add peer 10.99.0.%d:4789
                route add any any edge peer interface vnet0
                route add any any interface vnet0 edge peer
                """.formatted(i, i, guest(i), i, 3 - i));
        Path log = directory.resolve("n" + i + ".log");
        Files.deleteIfExists(log);
        nodes[i] = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        host(i),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx24m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "org.vnetp.overlay.NodeMain",
                        "--control",
                        controlSocket(i).toString(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!Files.exists(log) || !Files.readString(log).contains(" ready control=")) {
            if (!nodes[i].isAlive() || System.nanoTime() > patience) {
                fail("node " + i + " did not get ready: " + Files.readString(log));
            }
            Thread.sleep(20);
        }
        List<String> addresses =
                List.of("ip", "-n", guest(i), "addr", "replace", guestAddress(i) + "/24", "dev", "vnet0");
        run(addresses.toArray(String[]::new));
    }

    /// kill -9
    void kill(int i) throws InterruptedException {
        nodes[i].destroyForcibly();
        nodes[i].waitFor();
    }

    Process startInGuest(int i, String... command) throws IOException {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", guest(i)));
        whole.addAll(List.of(command));
        Process process = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("command.log").toFile())
                .start();
        started.add(process);
        return process;
    }

    int inGuest(int i, String... command) throws IOException, InterruptedException {
        Process process = startInGuest(i, command);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            fail(String.join(" ", command) + " did not end");
        }
        return process.exitValue();
    }

    String outputInGuest(int i, String... command) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", guest(i)));
        whole.addAll(List.of(command));
        Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    void awaitListening(int i, int port) throws IOException, InterruptedException {
        String wanted = String.format(":%04X", port);
        for (int attempt = 0; attempt < 500; attempt++) {
            for (String line : outputInGuest(i, "cat", "/proc/net/tcp").split("\n")) {
                String[] fields = line.trim().split(" +");
                if (fields.length > 3 && fields[1].endsWith(wanted) && "0A".equals(fields[3])) {
                    return;
                }
            }
            Thread.sleep(20);
        }
        fail("nobody listens on port " + port);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + text);
    }

    @Override
    public void close() throws IOException {
        try {
            remove();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void remove() throws IOException, InterruptedException {
        for (Process node : nodes) {
            if (node != null) {
                node.destroyForcibly().waitFor();
            }
        }
        for (Process process : started) {
            process.destroyForcibly();
        }
        for (int i = 1; i <= 2; i++) {
            for (String namespace : new String[] {host(i), guest(i)}) {
                Process process = new ProcessBuilder("ip", "netns", "del", namespace)
                        .redirectErrorStream(true)
                        .start();
                process.getInputStream().readAllBytes();
                process.waitFor();
            }
        }
    }
}

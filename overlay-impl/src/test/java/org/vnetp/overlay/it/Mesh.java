package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.StatementException;

/// Several hosts behind one switch, a node on each, and guests, all network namespaces of one
/// prefix. Host i has 10.96.0.i, guest i 10.95.0.i. Guests are separate from hosts, so that one can
/// move.
///
/// ```
/// P-g1 [vnet0] = node 1 in P-h1 [u] ---+
/// P-g2 [vnet0] = node 2 in P-h2 [u] ---+--- bridge in P-sw
/// P-g3 [vnet0] = node 3 in P-h3 [u] ---+
/// ```
final class Mesh implements AutoCloseable {
    private static final int PATIENCE_S = 30;

    private final Path directory;
    private final String prefix;
    private final int size;
    private final List<String> namespaces = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final Map<Integer, ControlClient> clients = new HashMap<>();

    private Mesh(Path directory, int size) {
        this.directory = directory;
        this.size = size;
        this.prefix = "vnc" + ProcessHandle.current().pid() % 100_000;
    }

    /// Makes hosts, switch and guests; nodes are started by [#node].
    static Mesh up(Path directory, int size) throws Exception {
        Mesh mesh = new Mesh(directory, size);
        try {
            mesh.build();
            return mesh;
        } catch (Exception | AssertionError e) {
            mesh.close();
            throw e;
        }
    }

    private void build() throws Exception {
        String sw = namespace("sw");
        run("ip", "-n", sw, "link", "add", "name", "switch0", "type", "bridge");
        run("ip", "-n", sw, "link", "set", "switch0", "up");
        for (int i = 1; i <= size; i++) {
            String host = namespace("h" + i);
            run("ip", "-n", namespace("g" + i), "link", "set", "lo", "up");
            run("ip", "link", "add", "u", "netns", host, "type", "veth", "peer", "name", "p" + i, "netns", sw);
            run("ip", "-n", sw, "link", "set", "p" + i, "master", "switch0", "up");
            run("ip", "-n", host, "addr", "add", address(i) + "/24", "dev", "u");
            run("ip", "-n", host, "link", "set", "u", "up");
            run("ip", "-n", host, "link", "set", "lo", "up");
        }
    }

    private String namespace(String name) throws Exception {
        String full = prefix + name;
        run("ip", "netns", "add", full);
        namespaces.add(full);
        return full;
    }

    String guest(int i) {
        return prefix + "g" + i;
    }

    static String address(int i) {
        return "10.96.0." + i;
    }

    static String guestAddress(int i) {
        return "10.95.0." + i;
    }

    static String mac(int i) {
        return "02:00:00:00:95:0" + i;
    }

    /// The statement that opens guest i's NIC.
    String nic(int i) {
        return "nic vnet0 tap mac " + mac(i) + " netns " + guest(i) + " persist";
    }

    /// Starts node i with these statements after its name and address.
    void node(int i, String... statements) throws Exception {
        Path file = directory.resolve("n" + i + ".vnetp");
        Path log = directory.resolve("n" + i + ".log");
        Path socket = directory.resolve("n" + i + ".sock");
        Files.writeString(
                file,
                "node n" + i + "\nlisten " + address(i) + ":4789 network 9\n" + String.join("\n", statements) + "\n");
        Process node = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        prefix + "h" + i,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx24m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "org.vnetp.overlay.NodeMain",
                        "--control",
                        socket.toString(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        processes.add(node);
        await(() -> {
            if (!node.isAlive()) {
                fail("node " + i + ": " + Files.readString(log));
            }
            return Files.readString(log).contains(" ready control=");
        });
        clients.put(i, new ControlClient(socket));
    }

    /// Gives guest i its address on the NIC that a node has opened.
    void addressGuest(int i) throws Exception {
        run("ip", "-n", guest(i), "addr", "replace", guestAddress(i) + "/24", "dev", "vnet0");
        run("ip", "-n", guest(i), "link", "set", "vnet0", "up");
    }

    /// A statement to node i over its control socket.
    String say(int i, String statement) throws IOException {
        try {
            return clients.get(i).send(statement);
        } catch (StatementException e) {
            throw new AssertionError("node " + i + ", " + statement + ": " + e.getMessage(), e);
        }
    }

    /// A counter out of `show stats --json` of node i, all ports or loops together.
    long stat(int i, String field) throws IOException {
        Matcher found = Pattern.compile("\"" + field + "\":(\\d+)").matcher(say(i, "show stats --json"));
        long sum = 0;
        while (found.find()) {
            sum += Long.parseLong(found.group(1));
        }
        return sum;
    }

    Process start(int guest, String... command) throws IOException {
        Process process = new ProcessBuilder(inGuest(guest, command))
                .redirectErrorStream(true)
                .redirectOutput(
                        directory.resolve("p" + processes.size() + ".log").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private List<String> inGuest(int guest, String... command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", guest(guest)));
        whole.addAll(List.of(command));
        return whole;
    }

    /// Runs in a guest; fails unless it exits with 0.
    String in(int guest, String... command) throws Exception {
        return run(inGuest(guest, command).toArray(String[]::new));
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.holds()) {
            if (System.nanoTime() > patience) {
                fail("waited in vain for " + PATIENCE_S + " s");
            }
            Thread.sleep(20);
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + text);
        return text;
    }

    @Override
    public void close() throws IOException {
        for (ControlClient client : clients.values()) {
            client.close();
        }
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.onExit().join();
        }
        for (String namespace : namespaces) {
            Process delete = new ProcessBuilder("ip", "netns", "del", namespace)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            delete.onExit().join();
        }
    }
}

package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.vnetp.overlay.frame.MacAddress;

/// Two hosts on a veth cable and a guest behind each, all network namespaces; a guest's NIC is called `g`.
///
/// ```
/// [guest 1: g 10.77.0.1, fd77::1] [host 1: 10.99.0.1] === veth === [host 2: 10.99.0.2] [guest 2: g 10.77.0.2, fd77::2]
/// ```
///
/// What stands between a guest and its host, a node or a kernel VXLAN device, is up to the test. Closing removes
/// all of it.
final class TwoHosts implements AutoCloseable {
    private static final int SECONDS = 30;

    private final String prefix;
    private final List<Process> processes = new ArrayList<>();
    private final List<String> namespaces = new ArrayList<>();
    private final Path directory;
    private final Process[] nodes = new Process[3];

    private TwoHosts(String prefix, Path directory) {
        this.prefix = prefix;
        this.directory = directory;
    }

    /// Fails or skips, as the property `vnetp.it` says, where a privilege or a tool is missing.
    static void require(String... tools) {
        String lack = null;
        if (!"root".equals(System.getProperty("user.name"))) {
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

    static TwoHosts up(int underlayMtu) throws Exception {
        final String prefix = "vxt" + ProcessHandle.current().pid() % 100_000;
        final TwoHosts hosts = new TwoHosts(prefix, Files.createTempDirectory("vnetp-it"));
        try {
            for (int i = 1; i <= 2; i++) {
                for (final String name : List.of(hosts.host(i), hosts.guest(i))) {
                    hosts.run("ip", "netns", "add", name);
                    hosts.namespaces.add(name);
                    hosts.run("ip", "-n", name, "link", "set", "lo", "up");
                }
            }
            hosts.run(("ip link add u netns " + hosts.host(1) + " type veth peer name u netns " + hosts.host(2))
                    .split(" "));
            for (int i = 1; i <= 2; i++) {
                hosts.ip(hosts.host(i), "link set u mtu " + underlayMtu);
                hosts.ip(hosts.host(i), "addr add " + address(i) + "/24 dev u");
                hosts.ip(hosts.host(i), "link set u up");
            }
            return hosts;
        } catch (Exception | Error e) {
            hosts.close();
            throw e;
        }
    }

    String host(int i) {
        return prefix + "-h" + i;
    }

    String guest(int i) {
        return prefix + "-g" + i;
    }

    static String address(int i) {
        return "10.99.0." + i;
    }

    static String mac(int i) {
        return MacAddress.format(0x0200_0000_0000L + i);
    }

    /// A kernel VXLAN device towards the other host, moved into the guest.
    void kernel(int i, int mtu, String options) throws Exception {
        ip(
                host(i),
                ("link add g mtu " + mtu + " type vxlan id 42 dstport 4789 local " + address(i) + " remote "
                                + address(3 - i) + " " + options)
                        .strip());
        ip(host(i), "link set g netns " + guest(i));
        ip(guest(i), "link set g address " + mac(i));
        address(i, "g", "10.77.0.", "fd77::");
    }

    /// One of our nodes with the guest's NIC and a VXLAN link to the other host. Returns its control socket.
    Path node(int i, String nicOptions, String linkOptions) throws Exception {
        final Path socket = restart(i, nicOptions, linkOptions);
        address(i, "g", "10.77.0.", "fd77::");
        return socket;
    }

    /// Ends a node at once, as a crash would.
    void kill(int i) throws InterruptedException {
        nodes[i].destroyForcibly().waitFor();
    }

    /// The same node where the guest's NIC has its addresses already.
    Path restart(int i, String nicOptions, String linkOptions) throws Exception {
        final Path file = directory.resolve("node" + i + ".vnetp");
        final Path socket = directory.resolve("node" + i + ".sock");
        Files.writeString(
                file, """
                node n%d
                listen %s:4789 network 42
                nic g tap mac %s netns /run/netns/%s %s
                link add peer %s:4789 encap vxlan %s
                route add any any edge peer interface g
                route add any any interface g edge peer
                """.formatted(i, address(i), mac(i), guest(i), nicOptions, address(3 - i), linkOptions));
        final List<String> command = new ArrayList<>(List.of(
                "ip",
                "netns",
                "exec",
                host(i),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.vnetp.overlay.NodeMain",
                file.toString(),
                "--control",
                socket.toString()));
        final Path log = directory.resolve("node" + i + ".log");
        final Process node = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        processes.add(node);
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!Files.readString(log).contains(" ready ")) {
            assertTrue(node.isAlive() && System.nanoTime() < deadline, () -> "node " + i + ": " + read(log));
            Thread.sleep(20);
        }
        nodes[i] = node;
        return socket;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// Gives a device of a guest its addresses and sets it up.
    void address(int i, String device, String ipv4, String ipv6) throws Exception {
        ip(guest(i), "addr add " + ipv4 + i + "/24 dev " + device);
        ip(guest(i), "addr add " + ipv6 + i + "/64 dev " + device + " nodad");
        ip(guest(i), "link set " + device + " up");
    }

    void ip(String namespace, String arguments) throws Exception {
        final List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
        command.addAll(List.of(arguments.split(" ")));
        run(command.toArray(String[]::new));
    }

    /// Runs a command inside a namespace and returns what it printed; fails unless it exits with 0.
    String in(String namespace, String command) throws Exception {
        return run(("ip netns exec " + namespace + " " + command).split(" "));
    }

    /// The same without judging the exit status.
    String tryIn(String namespace, String command) throws Exception {
        return output(("ip netns exec " + namespace + " " + command).split(" ")).text;
    }

    boolean succeeds(String namespace, String command) throws Exception {
        return output(("ip netns exec " + namespace + " " + command).split(" ")).exit == 0;
    }

    Process start(String namespace, String... command) throws Exception {
        final List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        all.addAll(List.of(command));
        final Process process = new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(
                        directory.resolve("p" + processes.size() + ".log").toFile()))
                .start();
        processes.add(process);
        return process;
    }

    /// A class of the tests as a process of its own in a namespace.
    Process java(String namespace, Class<?> main, String... arguments) throws Exception {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return start(namespace, command.toArray(String[]::new));
    }

    /// Waits until a process started here has printed something.
    void awaitOutput(Process process, String text) throws Exception {
        final Path log = directory.resolve("p" + processes.indexOf(process) + ".log");
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!read(log).contains(text)) {
            assertTrue(System.nanoTime() < deadline, () -> "no '" + text + "' but: " + read(log));
            Thread.sleep(20);
        }
    }

    /// A statement to a node.
    String ask(Path control, String statement) throws Exception {
        return run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.vnetp.overlay.control.CtlMain",
                control.toString(),
                statement);
    }

    /// iperf3 from guest 1 to a server in guest 2; returns the bytes that the receiver got.
    long iperf(String server, String options) throws Exception {
        final Process listener = start(guest(2), "iperf3", "-s", "-1", "-B", server);
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!in(guest(2), "ss -Hltn sport = :5201").contains(":5201")) {
            assertTrue(System.nanoTime() < deadline && listener.isAlive(), "iperf3 does not listen");
            Thread.sleep(20);
        }
        final String json = in(guest(1), "iperf3 -J -c " + server + " " + options);
        listener.waitFor(SECONDS, TimeUnit.SECONDS);
        final Matcher sum = Pattern.compile("\"sum(?:_received)?\":\\s*\\{[^}]*?\"bytes\":\\s*(\\d+)")
                .matcher(json);
        long bytes = 0;
        while (sum.find()) {
            bytes = Long.parseLong(sum.group(1));
        }
        return bytes;
    }

    private record Output(int exit, String text) {}

    private String run(String... command) throws Exception {
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
        processes.forEach(Process::destroy);
        processes.forEach(TwoHosts::awaitEnd);
        for (final String namespace : namespaces) {
            awaitEnd(new ProcessBuilder("ip", "netns", "del", namespace)
                    .inheritIO()
                    .start());
        }
        try (var files = Files.list(directory)) {
            for (final Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }

    private static void awaitEnd(Process process) {
        try {
            if (process.waitFor(5, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}

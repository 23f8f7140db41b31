package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.posix.UcxWorker;

/// Links over UCX between two nodes in namespaces of one machine: by the network and by memory.
@Tag("netns")
@Timeout(120)
class UcxLinkTest {
    private static final int BYTES = 16 << 20;

    private static void require(String... tools) {
        Namespaces.require(tools);
        try {
            UcxWorker.version();
        } catch (IllegalStateException e) {
            assertNotEquals("required", System.getProperty("vnetp.it"), e.getMessage());
            Assumptions.abort(e.getMessage());
        }
    }

    private static void awaitState(NodeProcess node, String text) throws Exception {
        Namespaces.await(() -> node.ask("show links").contains(text));
    }

    private static void pings(TwoHosts hosts, NodeProcess... nodes) throws Exception {
        String told = hosts.in(hosts.guest(1), "ping -c 10 -i 0.01 -W 5 10.77.0.2");
        StringBuilder said = new StringBuilder(told);
        for (NodeProcess node : nodes) {
            said.append(node.printed()).append(node.ask("show links")).append(node.ask("show stats"));
        }
        assertTrue(told.contains(" 10 received"), said.toString());
    }

    /// One life of a link: strangers, a stream, a peer that dies, one that stops.
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "posix"})
    void carriesGuestsAndOutlivesItsPeer(String transports) throws Exception {
        require("ip", "ping", "socat", "ss", "kill");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.linkOptions("tls " + transports);
            NodeProcess first = hosts.node(1, TwoHosts.Format.UCX, "persist", "--warm-up", "0");
            Process stranger = hosts.start(
                    hosts.host(2),
                    "sh",
                    "-c",
                    "head -c 300 /dev/urandom | socat -u - UDP4-SENDTO:10.99.0.1:4789,bind=10.99.0.2:4789");
            assertTrue(stranger.waitFor(Namespaces.PATIENCE_S, TimeUnit.SECONDS));
            awaitState(first, "another format");
            NodeProcess second = hosts.node(2, TwoHosts.Format.UCX, "persist", "--warm-up", "0");
            awaitState(first, "state=up");
            awaitState(second, "state=up");
            pings(hosts, first, second);

            TcpStream stream = hosts.stream(1, 5001, BYTES);
            stream.write(BYTES);
            stream.arrivesWhole();
            long messages = second.counter("peer", "datagrams_in");
            long superframes = second.counter("peer", "superframes_in");
            assertTrue(superframes > 0, "no superframe came whole");
            assertTrue(
                    messages < BYTES / 9000,
                    messages + " messages for " + BYTES + " bytes: superframes were cut, of which there were "
                            + superframes);
            assertEquals(0, first.sum("link-full"), "dropped without need");

            hosts.kill(2);
            awaitState(first, "state=down");
            second = hosts.restart(2, TwoHosts.Format.UCX, "persist", "--warm-up", "0");
            awaitState(first, "state=up");
            awaitState(second, "state=up");
            pings(hosts, first, second);

            stops(hosts, first, second);
            pings(hosts, first, second);
        }
    }

    /// A peer that does not move: what is for it is dropped and counted, and nothing waits for it.
    private static void stops(TwoHosts hosts, NodeProcess first, NodeProcess second) throws Exception {
        String pid = Long.toString(second.process().pid());
        Namespaces.run("kill", "-STOP", pid);
        hosts.ip(hosts.guest(1), "neigh replace 10.77.0.2 lladdr " + TwoHosts.mac(2) + " dev g");
        // Bytes without an answer, faster than anything takes them.
        Process bytes = hosts.start(
                hosts.guest(1), "sh", "-c", "head -c 200M /dev/zero | socat -u -b 8000 - UDP4-SENDTO:10.77.0.2:9");
        Namespaces.await(() -> first.sum("link-full") + first.sum("link-down") > 0);
        assertTrue(first.ask("show stats").contains("peer"), "the node does not answer");
        awaitState(first, "silent");
        // Those of the pipe too: one that goes on fills the link once it is up again.
        List<ProcessHandle> pipe = bytes.descendants().toList();
        pipe.forEach(ProcessHandle::destroyForcibly);
        bytes.destroyForcibly().waitFor();
        Namespaces.run("kill", "-CONT", pid);
        awaitState(first, "state=up");
        awaitState(second, "state=up");
        // What still waited at the guest's ring goes first.
        Namespaces.await(() -> hosts.succeeds(hosts.guest(1), "ping -c 1 -W 1 10.77.0.2"));
    }

    /// The other end of the cable is down, comes up, and goes down again: UCX takes no interface that does not run.
    @Test
    void waitsForAnInterfaceThatDoesNotRun() throws Exception {
        require("ip", "ping");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.ip(hosts.host(2), "link set u down");
            Namespaces.await(() -> hosts.in(hosts.host(1), "ip link show u").contains("NO-CARRIER"));
            hosts.linkOptions("tls tcp");
            NodeProcess first = hosts.node(1, TwoHosts.Format.UCX, "persist", "--warm-up", "0");
            awaitState(first, "state=down: interface u has no carrier");
            assertTrue(
                    first.printed().contains("link peer: no path, frames for it are dropped: interface u has no"),
                    first.printed());
            isLost(hosts, first);

            hosts.ip(hosts.host(2), "link set u up");
            NodeProcess second = hosts.node(2, TwoHosts.Format.UCX, "persist", "--warm-up", "0");
            awaitState(first, "state=up");
            awaitState(second, "state=up");
            pings(hosts, first, second);

            hosts.ip(hosts.host(2), "link set u down");
            awaitState(first, "state=down: interface u has no carrier");
            awaitState(second, "state=down: interface u is down");
            isLost(hosts, first);
            hosts.ip(hosts.host(2), "link set u up");
            awaitState(first, "state=up");
            awaitState(second, "state=up");
            pings(hosts, first, second);
        }
    }

    /// Every frame is a drop with its reason, and none is counted as sent.
    private static void isLost(TwoHosts hosts, NodeProcess node) throws Exception {
        hosts.ip(hosts.guest(1), "neigh replace 10.77.0.2 lladdr " + TwoHosts.mac(2) + " dev g");
        long drops = node.sum("link-down");
        long sent = node.counter("peer", "frames_out");
        assertFalse(hosts.succeeds(hosts.guest(1), "ping -c 5 -i 0.02 -W 1 10.77.0.2"));
        Namespaces.await(() -> node.sum("link-down") >= drops + 5);
        assertEquals(sent, node.counter("peer", "frames_out"), "frames sent");
    }

    /// Refused statements name what is wrong and change nothing.
    @Test
    void refusesWhatUcxCannotDo() throws Exception {
        require("ip");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.linkOptions("tls posix");
            NodeProcess node = hosts.restart(1, TwoHosts.Format.UCX, "", "--warm-up", "0");
            String before = node.ask("show links --json").replaceAll("\\d", "");
            AssertionError refusal = assertThrows(AssertionError.class, () -> {
                try {
                    node.ask("link add c 10.99.0.3:4789 encap ucx tls nosuchthing");
                } catch (IOException e) {
                    throw new IllegalStateException(node.printed(), e);
                }
            });
            assertTrue(refusal.getMessage().contains("nosuchthing"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("link c"), refusal.getMessage());
            assertEquals(before, node.ask("show links --json").replaceAll("\\d", ""));
        }
    }

    /// A node where the library is not, in a mount namespace that hides it.
    @Test
    void namesTheLibraryThatIsMissing() throws Exception {
        require("ip", "unshare", "mount");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            Path file = hosts.directory().resolve("bare.vnetp");
            Files.writeString(file, """
                    node bare
                    listen 10.99.0.1:4789
                    link add b 10.99.0.2:4789 encap ucx
                    """);
            Process node = hosts.start(
                    hosts.host(1),
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount --bind /dev/null \"$1\" && shift && exec \"$@\"",
                    "sh",
                    library(),
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    "org.vnetp.overlay.NodeMain",
                    "--control",
                    hosts.directory().resolve("bare.sock").toString(),
                    file.toString());
            assertTrue(node.waitFor(Namespaces.PATIENCE_S, TimeUnit.SECONDS), "the node went on");
            assertNotEquals(0, node.exitValue());
            String printed = hosts.printed(node);
            assertTrue(printed.contains("libucx0"), printed);
            assertTrue(printed.contains("link b"), printed);
        }
    }

    private static String library() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            if (line.contains("/libucp.so")) {
                return line.substring(line.indexOf('/')).strip();
            }
        }
        throw new AssertionError("the library is loaded, but not in /proc/self/maps");
    }
}

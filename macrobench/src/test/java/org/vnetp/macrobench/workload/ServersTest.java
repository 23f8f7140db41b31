package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Endpoint;

@Timeout(60)
class ServersTest {
    private static final Server.Ready ONCE = new Server.Ready("is ready", false);

    @TempDir
    Path dir;

    /// This machine, without a network of its own.
    private record Here(String hostName) implements Endpoint {
        @Override
        public int hostIndex() {
            return 0;
        }

        @Override
        public String address() {
            return "127.0.0.1";
        }

        @Override
        public String address6() {
            return "";
        }

        @Override
        public String interfaceName() {
            return "lo";
        }

        @Override
        public int mtu() {
            return 65_536;
        }

        @Override
        public ProcessBuilder command(List<String> command) {
            return Child.of(command);
        }
    }

    /// Says its process number, then that it is ready.
    private static final List<String> STAYS = List.of("sh", "-c", "echo pid=$$; echo is ready; exec sleep 600");

    private long pid(String raw) throws IOException {
        String text = Files.readString(dir.resolve(raw + ".server.txt"));
        return Long.parseLong(text.substring(text.indexOf("pid=") + 4, text.indexOf('\n')));
    }

    private static boolean gone(long pid) throws Exception {
        ProcessHandle process = ProcessHandle.of(pid).orElse(null);
        if (process != null) {
            process.onExit().get(20, TimeUnit.SECONDS);
        }
        return true;
    }

    @Test
    void aServerStaysWhileRunsEndWellAndEachEndpointHasItsOwn() throws Exception {
        Endpoint one = new Here("one");
        long first;
        long second;
        try (Servers servers = new Servers()) {
            Server server = servers.at(one, STAYS, ONCE, dir.resolve("r0"));
            servers.ran(true);
            assertSame(server, servers.at(new Here("one"), STAYS, ONCE, dir.resolve("r1")));
            assertNotSame(server, servers.at(new Here("two"), STAYS, ONCE, dir.resolve("r2")));
            servers.ran(true);
            assertEquals(2, servers.starts());
            assertFalse(Files.exists(dir.resolve("r1.server.txt")));
            first = pid("r0");
            second = pid("r2");
        }
        assertTrue(gone(first) && gone(second));
    }

    @Test
    void aRunThatFailedTakesThoseDownThatItUsedAndNoOthers() throws Exception {
        try (Servers servers = new Servers()) {
            Server idle = servers.at(new Here("idle"), STAYS, ONCE, dir.resolve("idle"));
            servers.ran(true);
            Server used = servers.at(new Here("used"), STAYS, ONCE, dir.resolve("used"));
            servers.ran(false);
            assertTrue(gone(pid("used")));
            assertNotSame(used, servers.at(new Here("used"), STAYS, ONCE, dir.resolve("again")));
            assertSame(idle, servers.at(new Here("idle"), STAYS, ONCE, dir.resolve("x")));
            assertEquals(3, servers.starts());
        }
    }

    @Test
    void oneThatDiedBetweenRunsIsStartedAnew() throws Exception {
        try (Servers servers = new Servers()) {
            servers.at(new Here("a"), STAYS, ONCE, dir.resolve("r0"));
            servers.ran(true);
            long pid = pid("r0");
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            assertTrue(gone(pid));
            servers.at(new Here("a"), STAYS, ONCE, dir.resolve("r1"));
            assertTrue(ProcessHandle.of(pid("r1")).orElseThrow().isAlive());
            assertEquals(2, servers.starts());
        }
    }

    /// It listens only after it has said so again: a client that comes before is refused.
    @Test
    void oneThatListensAnewForEveryClientIsWaitedFor() throws Exception {
        Path served = dir.resolve("served");
        Server.Ready eachTime = new Server.Ready("ready", true);
        List<String> command = List.of(
                "sh",
                "-c",
                "echo ready; while [ ! -e \"$1\" ]; do sleep 0.01; done; sleep 0.3; echo served; echo ready; exec sleep 600",
                "sh",
                served.toString());
        try (Servers servers = new Servers()) {
            Server server = servers.at(new Here("a"), command, eachTime, dir.resolve("r0"));
            servers.ran(true);
            Files.createFile(served);
            assertSame(server, servers.at(new Here("a"), command, eachTime, dir.resolve("r1")));
            assertTrue(Files.readString(dir.resolve("r0.server.txt")).contains("served"));
            assertEquals(1, servers.starts());
        }
    }

    @Test
    void whatItSaidIsToldWhenItCannotBeStarted() {
        try (Servers servers = new Servers()) {
            IOException e = assertThrows(
                    IOException.class,
                    () -> servers.at(
                            new Here("a"),
                            List.of("sh", "-c", "echo address already in use >&2; exit 1"),
                            ONCE,
                            dir.resolve("r")));
            assertTrue(e.getMessage().contains("sh at a ended: address already in use"), e.getMessage());
            assertEquals(0, servers.starts());
        }
    }

    @Test
    void aServerIsAwaitedUntilItListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        Path go = dir.resolve("go");
        List<String> late = List.of(
                "sh",
                "-c",
                "echo is ready; until [ -e \"$0\" ]; do sleep 0.02; done; exec socat TCP4-LISTEN:\"$1\",bind=127.0.0.1 -",
                go.toString(),
                Integer.toString(port));
        try (Server server = Server.start(new Here("a"), late, ONCE, dir.resolve("log"))) {
            assertThrows(ConnectException.class, () -> new Socket("127.0.0.1", port).close());
            Files.createFile(go);
            server.awaitListening(port);
            new Socket("127.0.0.1", port).close();
        }
        try (Server server = Server.start(
                new Here("a"), List.of("sh", "-c", "echo is ready; echo no luck"), ONCE, dir.resolve("log2"))) {
            assertTrue(assertThrows(IOException.class, () -> server.awaitListening(port))
                    .getMessage()
                    .contains("no luck"));
        }
    }

    @Test
    void onlyAListeningSocketAtThePortCounts() {
        String table = """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 0100007F:138A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
                   1: 0100007F:1451 0100007F:138B 01 00000000:00000000 00:00000000 00000000     0        0 2 1
                """;
        assertTrue(Server.listens(table, 5002));
        assertFalse(Server.listens(table, 5003), "the other end's");
        assertFalse(Server.listens(table, 5201), "a connection");
        assertFalse(Server.listens("", 5002));
    }
}

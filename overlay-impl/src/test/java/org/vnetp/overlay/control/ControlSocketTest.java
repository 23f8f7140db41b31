package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(30)
class ControlSocketTest {
    @TempDir
    Path directory;

    private final NodeController node = new NodeController(new FakeActuator());
    private Path path;

    @BeforeEach
    void name() {
        path = directory.resolve("vnetp").resolve("a.sock");
    }

    @Test
    void onlyTheOwnerMayConnectAndNothingElseIsLeftInTheDirectory() throws IOException {
        try (ControlSocket socket = ControlSocket.open(path, node)) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.path())));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())));
            assertEquals(List.of(path), list());
        }
        assertEquals(List.of(), list());
    }

    private List<Path> list() throws IOException {
        try (var files = Files.list(path.getParent())) {
            return files.toList();
        }
    }

    @Test
    void statementsAreCarriedOutAndAnswered() throws Exception {
        try (ControlSocket socket = ControlSocket.open(path, node);
                ControlClient client = new ControlClient(socket.path())) {
            assertEquals("", client.send("node a"));
            assertEquals("", client.send("# nothing"));
            assertTrue(client.send("show node").startsWith("node a\n"));
            StatementException refusal = assertThrows(StatementException.class, () -> client.send("node b"));
            assertEquals("line 4: 'b': this node is called 'a' already", refusal.getMessage());
            String json = client.send("show node --json");
            assertTrue(json.startsWith("{\"node\":\"a\"") && json.endsWith("\"ready_ms\":450}"), json);
            assertTrue(client.send("show node").endsWith("\nready after 450 ms"));
        }
    }

    @Test
    void theSocketOfADeadNodeIsReplacedAndThatOfALiveOneRefused() throws Exception {
        Files.createDirectory(path.getParent());
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertTrue(Files.exists(path));
        ControlSocket first = ControlSocket.open(path, node);
        IOException refusal = assertThrows(IOException.class, () -> ControlSocket.open(path, node));
        assertTrue(refusal.getMessage().contains(path + ": a live node has it"), refusal.getMessage());
        try (ControlClient client = new ControlClient(path)) {
            client.send("node a");
        }
        first.close();
        assertFalse(Files.exists(path));
        Files.writeString(path, "precious");
        assertThrows(IOException.class, () -> ControlSocket.open(path, node));
        assertEquals("precious", Files.readString(path));
    }

    @Test
    void endlessLinesAndTooManyClientsAreTurnedAway() throws Exception {
        try (ControlSocket socket = ControlSocket.open(path, node)) {
            try (SocketChannel rude = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                rude.write(ByteBuffer.wrap("x".repeat(1100).getBytes(StandardCharsets.UTF_8)));
                String answer = readAll(rude);
                assertEquals("error: a line of more than 1024 bytes; good-bye\n", answer);
            }
            List<ControlClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 16; i++) {
                    ControlClient client = connectWhenThereIsAPlace(clients);
                    clients.add(client);
                }
                // Told so, without having to ask.
                try (SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                    assertEquals("error: more than 16 clients\n", readAll(one));
                }
            } finally {
                for (ControlClient client : clients) {
                    client.close();
                }
            }
            assertEquals(path, socket.path());
        }
    }

    /// The place of a client that has just gone may not be free yet.
    private ControlClient connectWhenThereIsAPlace(List<ControlClient> sofar) throws Exception {
        while (true) {
            ControlClient client = new ControlClient(path);
            try {
                client.send("show node");
                return client;
            } catch (StatementException | IOException e) {
                client.close();
                assertTrue(sofar.size() < 2, "turned away too early: " + e);
            }
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        try {
            while (channel.read(buffer) >= 0) {
                // until the node hangs up
            }
        } catch (IOException reset) {
            // the node hung up with bytes of ours unread
        }
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    }

    private int ctl(StringWriter out, StringWriter err, String... args) {
        return new CommandLine(new CtlMain())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    @Test
    void ctlPrintsAnswersAndTellsByItsExitCode() throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(4, ctl(out, err, path.toString(), "show node"));
        assertTrue(err.toString().contains("no node answers at " + path), err.toString());
        try (ControlSocket socket = ControlSocket.open(path, node)) {
            String at = socket.path().toString();
            assertEquals(2, ctl(out, err, at));
            assertEquals(0, ctl(out, err, at, "node a", "show node", "--json"));
            assertTrue(out.toString().startsWith("{\"node\":\"a\""), out.toString());
            assertEquals(1, ctl(out, err, at, "node b"));
            assertTrue(err.toString().contains("refuses: line 1: 'b'"), err.toString());
            Path file = directory.resolve("more");
            Files.writeString(file, "# two\nlearn on\nlearn off\n");
            assertEquals(0, ctl(out, err, at, "--file", file.toString()));
            assertEquals(
                    2, ctl(out, err, at, "--file", directory.resolve("none").toString()));
        }
    }
}

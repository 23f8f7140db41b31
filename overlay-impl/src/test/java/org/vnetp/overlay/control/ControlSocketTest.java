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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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

    /// The kernel says whose process a client is, whatever the file's mode became.
    @Test
    void whoIsNeitherOwnerNorRootIsTurnedAway() throws Exception {
        String me = System.getProperty("user.name");
        try (ControlSocket socket =
                        ControlSocket.open(path, node, Duration.ofSeconds(10), Duration.ofMinutes(1), "somebody-else");
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket.path()))) {
            if (me.equals("root")) {
                // Root is served whoever owns the socket.
                client.write(ByteBuffer.wrap("show node\n".getBytes(StandardCharsets.UTF_8)));
                assertTrue(readAll(client, "ok\n").endsWith("ok\n"));
            } else {
                assertTrue(readAll(client, "\n").contains("user " + me + " does not command this node"));
            }
        }
    }

    @Test
    void aClientThatSaysNothingIsEnded() throws Exception {
        try (ControlSocket socket =
                        ControlSocket.open(path, node, Duration.ofSeconds(10), Duration.ofMillis(200), null);
                SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket.path()))) {
            assertTrue(readAll(silent, "good-bye\n").contains("has been silent for"));
            assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
        }
    }

    private static String readAll(SocketChannel from, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        while (text.indexOf(end) < 0 && from.read(bytes.clear()) >= 0) {
            text.append(StandardCharsets.UTF_8.decode(bytes.flip()));
        }
        return text.toString();
    }

    @Test
    void anEndlessLineIsTurnedAway() throws Exception {
        try (ControlSocket socket = ControlSocket.open(path, node);
                SocketChannel rude = SocketChannel.open(UnixDomainSocketAddress.of(socket.path()))) {
            rude.write(ByteBuffer.wrap("x".repeat(1100).getBytes(StandardCharsets.UTF_8)));
            assertEquals("error: a line of more than 1024 bytes; good-bye\n", readAll(rude));
        }
    }

    @Test
    void theClientThatIsSilentForLongestGivesWayToTheSeventeenth() throws Exception {
        try (ControlSocket socket = ControlSocket.open(path, node)) {
            List<ControlClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 16; i++) {
                    clients.add(new ControlClient(socket.path()));
                    clients.getLast().send("show node");
                }
                // Has spoken since, so that the second is the longest silent.
                clients.getFirst().send("show node");
                for (int more = 1; more <= 2; more++) {
                    try (ControlClient oneMore = new ControlClient(path)) {
                        assertTrue(oneMore.send("show node").startsWith("node "));
                        StatementException ended = assertThrows(StatementException.class, clients.get(more)::awaitWord);
                        assertTrue(ended.getMessage().contains("gives its place to another"), ended.getMessage());
                        assertTrue(ended.getMessage().contains("silent for"), ended.getMessage());
                    }
                    clients.set(more, new ControlClient(path));
                    clients.get(more).send("show node");
                }
                clients.getFirst().send("show node");
            } finally {
                for (ControlClient client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    void aClientThatWasEndedIsToldWhyByItsNextStatement() throws Exception {
        try (ControlSocket socket = ControlSocket.open(path, node)) {
            List<ControlClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 17; i++) {
                    clients.add(new ControlClient(socket.path()));
                    clients.getLast().send("node a");
                }
                StatementException ended = assertThrows(
                        StatementException.class, () -> clients.getFirst().send("node b"));
                assertTrue(ended.getMessage().contains("gives its place"), ended.getMessage());
            } finally {
                for (ControlClient client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    void clientsThatTheNodeIsBusyWithAreNotEnded() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        NodeControl busy = new NodeControl() {
            @Override
            public String execute(Statement statement) {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return "done";
            }

            @Override
            public void executeTogether(List<Statement.Routing> statements) {}
        };
        try (ControlSocket socket = ControlSocket.open(path, busy);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                answers.add(threads.submit(() -> {
                    try (ControlClient client = new ControlClient(socket.path())) {
                        return client.send("show node");
                    }
                }));
            }
            while (socket.busy() < 16) {
                Thread.sleep(5);
            }
            try (ControlClient oneMore = new ControlClient(path)) {
                StatementException refusal = assertThrows(StatementException.class, () -> oneMore.send("show node"));
                assertTrue(refusal.getMessage().contains("16 clients are being served"), refusal.getMessage());
            }
            goOn.countDown();
            for (Future<String> answer : answers) {
                assertEquals("done", answer.get());
            }
        }
    }

    /// A client that sends statements and reads nothing fills its buffers and then holds a place for nothing.
    @Test
    void aClientThatTakesNoAnswersIsEnded() throws Exception {
        try (ControlSocket socket = ControlSocket.open(path, node, Duration.ofMillis(200));
                SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(socket.path()))) {
            ByteBuffer statements =
                    ByteBuffer.wrap("show stats\n".repeat(20_000).getBytes(StandardCharsets.UTF_8));
            assertThrows(IOException.class, () -> {
                while (true) {
                    deaf.write(statements.rewind());
                }
            });
        }
    }

    /// What listens here takes connections, by the kernel, and says nothing: as a process that is stopped does.
    @Test
    void aNodeThatDoesNotAnswerIsGivenUpInWords() throws Exception {
        Files.createDirectory(path.getParent());
        try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stopped.bind(UnixDomainSocketAddress.of(path), 2);
            StringWriter err = new StringWriter();
            assertEquals(4, ctl(new StringWriter(), err, "--timeout", "1", path.toString(), "show node"));
            assertTrue(err.toString().contains("no answer within 1s: is the node's process stopped"), err.toString());
            // A node that is to start there finds somebody.
            IOException taken = assertThrows(IOException.class, () -> ControlSocket.open(path, node));
            assertTrue(taken.getMessage().contains("a live node has it"), taken.getMessage());
            // Until the queue of connections is full as well, where connecting would wait for ever.
            List<ControlClient> queue = new ArrayList<>();
            IOException full = assertThrows(IOException.class, () -> {
                while (queue.size() < 100) {
                    queue.add(new ControlClient(path, Duration.ofMillis(50)));
                }
            });
            assertTrue(full.getMessage().contains("no connection within 50ms"), full.getMessage());
            for (ControlClient waiting : queue) {
                waiting.close();
            }
        }
        StringWriter err = new StringWriter();
        assertEquals(2, ctl(new StringWriter(), err, "--timeout", "0", path.toString(), "show node"));
        assertTrue(err.toString().contains("--timeout 0: expected 1 to 86400"), err.toString());
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
        return CtlMain.commandLine(new CtlMain(new ControlPaths(List.of(directory.resolve("root")), directory)))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    @Test
    void ctlPrintsAnswersAndTellsByItsExitCode() throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(4, ctl(out, err, path.toString(), "show node"));
        assertTrue(err.toString().contains("no node '" + path + "' is running here"), err.toString());
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

    @Test
    void aStatementNeedsNoQuotes() {
        assertEquals(List.of("show node"), CtlMain.statements(List.of("show", "node")));
        assertEquals(
                List.of("route add any any edge b any"),
                CtlMain.statements(List.of("route", "add", "any", "any", "edge", "b", "any")));
        assertEquals(List.of("show node"), CtlMain.statements(List.of("show node")));
        assertEquals(List.of("begin", "commit"), CtlMain.statements(List.of("begin", "commit")));
        assertEquals(
                List.of("begin", "route del 3", "commit"),
                CtlMain.statements(List.of("begin", "route del 3", "commit")));
        assertEquals(List.of("help nic"), CtlMain.statements(List.of("help", "nic")));
        assertEquals(List.of("help"), CtlMain.statements(List.of("help")));
        assertEquals(List.of(), CtlMain.statements(List.of()));
    }

    private Path run(String name) {
        return directory.resolve("root/run/vnetp").resolve(name + ".sock");
    }

    @Test
    void manyNodesAnswerEachUnderItsName() throws IOException {
        NodeController other = new NodeController(new FakeActuator());
        try (ControlSocket a = ControlSocket.open(run("a"), node);
                ControlSocket b = ControlSocket.open(run("b"), other)) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            assertEquals(0, ctl(out, err, a.path().toString(), "node a"));
            assertEquals(0, ctl(out, err, "b", "node b"));
            assertEquals(0, ctl(out, err, "all", "learn", "on"));
            assertEquals("a: ok\nb: ok\n", out.toString());
            for (String[] words : new String[][] {
                {"b", "a", "show", "node"},
                {"b", "a", "b", "show node"},
                {"b", "all", "show node"},
                {"b", b.path().toString(), "a", "show", "node"}
            }) {
                out = new StringWriter();
                assertEquals(0, ctl(out, err, words));
                assertTrue(
                        out.toString().matches("(?s)b:\n  node b\n(  .*?\n)+a:\n  node a\n(  .*?\n)+"),
                        String.join(" ", words) + ": " + out);
            }
            out = new StringWriter();
            assertEquals(0, ctl(out, err, "all", "show", "node", "--json"));
            List<String> lines = out.toString().lines().toList();
            assertEquals(2, lines.size(), out.toString());
            assertTrue(lines.get(0).matches("\\{\"node\":\"a\",\"answer\":\\{\"node\":\"a\",.*}}"), lines.get(0));
            assertTrue(lines.get(1).startsWith("{\"node\":\"b\",\"answer\":{\"node\":\"b\","), lines.get(1));
            Path file = directory.resolve("more");
            Files.writeString(file, "learn off\n");
            out = new StringWriter();
            assertEquals(0, ctl(out, err, "a", "b", "--file", file.toString()));
            assertEquals("a: ok\nb: ok\n", out.toString());
            assertEquals("", err.toString());
        }
    }

    @Test
    void nodesOfALabAreMeantByItsFabric() throws IOException {
        Path fabric = directory.resolve("root/run/vnetp/labs/lab/fabrics/vnetp");
        try (ControlSocket a = ControlSocket.open(fabric.resolve("a.sock"), node);
                ControlSocket b =
                        ControlSocket.open(fabric.resolve("b.sock"), new NodeController(new FakeActuator()))) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            assertEquals(0, ctl(out, err, "lab/vnetp", "learn", "on"), err.toString());
            assertEquals("lab/vnetp/a: ok\nlab/vnetp/b: ok\n", out.toString());
            out = new StringWriter();
            assertEquals(0, ctl(out, err, "lab", "learn", "on"));
            assertEquals("lab/vnetp/a: ok\nlab/vnetp/b: ok\n", out.toString());
            assertEquals(4, ctl(out, err, "lab/vne", "learn", "on"));
            assertTrue(
                    err.toString().contains("no node 'lab/vne' is running here; there are: " + "lab/vnetp/a, "),
                    err.toString());
            assertEquals(2, List.of(a, b).size());
        }
    }

    /// Of many nodes one refuses, one is dead, one is stopped and one is not there: the others do what they are told.
    @Test
    void whatOneOfManyNodesDoesNotDoIsNamedAndTheOthersDoIt() throws IOException {
        NodeController other = new NodeController(new FakeActuator());
        try (ControlSocket a = ControlSocket.open(run("a"), node);
                ControlSocket b = ControlSocket.open(run("b"), other);
                ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            assertEquals(0, ctl(out, err, a.path().toString(), "node a"));
            assertEquals(1, ctl(out, err, "a", "b", "node b"));
            assertEquals("b: ok\n", out.toString());
            assertTrue(err.toString().contains("a refuses: line 1: 'b'"), err.toString());
            assertTrue(err.toString().endsWith("1 of 2 nodes did not do all of it: a\n"), err.toString());

            err = new StringWriter();
            out = new StringWriter();
            assertEquals(4, ctl(out, err, "a", "nosuch", "b", "learn", "on"));
            assertEquals("a: ok\nb: ok\n", out.toString());
            assertTrue(err.toString().contains("no node 'nosuch' is running here; there are: a, b"), err.toString());
            assertTrue(err.toString().endsWith("1 of 3 nodes did not do all of it: nosuch\n"), err.toString());

            try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                dead.bind(UnixDomainSocketAddress.of(run("c")));
            }
            stopped.bind(UnixDomainSocketAddress.of(run("d")));
            err = new StringWriter();
            out = new StringWriter();
            assertEquals(4, ctl(out, err, "--timeout", "1", "all", "learn", "off"));
            assertEquals("a: ok\nb: ok\n", out.toString());
            assertTrue(err.toString().contains("no node answers at " + run("c")), err.toString());
            assertTrue(err.toString().contains("d at " + run("d")), err.toString());
            assertTrue(err.toString().endsWith("2 of 4 nodes did not do all of it: c, d\n"), err.toString());
            assertEquals(b.path(), run("b"));
        }
    }

    @Test
    void aMisspeltStatementIsNoNode() throws IOException {
        try (ControlSocket a = ControlSocket.open(run("a"), node)) {
            for (String[] words : new String[][] {
                {"a", "rout", "add", "any", "any", "edge", "b", "any"},
                {"a", "rout del 3", "commit"},
                {"a", "rout"},
                {"a", "rout", "3"}
            }) {
                StringWriter err = new StringWriter();
                assertEquals(1, ctl(new StringWriter(), err, words));
                assertTrue(err.toString().startsWith("vnetp ctl: a refuses: line 1: 'rout'"), err.toString());
            }
            assertEquals(a.path(), run("a"));
        }
    }

    @Test
    void ctlFindsNodesByNameAndThoseOfLabsByLabFabricAndHost() throws IOException {
        Path run = directory.resolve("root/run/vnetp");
        StringWriter out = new StringWriter();
        StringWriter none = new StringWriter();
        assertEquals(4, ctl(out, none, "a", "show", "node"));
        assertEquals(
                "vnetp ctl: no node 'a' is running here; there is none. Start it with: vnetp node FILE\n",
                none.toString());
        List<ControlSocket> open = new ArrayList<>();
        try {
            for (String each : List.of(
                    "plain.sock",
                    "labs/lab/fabrics/vnetp/a.sock",
                    "labs/lab/fabrics/vnetp/b.sock",
                    "labs/lab/fabrics/vnetp-ebpf/a.sock")) {
                NodeController named = new NodeController(new FakeActuator());
                ControlSession.replay(named, "node " + each.replaceAll("labs|fabrics|/|\\.sock", ""));
                open.add(ControlSocket.open(run.resolve(each), named));
            }
            for (String each : List.of("plain", "lab/vnetp/a", "lab/vnetp-ebpf/a", "b")) {
                StringWriter err = new StringWriter();
                assertEquals(0, ctl(out, err, each, "show", "node"), err.toString());
            }
            assertEquals(
                    List.of("node plain", "node labvnetpa", "node labvnetp-ebpfa", "node labvnetpb"),
                    out.toString()
                            .lines()
                            .filter(line -> line.startsWith("node "))
                            .toList());
            StringWriter which = new StringWriter();
            assertEquals(4, ctl(out, which, "a", "show", "node"));
            assertEquals("vnetp ctl: which 'a'? expected one of lab/vnetp/a, lab/vnetp-ebpf/a\n", which.toString());
            StringWriter nosuch = new StringWriter();
            assertEquals(4, ctl(out, nosuch, "c", "show", "node"));
            assertTrue(
                    nosuch.toString().contains("there are: plain, lab/vnetp/a, lab/vnetp/b, lab/vnetp-ebpf/a"),
                    nosuch.toString());
        } catch (StatementException e) {
            throw new AssertionError(e);
        } finally {
            for (ControlSocket each : open) {
                each.close();
            }
        }
    }

    @Test
    void helpOfCtlTellsTheLanguage() {
        StringWriter help = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(0, ctl(help, err, "--help"));
        for (Syntax each : Language.all()) {
            assertTrue(help.toString().contains("  " + each.word() + " "), help.toString());
            assertTrue(help.toString().contains("  " + each.summary()), help.toString());
        }
        StringWriter learn = new StringWriter();
        assertEquals(0, ctl(learn, err, "help", "learn"));
        assertTrue(learn.toString().startsWith("learn on [age TIME] [relay]\nlearn off\n"), learn.toString());
        assertTrue(learn.toString().contains("\n    relay     pass what is flooded on"), learn.toString());
        assertEquals(2, ctl(learn, err, "help", "nosuch"));
        assertTrue(err.toString().contains("'nosuch': expected node, listen, nic"), err.toString());
    }
}

package org.vnetp.macrobench.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.NeedsForTests;

/// The agent and its client, both on this machine.
@Timeout(60)
class GuestAgentTest {
    private static final String SECRET = "2012";

    @TempDir
    private Path dir;

    private GuestAgent agent;
    private Path client;
    private Path secret;

    @BeforeEach
    void start() throws IOException {
        NeedsForTests.program("bash");
        agent = new GuestAgent(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), SECRET);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                agent.serve();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        client = Files.writeString(dir.resolve("client"), CommandChannel.CLIENT);
        secret = Files.writeString(dir.resolve("secret"), SECRET + "\n");
    }

    @AfterEach
    void stop() throws IOException {
        agent.close();
    }

    private ProcessBuilder client(String... words) {
        return clientOf("-", "-", words);
    }

    private ProcessBuilder clientOf(String pid, String startTicks, String... words) {
        List<String> all = new ArrayList<>(List.of("bash", client.toString(), "g", "127.0.0.1"));
        all.addAll(List.of(Integer.toString(agent.port()), secret.toString(), pid, startTicks));
        all.addAll(List.of(words));
        return new ProcessBuilder(all);
    }

    private record Result(int code, String output, String error) {}

    private static Result run(ProcessBuilder command, byte[] input) throws Exception {
        Process process = command.start();
        CompletableFuture<byte[]> error = reading(process.getErrorStream());
        CompletableFuture<byte[]> output = reading(process.getInputStream());
        try (var to = process.getOutputStream()) {
            to.write(input);
        }
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return new Result(
                process.exitValue(),
                new String(output.get(), StandardCharsets.ISO_8859_1),
                new String(error.get(), StandardCharsets.ISO_8859_1));
    }

    /// Each by a thread of its own, which the common pool does not have.
    private static CompletableFuture<byte[]> reading(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> all(stream), task -> Thread.ofPlatform().daemon().start(task));
    }

    private static byte[] all(InputStream stream) {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Result run(ProcessBuilder command) throws Exception {
        return run(command, new byte[0]);
    }

    @Test
    void wordsExitCodeDirectoryAndEnvironmentPass() throws Exception {
        Result words = run(client("printf", "%s|", "a b", "", "c'd\"", "$HOME", "two\nlines"));
        assertEquals("a b||c'd\"|$HOME|two\nlines|", words.output());
        assertEquals(0, words.code());
        assertEquals(7, run(client("sh", "-c", "exit 7")).code());
        assertEquals(128 + 9, run(client("sh", "-c", "kill -9 $$")).code());
        ProcessBuilder elsewhere = client("sh", "-c", "pwd; echo \"$OF_THE_CALLER\"");
        elsewhere.directory(dir.toFile());
        elsewhere.environment().put("OF_THE_CALLER", "x=1\n y");
        assertEquals(dir.toRealPath() + "\nx=1\n y\n", run(elsewhere).output());
    }

    @Test
    void streamsAreSeparateAndCarryBytes() throws Exception {
        byte[] bytes = new byte[3_000_000];
        new Random(2012).nextBytes(bytes);
        Result copied = run(client("cat"), bytes);
        assertArrayEquals(bytes, copied.output().getBytes(StandardCharsets.ISO_8859_1));
        Result both = run(client("sh", "-c", "echo out; echo err >&2; exit 3"));
        assertEquals(new Result(3, "out\n", "err\n"), both);
    }

    @Test
    void aProgramThatIsNotThereIsToldAsAShellTellsIt() throws Exception {
        Result none = run(client("no-such-program-here"));
        assertEquals(127, none.code());
        assertTrue(none.error().contains("no-such-program-here"), none.error());
    }

    @Test
    void aGuestThatIsNotThereIsTold() throws Exception {
        Result gone = run(clientOf("4194305", "1", "true"));
        assertEquals(new Result(CommandChannel.GONE, "", "g: this endpoint is gone\n"), gone);
        agent.close();
        Result refused = run(client("true"));
        assertEquals(CommandChannel.GONE, refused.code());
        assertTrue(refused.error().contains("g: does not take commands at 127.0.0.1"), refused.error());
    }

    /// The guest's process is stood in for by one of this machine.
    @Test
    void aGuestThatEndsWhileACommandRunsIsTold() throws Exception {
        Process guest = new ProcessBuilder("sleep", "60").start();
        String stat = Files.readString(Path.of("/proc/" + guest.pid() + "/stat"));
        String startTicks = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        Process waiting = clientOf(Long.toString(guest.pid()), startTicks, "sh", "-c", "echo on; exec sleep 983.25")
                .start();
        assertEquals("on", waiting.inputReader().readLine());
        guest.destroyForcibly().waitFor();
        assertTrue(waiting.waitFor(10, TimeUnit.SECONDS));
        assertEquals(CommandChannel.GONE, waiting.exitValue());
        awaitGone("983.25");
    }

    @Test
    void aWrongSecretRunsNothing() throws Exception {
        Path ran = dir.resolve("ran");
        Files.writeString(secret, "2013\n");
        Process stranger = client("touch", ran.toString()).start();
        assertTrue(stranger.waitFor(10, TimeUnit.SECONDS));
        assertEquals(CommandChannel.GONE, stranger.exitValue());
        assertTrue(Files.notExists(ran));
        try (Socket junk = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
            junk.getOutputStream().write(new byte[100_000]);
            junk.shutdownOutput();
            assertEquals(-1, readOrReset(junk));
        }
        Files.writeString(secret, SECRET + "\n");
        assertEquals("goes on\n", run(client("echo", "goes on")).output());
    }

    @Test
    void whatANodeInTheGuestAnswersIsPassedOnToThoseWhoKnowTheSecret() throws Exception {
        Path control = dir.resolve("node.sock");
        try (var server = java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            server.bind(java.net.UnixDomainSocketAddress.of(control));
            Thread.ofPlatform().daemon().start(() -> answerOnce(server));
            assertEquals("ok\none line\ntwo", say(SECRET, control, "show links"));
        }
        String none = say(SECRET, dir.resolve("nobody.sock"), "show links");
        assertTrue(none.startsWith("failed\n") && none.contains("nobody.sock"), none);
        assertEquals("", say("2013", control, "show links"));
    }

    /// Stands in for a node.
    private static void answerOnce(java.nio.channels.ServerSocketChannel server) {
        try (var client = server.accept()) {
            var asked = java.nio.ByteBuffer.allocate(64);
            while (asked.position() == 0 || asked.get(asked.position() - 1) != '\n') {
                client.read(asked);
            }
            assertEquals("show links\n", new String(asked.array(), 0, asked.position(), StandardCharsets.UTF_8));
            client.write(java.nio.ByteBuffer.wrap("one line\ntwo\nok\n".getBytes(StandardCharsets.UTF_8)));
            client.read(asked.clear());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String say(String secretWord, Path control, String statement) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
            String text = secretWord + " say -\n" + control + "\n" + statement + "\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.net.SocketException reset) {
            return "";
        }
    }

    private static int readOrReset(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException reset) {
            return -1;
        }
    }

    @Test
    void aKilledClientEndsItsCommandWithAllThatItStarted() throws Exception {
        Process killed = client("sh", "-c", "sleep 982.25 & echo on; wait").start();
        assertEquals("on", killed.inputReader().readLine());
        killed.destroyForcibly();
        awaitGone("982.25");
        Process told = client("sh", "-c", "sleep 982.5 & echo on; wait").start();
        assertEquals("on", told.inputReader().readLine());
        told.destroy();
        awaitGone("982.5");
    }

    @Test
    void aTetheredCommandHasNoInputAndEndsWithItsCallers() throws Exception {
        Result nothing = run(client("--tethered", "sh", "-c", "cat; echo read; exit 4"), new byte[0]);
        assertTrue(nothing.code() == 4 || nothing.code() == 128 + 15, nothing.toString());
        Process held = client("--tethered", "sh", "-c", "cat; echo on; exec sleep 981.25")
                .start();
        held.getOutputStream().write("not for the command\n".getBytes(StandardCharsets.UTF_8));
        held.getOutputStream().flush();
        assertEquals("on", held.inputReader().readLine());
        held.getOutputStream().close();
        // Its process here ends when the command there has.
        assertTrue(held.waitFor(10, TimeUnit.SECONDS));
        assertEquals(128 + 15, held.exitValue());
        assertEquals(List.of(), processes("981.25"));
    }

    private static void awaitGone(String word) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (!processes(word).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        assertEquals(List.of(), processes(word));
    }

    private static List<String> processes(String word) {
        return ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains(word) && line.startsWith("/"))
                .filter(line -> line.contains("sleep"))
                .toList();
    }
}

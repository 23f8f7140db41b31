package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.control.CtlMain;
import picocli.CommandLine;

/// A node as a process of its own that opens nothing, so that no privilege is needed.
@Timeout(60)
class NodeMainTest {
    @TempDir
    private Path directory;

    private record Ended(int code, String err) {}

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), NodeMain.class.getName()));
        command.addAll(List.of("--warm-up", "0"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    private Ended run(String... arguments) throws Exception {
        Process process = start(arguments);
        process.getInputStream().readAllBytes();
        return new Ended(process.waitFor(), Files.readString(directory.resolve("err")));
    }

    private static void signal(Process process, String signal) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor());
    }

    private static int ctl(StringWriter said, String... arguments) {
        PrintWriter out = new PrintWriter(said);
        return new CommandLine(new CtlMain()).setOut(out).setErr(out).execute(arguments);
    }

    @Test
    void ctlGivesUpAStoppedNodeAndTalksToItAgainWhenItGoesOn() throws Exception {
        Path file = Files.writeString(directory.resolve("a.vnetp"), "node a\n");
        String socket = directory.resolve("s").toString();
        Process node = start("--control", socket, file.toString());
        try (BufferedReader out = node.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("vnetp node a ready control=" + socket, out.readLine());
            signal(node, "STOP");
            StringWriter stopped = new StringWriter();
            assertEquals(4, ctl(stopped, "--timeout", "1", socket, "show node"));
            assertTrue(stopped.toString().contains("no answer within 1s"), stopped.toString());
            signal(node, "CONT");
            StringWriter again = new StringWriter();
            assertEquals(0, ctl(again, socket, "show node"));
            assertTrue(again.toString().startsWith("node a\n"), again.toString());
        } finally {
            node.destroy();
            assertEquals(0, node.waitFor());
        }
        assertFalse(Files.exists(Path.of(socket)));
    }

    @Test
    void aFileThatIsNotThereIsAnErrorInWords() throws Exception {
        Ended nosuch = run(directory.resolve("nosuch").toString());
        assertEquals(2, nosuch.code());
        assertEquals(
                "vnetp node: " + directory + "/nosuch: no such file; expected the node's statements, one a line"
                        + " (./vnetp ctl help lists them)\n",
                nosuch.err());
        Ended itself = run(directory.toString());
        assertEquals(2, itself.code());
        assertEquals(
                "vnetp node: " + directory + ": is a directory; expected the node's statements, one a line"
                        + " (./vnetp ctl help lists them)\n",
                itself.err());
    }

    @Test
    void aFileThatIsNoTextIsAnErrorInWords() throws Exception {
        Path file = Files.write(directory.resolve("bytes"), new byte[] {'n', (byte) 0xC3, (byte) 0x28, '\n'});
        Ended bytes = run(file.toString());
        assertEquals(2, bytes.code());
        assertEquals("vnetp node: " + file + ": is not UTF-8 text\n", bytes.err());
    }
}

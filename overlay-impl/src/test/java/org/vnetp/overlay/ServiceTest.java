package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.posix.DatagramNote;
import org.vnetp.overlay.posix.PosixException;

/// A node under a service manager, which here is socat at the other end of NOTIFY_SOCKET.
@Tag("netns")
@Timeout(90)
class ServiceTest {
    private static final long PATIENCE_S = 60;

    @TempDir
    private Path directory;

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition, String what) throws Exception {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < patience, what);
            Thread.sleep(20);
        }
    }

    private static void require(String program) throws Exception {
        boolean there =
                new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
        assertTrue(there || !"required".equals(System.getProperty("vnetp.it")), "no " + program);
        Assumptions.assumeTrue(there, "no " + program);
    }

    private static void hangUp(Process process) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-HUP", "" + process.pid()).start().waitFor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"path", "abstract"})
    void theManagerIsToldWhenTheNodeIsReadyReadsAgainAndStops(String kind) throws Exception {
        require("socat");
        require("setsid");
        Path socket = directory.resolve("notify");
        String hidden = "vnetp-test-" + ProcessHandle.current().pid();
        boolean path = kind.equals("path");
        Path told = directory.resolve("told");
        Process manager = new ProcessBuilder(
                        "socat", "-u", path ? "UNIX-RECV:" + socket : "ABSTRACT-RECV:" + hidden, "-")
                .redirectOutput(told.toFile())
                .start();
        await(
                () -> Files.readString(Path.of("/proc/net/unix")).contains(path ? socket.toString() : "@" + hidden),
                "no socat");

        Path file = Files.writeString(directory.resolve("a.vnetp"), "node a\n");
        Path printed = directory.resolve("printed");
        // Without a terminal, as a service has none.
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                NodeMain.class.getName(),
                "--warm-up",
                "0",
                "--control",
                directory.resolve("s").toString(),
                file.toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        builder.environment().put("NOTIFY_SOCKET", path ? socket.toString() : "@" + hidden);
        Process node = builder.start();
        try {
            await(() -> Files.readString(told).equals("READY=1"), "not ready");
            assertTrue(
                    Files.readString(printed).contains("vnetp node a ready control="), "it is ready before it says so");
            Files.writeString(file, "node a\nlearn on\n");
            hangUp(node);
            Pattern again = Pattern.compile("READY=1RELOADING=1\nMONOTONIC_USEC=\\d+READY=1");
            await(() -> again.matcher(Files.readString(told)).matches(), "not read again");
            assertTrue(
                    Files.readString(printed).endsWith("vnetp node a read " + file + " again: learn on\n"),
                    "what it says");
        } finally {
            node.destroy();
            assertEquals(0, node.waitFor());
        }
        await(() -> Files.readString(told).endsWith("READY=1STOPPING=1"), "not told that it stops");
        manager.destroy();
        manager.waitFor();
    }

    @Test
    void anAddressThatNobodyListensAtOrThatIsNoneIsRefused() {
        String nobody = directory.resolve("nobody").toString();
        assertTrue(assertThrows(PosixException.class, () -> DatagramNote.send(nobody, new byte[] {1}))
                .getMessage()
                .contains("connect to " + nobody));
        for (String address : List.of("", "@", "relative", "/" + "x".repeat(107))) {
            String message = assertThrows(PosixException.class, () -> DatagramNote.send(address, new byte[] {1}))
                    .getMessage();
            assertTrue(message.contains("expected an absolute path or @ and a name"), message);
        }
    }
}

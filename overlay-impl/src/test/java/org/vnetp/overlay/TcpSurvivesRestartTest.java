package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node is killed with -9 and started again under a running TCP stream of its guest: the stream
/// goes on, no byte is lost.
@Tag("netns")
@Timeout(120)
class TcpSurvivesRestartTest {
    private static final int CHUNK = 16 << 20;

    @TempDir
    Path directory;

    private TwoHosts hosts;

    @BeforeEach
    void up() throws Exception {
        TwoHosts.requirePrivileges();
        hosts = new TwoHosts(directory, "vnr");
        hosts.startNode(1);
        hosts.startNode(2);
    }

    @AfterEach
    void down() throws Exception {
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void ofEitherNode() throws Exception {
        Path received = directory.resolve("received");
        Process sink = hosts.startInGuest(
                2, "socat", "-u", "TCP4-LISTEN:5001,reuseaddr", "CREATE:" + received.toAbsolutePath());
        hosts.awaitListening(2, 5001);
        Process source = hosts.startInGuest(1, "socat", "-u", "-", "TCP4:" + TwoHosts.guestAddress(2) + ":5001");
        byte[] all = new byte[4 * CHUNK];
        new Random(2).nextBytes(all);
        Thread writer = Thread.ofPlatform().start(() -> {
            try (var out = source.getOutputStream()) {
                for (int i = 0; i < 4; i++) {
                    out.write(all, i * CHUNK, CHUNK);
                    out.flush();
                    Thread.sleep(1500);
                }
            } catch (java.io.IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        for (int node = 1; node <= 2; node++) {
            awaitSize(received, node * (long) CHUNK / 2);
            hosts.kill(node);
            hosts.startNode(node);
        }
        writer.join();
        assertTrue(source.waitFor(60, TimeUnit.SECONDS));
        assertTrue(sink.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, source.exitValue());
        Path sent = directory.resolve("sent");
        Files.write(sent, all);
        assertEquals(-1, Files.mismatch(sent, received));
    }

    private static void awaitSize(Path file, long bytes) throws Exception {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!Files.exists(file) || Files.size(file) < bytes) {
            assertTrue(System.nanoTime() < patience, "the stream does not get on");
            Thread.sleep(20);
        }
    }
}

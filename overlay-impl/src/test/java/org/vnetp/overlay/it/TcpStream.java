package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// A TCP connection between two namespaces (socat), and random bytes that go over it and are compared at the end.
final class TcpStream {
    private static final int PATIENCE_S = 60;

    private final byte[] content;
    private final Path sent;
    private final Path received;
    private final Process sink;
    private final Process source;
    private int written;

    /// @param address of the namespace that receives
    /// @param port tells streams of one test from each other
    /// @param bytes that will be sent in all
    TcpStream(Namespaces all, String from, String to, String address, int port, int bytes) throws Exception {
        content = new byte[bytes];
        new Random(port).nextBytes(content);
        sent = all.directory().resolve("sent" + port);
        received = all.directory().resolve("received" + port);
        sink = all.start(to, "socat", "-u", "TCP4-LISTEN:" + port + ",reuseaddr", "CREATE:" + received);
        all.awaitListening(to, port);
        source = all.start(from, "socat", "-u", "-", "TCP4:" + address + ":" + port);
    }

    /// Sends the next bytes.
    void write(int bytes) throws IOException {
        final OutputStream out = source.getOutputStream();
        out.write(content, written, bytes);
        out.flush();
        written += bytes;
    }

    /// Sends what is left from another thread: so many bytes, then a pause, and again.
    Thread writeRest(int bytes, int pauseMs) {
        return writeUpTo(content.length, bytes, pauseMs);
    }

    /// [#writeRest], but that it ends when so many bytes have been written in all: what a test has yet to see happen
    /// under the stream happens before the rest is written, however long it takes.
    Thread writeUpTo(int end, int bytes, int pauseMs) {
        return Thread.ofPlatform().start(() -> {
            try {
                while (written < end) {
                    write(Math.min(bytes, end - written));
                    Thread.sleep(pauseMs);
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    long received() throws IOException {
        return Files.exists(received) ? Files.size(received) : 0;
    }

    void awaitReceived(long bytes) throws Exception {
        Namespaces.await(() -> received() >= bytes);
    }

    /// Ends the stream; fails unless every byte of it has come through.
    void arrivesWhole() throws Exception {
        assertEquals(content.length, written, "bytes written");
        source.getOutputStream().close();
        assertTrue(source.waitFor(PATIENCE_S, TimeUnit.SECONDS), "the sender hangs");
        assertTrue(sink.waitFor(PATIENCE_S, TimeUnit.SECONDS), "the receiver hangs");
        assertEquals(0, source.exitValue());
        Files.write(sent, content);
        assertEquals(-1, Files.mismatch(sent, received), "what arrived differs");
    }
}

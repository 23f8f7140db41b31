package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Endpoint;

/// The other end of a workload's program, running at an endpoint until closed. For one thread.
final class Server implements AutoCloseable {
    private static final long READY_SECONDS = 10;
    private static final long FAR_END_SECONDS = 3;
    private static final long PAUSE_MILLIS = 2;

    /// How it says that it can be asked.
    ///
    /// @param text a part of what it prints then
    /// @param eachTime whether it prints it anew for every client, as one does that closes its socket between them
    record Ready(String text, boolean eachTime) {}

    private final Endpoint at;
    private final Process process;
    private final String name;
    private final Ready ready;
    private final Path log;
    /// Up to here its log has been read.
    private long heard;

    private Server(Endpoint at, Process process, String name, Ready ready, Path log) {
        this.at = at;
        this.process = process;
        this.name = name;
        this.ready = ready;
        this.log = log;
    }

    /// Starts a program and returns when it has said that it is ready.
    ///
    /// @throws IOException with what it printed when it ends or says nothing in time
    static Server start(Endpoint at, List<String> command, Ready ready, Path log)
            throws IOException, InterruptedException {
        Process process = at.tethered(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Server server = new Server(at, process, command.getFirst(), ready, log);
        boolean good = false;
        try {
            server.await();
            good = true;
            return server;
        } finally {
            if (!good) {
                server.close();
            }
        }
    }

    /// Returns when it takes the next client.
    ///
    /// @throws IOException with what it printed when it has ended or is not ready in time
    void awaitNext() throws IOException, InterruptedException {
        if (ready.eachTime()) {
            await();
        } else if (!process.isAlive()) {
            throw new IOException(trouble());
        }
    }

    /// Returns when something listens at a TCP port of its endpoint, over IPv4: for a program that says it is
    /// ready just before it is. It is looked up, as a connection would be taken for the client's.
    ///
    /// @throws IOException with what it printed when it has ended or does not listen in time
    void awaitListening(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        while (!listens(socketTable(), port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(trouble());
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private String socketTable() throws IOException {
        Process look = at.command("cat", "/proc/net/tcp")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        look.getOutputStream().close();
        return new String(look.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /// Whether one of the sockets of `/proc/net/tcp` listens at a port (proc_net_tcp.rst: number, local address and
    /// port in hexadecimal, remote ones, state; 0A is TCP_LISTEN).
    static boolean listens(String sockets, int port) {
        String end = String.format(Locale.ROOT, ":%04X", port);
        return sockets.lines()
                .map(line -> line.strip().split("\\s+"))
                .anyMatch(fields -> fields.length > 3 && fields[1].endsWith(end) && fields[3].equals("0A"));
    }

    private void await() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        while (!says(ready.text())) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(trouble());
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    /// Whether its log has a text behind what has been read of it; if so, that is read too.
    private boolean says(String text) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] fresh = new byte[(int) (file.length() - heard)];
            file.seek(heard);
            file.readFully(fresh);
            int found = new String(fresh, StandardCharsets.ISO_8859_1).indexOf(text);
            if (found >= 0) {
                heard += found + text.length();
            }
            return found >= 0;
        }
    }

    private String trouble() throws IOException {
        return name + " at " + at.hostName() + (process.isAlive() ? " was not ready in time: " : " ended: ")
                + Files.readString(log, StandardCharsets.ISO_8859_1).strip();
    }

    /// CPU seconds that it has taken so far, in user and kernel (`/proc/PID/stat`).
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
        try {
            if (at.here()) {
                process.destroy();
            } else {
                process.waitFor(FAR_END_SECONDS, TimeUnit.SECONDS); // that was enough, and here it has ended then too
            }
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                Child.end(process);
                process.waitFor(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Child.end(process);
            Thread.currentThread().interrupt();
        }
    }
}

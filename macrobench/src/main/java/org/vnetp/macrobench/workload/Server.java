package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.testbed.Endpoint;

/// The other end of a workload's program, running at an endpoint until closed.
final class Server implements AutoCloseable {
    private static final long READY_SECONDS = 10;
    private static final long FAR_END_SECONDS = 3;

    private final Endpoint at;
    private final Process process;

    private Server(Endpoint at, Process process) {
        this.at = at;
        this.process = process;
    }

    /// Starts a program and returns when it has said that it is ready.
    ///
    /// @param readyText a part of what it prints then
    /// @throws IOException with what it printed when it ends or says nothing in time
    static Server start(Endpoint at, List<String> command, String readyText, Path log)
            throws IOException, InterruptedException {
        Process process = at.tethered(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Server server = new Server(at, process);
        boolean ready = false;
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
            while (!(ready = Files.readString(log, StandardCharsets.ISO_8859_1).contains(readyText))) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException(command.getFirst() + " at " + at.hostName()
                            + (process.isAlive() ? " was not ready in time: " : " ended: ")
                            + Files.readString(log, StandardCharsets.ISO_8859_1).strip());
                }
                Thread.sleep(5);
            }
            return server;
        } finally {
            if (!ready) {
                server.close();
            }
        }
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
            // On another machine that was enough, and with the process here it has ended there too.
            if (at.here() || !process.waitFor(FAR_END_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
            }
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                process.waitFor(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

package org.vnetp.nas.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.testbed.Child;

/// A program that is left alone with a log.
final class Logged {
    private static final int LAST_LINES = 10;

    private Logged() {}

    /// Starts it.
    ///
    /// @param log where both of its outputs go
    static Process start(ProcessBuilder command, Path log) throws IOException {
        return command.redirectInput(
                        ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /// Runs it to its end; it is killed with all that it started where that does not come in time, or this thread is
    /// interrupted.
    ///
    /// @param log where both of its outputs go
    /// @param failure what it means that it fails; the log's end follows
    /// @throws IOException saying so
    static void run(ProcessBuilder command, Path log, Duration longest, String failure)
            throws IOException, InterruptedException {
        Process process = start(command, log);
        boolean ended = false;
        try {
            ended = process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!ended) {
                Child.end(process);
            }
        }
        if (!ended || process.exitValue() != 0) {
            throw failed(log, failure);
        }
    }

    /// With the log's end.
    static IOException failed(Path log, String failure) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return new IOException(failure + ":\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())));
    }
}

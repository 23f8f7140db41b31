package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A process that runs as long as its fabric is up.
///
/// @param fabric its name, for messages
/// @param host whose it is
/// @param what it is, for messages
/// @param log its output
record Daemon(String fabric, String host, String what, Processes.Id id, Path log) {
    static final int LOG_LINES = 12;

    /// Starts a process whose output goes to a log; it does not hear the terminal's interrupts.
    ///
    /// @param environment added to this process's
    static Daemon start(
            LabDirectory lab,
            String fabric,
            String host,
            String what,
            List<String> command,
            Map<String, String> environment,
            Path log) {
        List<String> all = new ArrayList<>();
        all.add("setsid");
        all.addAll(command);
        ProcessBuilder builder = Child.of(all)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        try {
            Processes.Id id = Processes.of(builder.start().pid());
            lab.created(id);
            return new Daemon(fabric, host, what, id, log);
        } catch (IOException e) {
            throw new FabricException("fabric " + fabric + ": cannot start " + what + " on " + host, e);
        }
    }

    /// Waits until something is so.
    ///
    /// @throws FabricException when it ends before, or after the deadline
    void await(String purpose, int seconds, BooleanSupplier condition) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (!condition.getAsBoolean()) {
            requireAlive();
            if (System.nanoTime() > deadline) {
                throw new FabricException("fabric " + fabric + ": " + what + " on " + host + " " + purpose + " within "
                        + seconds + " s; its log ends with\n" + Shell.tail(log, LOG_LINES));
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FabricException("fabric " + fabric + ": interrupted", e);
            }
        }
    }

    /// @throws FabricException with the end of its log, when it is gone
    void requireAlive() {
        if (!id.alive()) {
            throw new FabricException("fabric " + fabric + ": " + what + " on " + host
                    + " has ended; its log ends with\n" + Shell.tail(log, LOG_LINES));
        }
    }

    /// The end of its log, for messages about something else.
    String lastWords() {
        return "\nlog of " + what + " on " + host + " ends with\n" + Shell.tail(log, LOG_LINES / 2);
    }
}

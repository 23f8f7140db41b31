package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.vnetp.macrobench.guest.UserModeLinux;

/// A virtual machine that runs in a namespace of its own: its kernel's process, the scripts that run commands in it,
/// and a shell in it that reads files of its kernel.
///
/// The shell is started when it is first asked, and from then on costs the guest a millisecond a question.
final class VirtualMachine {
    /// Prints files whose names it reads, with a zero byte after each, and starts no process for it.
    private static final String READER = "while IFS= read -r file; do mapfile -t lines < \"$file\";"
            + " printf '%s\\n' \"${lines[@]}\"; printf '\\0'; done";

    private static final long ANSWER_NANOS = 10_000_000_000L;
    private static final long PAUSE_NANOS = 100_000;

    private final UserModeLinux plan;
    private final Daemon kernel;
    private final Path enter;
    private final Path reach;
    private Process reader;

    /// @param enter the script that runs its arguments in it, from this machine
    /// @param reach the same from other guests of its fabric
    VirtualMachine(UserModeLinux plan, Daemon kernel, Path enter, Path reach) {
        this.plan = plan;
        this.kernel = kernel;
        this.enter = enter;
        this.reach = reach;
    }

    String name() {
        return plan.name();
    }

    Path enter() {
        return enter;
    }

    Path reach() {
        return reach;
    }

    Daemon kernel() {
        return kernel;
    }

    /// @throws FabricException with the end of its console, when its kernel has ended
    void check() {
        kernel.requireAlive();
    }

    /// The text of a file as its kernel tells it now; from any thread.
    ///
    /// @throws FabricException when it does not answer
    synchronized String read(String file) {
        try {
            if (reader == null || !reader.isAlive()) {
                reader = Child.of(List.of(enter.toString(), "bash", "-c", READER))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
            }
            reader.getOutputStream().write((file + "\n").getBytes(StandardCharsets.UTF_8));
            reader.getOutputStream().flush();
            return answer(file);
        } catch (IOException e) {
            check();
            throw new FabricException(name() + " does not tell its " + file + ": " + e.getMessage(), e);
        }
    }

    private String answer(String file) throws IOException {
        InputStream in = reader.getInputStream();
        StringBuilder text = new StringBuilder();
        long until = System.nanoTime() + ANSWER_NANOS;
        while (true) {
            while (in.available() == 0) {
                if (System.nanoTime() > until || !reader.isAlive()) {
                    Child.end(reader);
                    reader = null;
                    check();
                    throw new FabricException(name() + " does not tell its " + file);
                }
                java.util.concurrent.locks.LockSupport.parkNanos(PAUSE_NANOS);
            }
            int c = in.read();
            if (c == 0) {
                return text.toString();
            }
            text.append((char) c);
        }
    }

    /// Ends the shell in it; the kernel's process is its fabric's to end.
    synchronized void close() {
        if (reader != null) {
            Child.end(reader);
            reader = null;
        }
    }
}

package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.vnetp.macrobench.guest.GuestAgent;
import org.vnetp.macrobench.guest.GuestPlan;

/// A virtual machine that runs in a namespace of its own: its kernel's process, the scripts that run commands in it,
/// and a shell in it that reads files of its kernel and talks to its node, where it has one.
///
/// The shell is started when it is first asked, and from then on costs the guest a millisecond a question.
final class VirtualMachine {
    /// Prints files whose names it reads, with a zero byte after each, and starts no process for it. What begins with
    /// `@` is the path of a node's control socket and a statement, which the agent passes on.
    private static final String READER = """
            IFS= read -r secret < "$2"
            while IFS= read -r file; do
                lines=()
                if [ "${file:0:1}" = @ ]; then
                    file=${file:1}
                    exec 8<> "/dev/tcp/127.0.0.1/$1" && {
                        printf '%s say -\\n%s\\n%s\\n' "$secret" "${file%% *}" "${file#* }" >&8
                        mapfile -t lines <&8
                        exec 8>&-
                    }
                else
                    mapfile -t lines < "$file"
                fi
                printf '%s\\n' "${lines[@]}"
                printf '\\0'
            done
            """;

    private static final long ANSWER_NANOS = 10_000_000_000L;
    private static final long PAUSE_NANOS = 100_000;

    private final String name;
    private final Daemon kernel;
    private final Path enter;
    private final Path reach;
    private final Path secret;
    private Process reader;

    /// @param name its host name
    /// @param enter the script that runs its arguments in it, from this machine
    /// @param reach the same from other guests of its fabric
    /// @param secret the file with what its agent wants to hear
    VirtualMachine(String name, Daemon kernel, Path enter, Path reach, Path secret) {
        this.name = name;
        this.kernel = kernel;
        this.enter = enter;
        this.reach = reach;
        this.secret = secret;
    }

    String name() {
        return name;
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
    String read(String file) {
        return ask(file, "its " + file);
    }

    /// Says a statement to a node that runs in it and returns its answer; from any thread.
    ///
    /// @param control the node's control socket, of the guest's own
    /// @throws FabricException when the node refuses it or does not answer
    String say(Path control, String statement) {
        String answer = ask("@" + control + " " + statement, "what its node says to '" + statement + "'");
        String begin = GuestAgent.SAID + "\n";
        if (!answer.startsWith(begin)) {
            throw new FabricException(name() + ": its node does not answer '" + statement + "': "
                    + answer.replaceFirst("^" + GuestAgent.NOT_SAID + "\n", "").strip());
        }
        return answer.substring(begin.length());
    }

    /// CPU seconds that it took of this machine, in user and kernel, since it was started; 0 when it is gone.
    double cpuSeconds() {
        return Processes.cpuSecondsWithEnded(kernel.id().pid());
    }

    /// @param line for the shell
    /// @param what is asked for, for messages
    private synchronized String ask(String line, String what) {
        try {
            if (reader == null || !reader.isAlive()) {
                String port = Integer.toString(GuestPlan.AGENT_PORT);
                reader = Child.of(List.of(enter.toString(), "bash", "-c", READER, "bash", port, secret.toString()))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
            }
            reader.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            reader.getOutputStream().flush();
            return answer(what);
        } catch (IOException e) {
            check();
            throw new FabricException(name() + " does not tell " + what + ": " + e.getMessage(), e);
        }
    }

    private String answer(String what) throws IOException {
        InputStream in = reader.getInputStream();
        StringBuilder text = new StringBuilder();
        long until = System.nanoTime() + ANSWER_NANOS;
        while (true) {
            while (in.available() == 0) {
                if (System.nanoTime() > until || !reader.isAlive()) {
                    Child.end(reader);
                    reader = null;
                    check();
                    throw new FabricException(name() + " does not tell " + what);
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

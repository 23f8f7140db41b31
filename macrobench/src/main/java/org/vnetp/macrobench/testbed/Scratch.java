package org.vnetp.macrobench.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A directory at an endpoint, for files of programs there: that machine's files need not be this one's.
///
/// It goes with all that is in it when closed, and also when this process is killed or the connection breaks: a shell
/// at the endpoint removes it as soon as its standard input ends.
public final class Scratch implements AutoCloseable {
    private static final String HOLD = """
            umask 077
            d=$(mktemp -d "${TMPDIR:-/tmp}/vnetp.XXXXXX") || exit 1
            trap 'rm -rf "$d"' EXIT
            trap 'exit 1' HUP INT TERM
            echo "$d"
            cat > /dev/null
            """;

    private static final int MISSING = 3;
    private static final long ANSWER_SECONDS = 30;
    private static final long REMOVAL_SECONDS = 5;

    private final Endpoint at;
    private final Process holder;
    private final String path;

    private Scratch(Endpoint at, Process holder, String path) {
        this.at = at;
        this.holder = holder;
        this.path = path;
    }

    /// Creates one.
    ///
    /// @throws FabricException when it cannot be created, with what that machine said
    public static Scratch at(Endpoint at) {
        Process holder;
        try {
            holder = at.command("sh", "-c", HOLD).start();
        } catch (IOException e) {
            throw new FabricException("cannot create a directory at " + at.hostName(), e);
        }
        boolean made = false;
        try {
            String path = firstLine(holder);
            if (!path.startsWith("/")) {
                throw new FabricException("cannot create a directory at " + at.hostName() + ": " + why(holder, path));
            }
            made = true;
            return new Scratch(at, holder, path);
        } catch (IOException e) {
            throw new FabricException("cannot create a directory at " + at.hostName(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FabricException("interrupted while creating a directory at " + at.hostName(), e);
        } finally {
            if (!made) {
                end(holder);
            }
        }
    }

    /// Its name at the endpoint.
    public String path() {
        return path;
    }

    /// The name of a file in it at the endpoint, which need not be there.
    public String path(String name) {
        return path + "/" + name;
    }

    public void write(String name, String text) {
        ask(List.of("sh", "-c", "cat > \"$1\"", "sh", path(name)), text);
    }

    /// Writes a file that can be run.
    void writeScript(String name, String text) {
        ask(List.of("sh", "-c", "cat > \"$1\" && chmod 700 \"$1\"", "sh", path(name)), text);
    }

    /// The text of a file; empty when there is no such file.
    public Optional<String> read(String name) {
        Shell.Outcome outcome =
                ask(List.of("sh", "-c", "[ -e \"$1\" ] || exit " + MISSING + "; cat \"$1\"", "sh", path(name)), "");
        return outcome.exitCode() == MISSING ? Optional.empty() : Optional.of(outcome.output());
    }

    private Shell.Outcome ask(List<String> command, String input) {
        Shell.Outcome outcome =
                Shell.attempt(at.command(command), input, "the use of " + command.getLast() + " at " + at.hostName());
        if (!outcome.succeeded() && outcome.exitCode() != MISSING) {
            throw new FabricException("cannot use " + command.getLast() + " at " + at.hostName() + ": "
                    + outcome.error().strip());
        }
        return outcome;
    }

    @Override
    public void close() {
        end(holder);
    }

    /// Lets the holder remove the directory and end; also of a thread that is interrupted.
    private static void end(Process holder) {
        try {
            holder.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
        boolean interrupted = false;
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(REMOVAL_SECONDS);
        boolean ended = false;
        while (!ended && System.nanoTime() < until) {
            try {
                ended = holder.waitFor(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        Child.end(holder);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// What it prints first, empty when it ends or says nothing in time.
    private static String firstLine(Process process) throws IOException, InterruptedException {
        BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (!in.ready() && process.isAlive() && System.nanoTime() < until) {
            Thread.sleep(2);
        }
        return in.ready() ? in.readLine() : "";
    }

    private static String why(Process holder, String answer) throws IOException {
        if (!answer.isEmpty()) {
            return "expected its path, got '" + answer + "'";
        }
        return holder.isAlive() ? "no answer within " + ANSWER_SECONDS + " s" : text(holder.getErrorStream());
    }

    private static String text(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}

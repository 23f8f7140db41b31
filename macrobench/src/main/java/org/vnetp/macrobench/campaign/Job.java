package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.vnetp.macrobench.testbed.Child;

/// A command with all the processes that come of it, which end when it is closed.
///
/// The command gets a session of its own, so that a ctrl-C meant for us does not reach it and its whole process
/// group can be killed. MPI's launchers start helpers that leave that group; they carry a mark in their
/// environment and are found by it. On another machine it is the connection's end that ends the command, if that is
/// tethered ([org.vnetp.macrobench.testbed.Endpoint#tethered]) or waits for orders
/// ([org.vnetp.macrobench.mpi.Gate]).
final class Job implements AutoCloseable {
    private static final String MARK = "VNETP_RUN";
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final AtomicLong COUNTER = new AtomicLong();

    private final Process process;
    private final String mark;
    private boolean ended;

    private Job(Process process, String mark) {
        this.process = process;
        this.mark = mark;
    }

    /// Starts a command as it stands, in a session of its own.
    static Job start(ProcessBuilder command) throws IOException {
        String mark = ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command.command());
        command.command(words);
        command.environment().put(MARK, mark);
        return new Job(command.start(), mark);
    }

    /// The command itself; it ends when all others should have ended.
    Process process() {
        return process;
    }

    @Override
    public void close() throws IOException {
        end();
    }

    /// Ends what has not ended. Also of a thread that is interrupted: it stays so.
    void end() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        if (process.isAlive()) {
            endCommand();
        }
        killMarked(); // also after a good end: a launcher that crashed leaves ranks behind
    }

    private void endCommand() throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            signal("TERM", process.pid());
            if (!process.waitFor(GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
                signal("KILL", process.pid());
            }
            killMarked();
            process.waitFor();
        } catch (InterruptedException e) {
            interrupted = true;
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Signals the whole process group.
    private static void signal(String name, long group) throws IOException, InterruptedException {
        Child.of("sh", "-c", "kill -" + name + " -- -" + group)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /// Kills them, and returns when they are gone: a process that was killed still runs for a moment.
    private void killMarked() throws IOException {
        long until = System.nanoTime() + GRACE.toNanos();
        List<ProcessHandle> left = marked();
        while (!left.isEmpty() && System.nanoTime() < until) {
            left.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(2_000_000);
            left = marked();
        }
    }

    private List<ProcessHandle> marked() throws IOException {
        byte[] wanted = (MARK + "=" + mark + "\0").getBytes(StandardCharsets.UTF_8);
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path each : processes) {
                byte[] environment;
                try {
                    environment = Files.readAllBytes(each.resolve("environ"));
                } catch (IOException e) {
                    continue; // it has ended, or is another user's
                }
                if (contains(environment, wanted)) {
                    ProcessHandle.of(Long.parseLong(each.getFileName().toString()))
                            .ifPresent(found::add);
                }
            }
        }
        return found;
    }

    private static boolean contains(byte[] text, byte[] wanted) {
        return new String(text, StandardCharsets.ISO_8859_1).contains(new String(wanted, StandardCharsets.ISO_8859_1));
    }
}

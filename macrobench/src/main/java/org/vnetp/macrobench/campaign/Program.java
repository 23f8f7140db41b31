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
import java.util.regex.Pattern;

/// Runs one command with a time limit, its output into files, and leaves none of its processes behind.
///
/// The command gets a session of its own, so that a ctrl-C meant for us does not reach it and its whole process
/// group can be killed. MPI's launchers start helpers that leave that group; they carry a mark in their
/// environment and are found by it. On another machine it is the connection's end that ends the command, if that is
/// tethered ([org.vnetp.macrobench.testbed.Endpoint#tethered]).
public final class Program {
    private static final Pattern ERROR = Pattern.compile("(?i)\\b(error|exception|abort\\w*|killed|signal)\\b");
    private static final String MARK = "VNETP_RUN";
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final AtomicLong COUNTER = new AtomicLong();

    /// @param exitCode of the command; 128 + signal when it was killed by one
    /// @param timedOut whether it was killed at its time limit
    /// @param wall from start to end
    /// @param cpuSeconds user and system time of all its processes that were waited for; NaN when unknown
    public record Result(int exitCode, boolean timedOut, Duration wall, double cpuSeconds) {}

    private Program() {}

    /// Runs to the end, or kills at the limit.
    ///
    /// @param command as it would be started; its outputs are redirected, its standard input stays open and empty
    /// @throws InterruptedException after everything that was started has been killed
    public static Result run(ProcessBuilder command, Path stdout, Path stderr, Duration limit)
            throws IOException, InterruptedException {
        Path times = Files.createTempFile("vnetp-times", ".txt");
        try {
            return run(command, stdout, stderr, limit, times);
        } finally {
            Files.deleteIfExists(times);
        }
    }

    private static Result run(ProcessBuilder command, Path stdout, Path stderr, Duration limit, Path times)
            throws IOException, InterruptedException {
        String mark = ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
        List<String> wrapped = new ArrayList<>(
                List.of("setsid", "sh", "-c", "times=$1; shift; \"$@\"; rc=$?; times >\"$times\"; exit $rc", "sh"));
        wrapped.add(times.toString());
        wrapped.addAll(command.command());
        ProcessBuilder builder = new ProcessBuilder(wrapped);
        builder.directory(command.directory());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        builder.environment().put(MARK, mark);
        builder.redirectOutput(stdout.toFile());
        builder.redirectError(stderr.toFile());
        long start = System.nanoTime();
        Process process = builder.start();
        boolean ended = false;
        boolean timedOut = false;
        try {
            ended = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
            timedOut = !ended;
        } finally {
            if (!ended) {
                end(process, mark);
            }
            killMarked(mark); // also after a good end: a launcher that crashed leaves ranks behind
        }
        Duration wall = Duration.ofNanos(System.nanoTime() - start);
        return new Result(process.exitValue(), timedOut, wall, cpuSeconds(times));
    }

    /// What a program said on standard error, for a reason: its first line that names an error, else its last
    /// line; empty when it said nothing.
    public static String said(String errors) {
        String line = errors.lines()
                .map(String::strip)
                .filter(text -> ERROR.matcher(text).find())
                .findFirst()
                .orElseGet(() -> errors.lines()
                        .map(String::strip)
                        .filter(text -> !text.isEmpty())
                        .reduce("", (_, last) -> last));
        return line.isEmpty() ? "" : "; it said: " + line;
    }

    private static void end(Process process, String mark) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            signal("TERM", process.pid());
            if (!process.waitFor(GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
                signal("KILL", process.pid());
            }
            killMarked(mark);
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
        new ProcessBuilder("sh", "-c", "kill -" + name + " -- -" + group)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static void killMarked(String mark) throws IOException {
        byte[] wanted = (MARK + "=" + mark + "\0").getBytes(StandardCharsets.UTF_8);
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                byte[] environment;
                try {
                    environment = Files.readAllBytes(process.resolve("environ"));
                } catch (IOException e) {
                    continue; // it has ended, or is another user's
                }
                if (contains(environment, wanted)) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        }
    }

    private static boolean contains(byte[] text, byte[] wanted) {
        return new String(text, StandardCharsets.ISO_8859_1).contains(new String(wanted, StandardCharsets.ISO_8859_1));
    }

    /// Reads what the shell's `times` printed: own user and system time, then those of the children, as
    /// `0m1.23s`.
    static double cpuSeconds(Path times) throws IOException {
        double sum = 0;
        List<String> lines = Files.readAllLines(times);
        if (lines.size() < 2) {
            return Double.NaN; // killed before it could tell
        }
        for (String field : lines.get(1).strip().split("\\s+")) {
            int minutes = field.indexOf('m');
            if (minutes < 0 || !field.endsWith("s")) {
                return Double.NaN;
            }
            sum += 60 * Double.parseDouble(field.substring(0, minutes))
                    + Double.parseDouble(field.substring(minutes + 1, field.length() - 1));
        }
        return sum;
    }
}

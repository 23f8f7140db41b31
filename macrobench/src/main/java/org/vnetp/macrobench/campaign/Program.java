package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.RunDirectory;

/// Runs one command with a time limit, its output into files, and leaves none of its processes behind ([Job]).
public final class Program {
    /// As Open MPI's launcher draws above and below what it says.
    private static final Pattern FRAME = Pattern.compile("-{20,}");

    private static final Pattern SENTENCE_END = Pattern.compile("[.:](?=\\s|$)");

    private static final Pattern ERROR = Pattern.compile("(?i)\\b(error|exception|abort\\w*|killed|signal)\\b");

    /// @param exitCode of the command; 128 + signal when it was killed by one
    /// @param timedOut whether it was killed at its time limit
    /// @param wall from start to end
    /// @param cpuSeconds user and system time of all its processes that were waited for; NaN when unknown
    public record Result(int exitCode, boolean timedOut, Duration wall, double cpuSeconds) {
        /// How a command that did not end well ended, for a reason: `exit code 139 (killed by signal 11)`; empty for 0.
        public String ending() {
            return Program.ending(exitCode);
        }
    }

    static String ending(int exitCode) {
        return exitCode == 0
                ? ""
                : "; exit code " + exitCode
                        + (exitCode > 128 && exitCode < 193 ? " (killed by signal " + (exitCode - 128) + ")" : "");
    }

    /// What a program wrote. Programs print what they like: bytes that are no UTF-8 become U+FFFD, and spoil nothing
    /// else.
    public static String text(Path output) throws IOException {
        return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    }

    private Program() {}

    /// Runs to the end, or kills at the limit.
    ///
    /// @param command as it would be started; its outputs are redirected, its standard input stays open and empty
    /// @throws InterruptedException after everything that was started has been killed
    public static Result run(ProcessBuilder command, Path stdout, Path stderr, Duration limit)
            throws IOException, InterruptedException {
        Path times = Files.createTempFile(RunDirectory.path(), "times", ".txt");
        try {
            return run(command, stdout, stderr, limit, times);
        } finally {
            Files.deleteIfExists(times);
        }
    }

    private static Result run(ProcessBuilder command, Path stdout, Path stderr, Duration limit, Path times)
            throws IOException, InterruptedException {
        List<String> wrapped = new ArrayList<>(
                List.of("sh", "-c", "times=$1; shift; \"$@\"; rc=$?; times >\"$times\"; exit $rc", "sh"));
        wrapped.add(times.toString());
        wrapped.addAll(command.command());
        ProcessBuilder builder = Child.of(wrapped);
        builder.directory(command.directory());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        builder.redirectOutput(stdout.toFile());
        builder.redirectError(stderr.toFile());
        long start = System.nanoTime();
        int exitCode;
        boolean timedOut;
        try (Job job = Job.start(builder)) {
            Process process = job.process();
            timedOut = !process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
            job.end();
            exitCode = process.exitValue();
        }
        Duration wall = Duration.ofNanos(System.nanoTime() - start);
        return new Result(exitCode, timedOut, wall, cpuSeconds(times));
    }

    /// What a program said on standard error, for a reason: its first line that names an error; else what
    /// an MPI launcher says in a frame of dashes, up to the end of the sentence; else its last line. Empty
    /// when it said nothing.
    public static String said(String errors) {
        List<String> outside = new ArrayList<>();
        String framed = sort(errors.lines().map(String::strip).toList(), outside);
        String line = outside.stream()
                .filter(text -> ERROR.matcher(text).find())
                .findFirst()
                .orElseGet(() -> framed.isEmpty() && !outside.isEmpty() ? outside.getLast() : framed);
        return line.isEmpty() ? "" : "; it said: " + line;
    }

    /// Puts what stands outside of frames into a list, without empty lines, and gives the first sentence of
    /// the first frame. A frame that is not closed is none: what was cut off may be anything.
    private static String sort(List<String> lines, List<String> outside) {
        String sentence = "";
        for (int i = 0; i < lines.size(); i++) {
            int end = FRAME.matcher(lines.get(i)).matches() ? nextFrame(lines, i + 1) : -1;
            if (end > 0) {
                if (sentence.isEmpty()) {
                    sentence = sentence(lines.subList(i + 1, end));
                }
                i = end;
            } else if (!lines.get(i).isEmpty() && !FRAME.matcher(lines.get(i)).matches()) {
                outside.add(lines.get(i));
            }
        }
        return sentence;
    }

    private static int nextFrame(List<String> lines, int from) {
        for (int i = from; i < lines.size(); i++) {
            if (FRAME.matcher(lines.get(i)).matches()) {
                return i;
            }
        }
        return -1;
    }

    private static String sentence(List<String> lines) {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            if (line.isEmpty() && !text.isEmpty()) {
                break;
            }
            text.append(text.isEmpty() || line.isEmpty() ? "" : " ").append(line);
        }
        Matcher end = SENTENCE_END.matcher(text);
        return end.find() ? text.substring(0, end.start()) : text.toString();
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

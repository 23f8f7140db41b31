package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Runs the system's own tools (iproute2, util-linux) and turns their failures into exceptions that
/// say what failed.
final class Shell {
    private static final long TIMEOUT_SECONDS = 30;

    /// The calls that led to the end of a virtual machine's kernel, which come after the reason.
    private static final Pattern KERNEL_STACK = Pattern.compile("\\s*\\[<[0-9a-f]+>]");

    private Shell() {}

    /// What a command that ended by itself left.
    record Outcome(int exitCode, String output, String error) {
        boolean succeeded() {
            return exitCode == 0;
        }
    }

    /// Runs a command to its end and returns its standard output.
    ///
    /// @throws TestbedException with the command and what it wrote to standard error when it fails
    static String run(String... command) {
        return run(List.of(command), "");
    }

    static String run(List<String> command, String input) {
        return run(Child.of(command), input);
    }

    static String run(ProcessBuilder command, String input) {
        String what = "'" + String.join(" ", command.command()) + "'";
        Outcome outcome = attempt(command, input, what);
        if (!outcome.succeeded()) {
            throw new TestbedException(what + " failed with " + outcome.exitCode() + ": " + why(outcome));
        }
        return outcome.output();
    }

    /// Runs a command to its end, whatever its exit code.
    static Outcome attempt(List<String> command, String input) {
        return attempt(Child.of(command), input, "'" + String.join(" ", command) + "'");
    }

    /// The same.
    ///
    /// @param what it is, for messages
    static Outcome attempt(ProcessBuilder command, String input, String what) {
        try {
            Process process = command.start();
            CompletableFuture<byte[]> error = reading(process.getErrorStream());
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException endedBeforeReading) {
                // Its exit code and messages say more than the broken pipe.
            }
            CompletableFuture<byte[]> output = reading(process.getInputStream());
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                Child.end(process);
                throw new TestbedException(what + " did not end within " + TIMEOUT_SECONDS + " s");
            }
            return new Outcome(process.exitValue(), text(output.get()), text(error.get()));
        } catch (IOException e) {
            throw new TestbedException("cannot run '" + command.command().getFirst() + "': " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while running " + what, e);
        } catch (ExecutionException e) {
            throw new TestbedException("cannot read what " + what + " says", e);
        }
    }

    /// Runs lines of one of iproute2's programs inside a namespace by one process.
    ///
    /// @param namespace the namespace, or empty for the current one
    static void batch(String program, String namespace, List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        Outcome outcome = attempt(batchCommand(program, namespace), String.join("\n", lines) + "\n");
        if (!outcome.succeeded()) {
            throw new TestbedException("'" + String.join(" ", batchCommand(program, namespace)) + "' failed: "
                    + why(outcome) + failedLine(outcome.error(), lines));
        }
    }

    /// The same, going on after lines that fail.
    static void batchAnyway(String program, String namespace, List<String> lines) {
        if (!lines.isEmpty()) {
            List<String> command = new ArrayList<>(batchCommand(program, namespace));
            command.add(1, "-force");
            attempt(command, String.join("\n", lines) + "\n");
        }
    }

    /// The path of a program, or null when there is none by that name.
    static Path find(String program) {
        for (String directory : Child.path().split(":")) {
            if (!directory.isEmpty()) {
                Path candidate = Path.of(directory, program);
                if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                    return candidate;
                }
            }
        }
        return null;
    }

    /// The last lines of a log, for messages.
    static String tail(Path log, int lines) {
        try {
            List<String> all = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line ->
                            !line.isBlank() && !KERNEL_STACK.matcher(line).lookingAt())
                    .toList();
            if (all.isEmpty()) {
                return "(its log is empty)";
            }
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    private static List<String> batchCommand(String program, String namespace) {
        return namespace.isEmpty() ? List.of(program, "-batch", "-") : List.of(program, "-n", namespace, "-batch", "-");
    }

    private static String failedLine(String error, List<String> lines) {
        int at = error.indexOf("Command failed -:");
        if (at < 0) {
            return "";
        }
        String number =
                error.substring(at + "Command failed -:".length()).trim().split("\\D", 2)[0];
        int line = number.isEmpty() ? 0 : Integer.parseInt(number);
        return line >= 1 && line <= lines.size() ? " ('" + lines.get(line - 1) + "')" : "";
    }

    private static String why(Outcome outcome) {
        String message = outcome.error().isBlank() ? outcome.output() : outcome.error();
        return message.strip();
    }

    /// By a thread of its own: on two processors the common pool has one, which would read one stream to its end before
    /// it begins with the other.
    private static CompletableFuture<byte[]> reading(java.io.InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> readAll(stream), task -> Thread.ofPlatform().daemon().start(task));
    }

    private static byte[] readAll(java.io.InputStream stream) {
        try (stream) {
            return stream.readAllBytes();
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import picocli.CommandLine.Option;

/// Where a command's result goes and how it is shown, as a picocli mixin. What is null was not given.
public final class ResultOptions {
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Result directory. Default: results/, named after the command, date and time.")
    private Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "Goes on with an interrupted run, by its own settings.")
    private Path resume;

    @Option(names = "--json", description = "Prints the tables as JSON.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress on standard error.")
    private boolean quiet;

    /// A result directory named after the command and the time.
    public static Path directory(String command) {
        return Path.of("results", command + "-" + LocalDateTime.now().format(NAME));
    }

    /// Refuses a directory that could not take a result, before anything runs.
    ///
    /// @throws IllegalArgumentException naming it and what is in the way
    /// @throws IOException where it cannot be looked at
    public static void requireWritable(Path directory) throws IOException {
        try {
            ResultDirectory.requireWritable(directory);
        } catch (ResultException e) {
            throw new IllegalArgumentException("--out: " + e.getMessage(), e);
        }
    }

    public Path out() {
        return out;
    }

    public Path resume() {
        return resume;
    }

    public boolean json() {
        return json;
    }

    public boolean quiet() {
        return quiet;
    }

    /// Takes from a resuming command line what does not belong to the run's settings.
    public void showAs(ResultOptions resuming) {
        json = resuming.json;
        quiet = resuming.quiet;
    }
}

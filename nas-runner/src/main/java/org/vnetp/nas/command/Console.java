package org.vnetp.nas.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.result.ResultException;
import picocli.CommandLine;

/// How this module's commands speak: data on standard output, one sentence on standard error for what is wrong.
public final class Console {
    private static final int USAGE = 2;
    private static final int MISSING = 4;

    private Console() {}

    /// A command that was given its two streams.
    public interface Main {
        /// @return exit code
        int run(String[] arguments, PrintStream stdout, PrintStream stderr);
    }

    /// Runs a command as this process, and ends it with its code.
    public static void main(Main command, String[] arguments) {
        PrintStream stdout = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        int code = command.run(arguments, stdout, System.err);
        stdout.flush();
        if (!StopOnSignal.ending()) { // then the JVM is ending already, and exit would wait for ever
            System.exit(code);
        }
    }

    /// Runs picocli's command; wrong arguments and files are told in a sentence, anything else with its place.
    ///
    /// @param name such as `nas`
    /// @param ioCode exit code where a file cannot be read or written
    public static int execute(
            CommandLine line, String name, int ioCode, PrintStream stdout, PrintStream stderr, String... arguments) {
        line.setOut(new PrintWriter(stdout, true));
        line.setErr(new PrintWriter(stderr, true));
        line.setParameterExceptionHandler((e, words) -> {
            stderr.println("vnetp " + name + ": " + e.getMessage() + "; ./vnetp " + name + " --help tells all options");
            return USAGE;
        });
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof IllegalArgumentException) {
                stderr.println("vnetp " + name + ": " + e.getMessage());
                return USAGE;
            }
            if (e instanceof TestbedException) { // what was to be known of the machines before anything runs
                stderr.println("vnetp " + name + ": " + e.getMessage());
                return e instanceof UnavailableException ? MISSING : ioCode;
            }
            if (e instanceof IOException) {
                stderr.println("vnetp " + name + ": " + (e instanceof ResultException ? e.getMessage() : e.toString()));
                return ioCode;
            }
            throw e;
        });
        return line.execute(arguments);
    }
}

package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a machine is reached: by ssh, or as a step of a Slurm job.
///
/// @param command ssh or srun with its options, but those of `sharing`, which only this process can use
/// @param to      the words behind them, up to the line for a shell there
/// @param target  its name, for messages too
record Reach(List<String> command, List<String> sharing, List<String> to, String target) {
    private static final String SSH = "ssh";

    record Answer(int exitCode, String output, String error) {}

    /// ssh's own exit code.
    private static final int SSH_FAILED = 255;

    /// Ends a command when its connection does, which sshd leaves alone. The shell's own read watches, not a
    /// program: one that outlived the shell would keep the connection open.
    private static final String TETHER = """
            exec 3<&0
            "$@" 3<&- < /dev/null & command=$!
            {
                while read -r _ <&3; do :; done
                kill $command
                sleep 5 3<&-
                kill -KILL $command
            } > /dev/null 2>&1 & watch=$!
            wait $command
            code=$?
            kill $watch
            exit $code
            """;

    /// @param options of ssh
    /// @param sharing options of ssh that only this process can use
    static Reach bySsh(List<String> options, List<String> sharing, String target) {
        List<String> command = new ArrayList<>(List.of(SSH));
        command.addAll(options);
        // No terminal.
        return new Reach(command, sharing, List.of("-T", target, "--"), target);
    }

    /// A machine of an allocation of Slurm.
    ///
    /// @param srun with all options but the machine's name
    static Reach byStep(List<String> srun, String node) {
        return new Reach(srun, List.of(), List.of("--nodelist=" + node, Child.SHELL, "-c"), node);
    }

    private List<String> shared() {
        List<String> all = new ArrayList<>(command);
        all.addAll(sharing);
        return all;
    }

    /// A process that will run a command there, in this process's directory where that exists there too,
    /// whatever the login shell is. What its start-up files print is left out.
    ProcessBuilder run(List<String> words) {
        List<String> all = shared();
        all.addAll(to);
        all.add(LoginShell.line(script(words)));
        return start(LoginShell.listening(target, all));
    }

    private static ProcessBuilder start(List<String> words) {
        ProcessBuilder builder = Child.of(words);
        builder.environment().put("SHELL", Child.SHELL);
        return builder;
    }

    ProcessBuilder tethered(List<String> words) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", TETHER, "sh"));
        all.addAll(words);
        return run(all);
    }

    Answer ask(String shellCommand) {
        Shell.Outcome o =
                Shell.attempt(run(List.of("sh", "-c", shellCommand)), "", "'" + shellCommand + "' on " + target);
        if (!o.succeeded()) {
            throw new FabricException("'" + shellCommand + "' on " + target + " failed with " + o.exitCode() + ": "
                    + o.error().strip());
        }
        return new Answer(o.exitCode(), o.output(), o.error());
    }

    /// The first of these that is not there: names of programs, or of files with their whole path.
    Optional<String> lacks(List<String> programs) {
        StringBuilder script = new StringBuilder();
        for (String program : programs) {
            String word = quote(program);
            script.append(program.startsWith("/") ? "test -e " + word : "command -v " + word + " > /dev/null");
            script.append(" || { echo ").append(word).append("; exit; }\n");
        }
        return ask(script.toString()).output().lines().findFirst();
    }

    /// Proves that commands come through to the machine.
    ///
    /// @throws FabricException with what ssh said, or with the login shell that does not run them
    void greet() {
        Shell.Outcome o = Shell.attempt(run(List.of("true")), "", "'true' on " + target);
        if (!o.succeeded() && !ssh()) {
            throw new FabricException("no step of the job runs on " + target + ": "
                    + (o.error().isBlank()
                            ? "srun ended with " + o.exitCode()
                            : o.error().strip()));
        }
        if (o.exitCode() == SSH_FAILED) {
            throw new FabricException(
                    "ssh does not reach " + target + ": " + o.error().strip());
        }
        if (!o.succeeded()) {
            String why = o.error().isBlank()
                    ? "it ended with " + o.exitCode()
                    : o.error().strip();
            throw new FabricException("the login shell of " + target + loginShell()
                    + " does not run a command, as sh, bash, zsh, csh, tcsh and fish do: " + why);
        }
    }

    /// As that shell itself may say it.
    private String loginShell() {
        List<String> all = shared();
        all.addAll(List.of("-T", target, "--", "echo \"$SHELL\""));
        Shell.Outcome o = Shell.attempt(start(all), "", "'echo $SHELL' on " + target);
        String last = o.output().lines().reduce("", (_, line) -> line.strip());
        return last.startsWith("/") ? ", " + last + "," : "";
    }

    private boolean ssh() {
        return command.getFirst().equals(SSH);
    }

    /// Sends a file to the standard input of a command there.
    ///
    /// @return what it printed
    /// @throws FabricException with what it said, where it fails
    String send(List<String> words, Path file) {
        String what = "sending " + file.getFileName() + " to " + target;
        try {
            Process process = run(words)
                    .redirectInput(file.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new FabricException(what + " failed with " + code + ": " + said.strip());
            }
            return said;
        } catch (IOException e) {
            throw new FabricException(what + " failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FabricException("interrupted while " + what, e);
        }
    }

    Optional<Process> hangUp() {
        if (!ssh()) {
            return Optional.empty();
        }
        List<String> all = shared();
        all.addAll(List.of("-O", "exit", target));
        try {
            return Optional.of(start(all)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String script(List<String> words) {
        StringBuilder text = new StringBuilder("cd ");
        text.append(quote(System.getProperty("user.dir"))).append(" 2>/dev/null; exec");
        for (String word : words) {
            text.append(' ').append(quote(word));
        }
        return text.toString();
    }

    /// A word as a shell like sh must see it.
    static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}

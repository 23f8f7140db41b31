package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a machine is reached.
///
/// @param command ssh with its options, but those of `sharing`, which only this process can use
record Ssh(List<String> command, List<String> sharing, String target) {
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

    private List<String> shared() {
        List<String> all = new ArrayList<>(command);
        all.addAll(sharing);
        return all;
    }

    /// A process that will run a command there, in this process's directory where that exists there too,
    /// whatever the login shell is. What its start-up files print is left out.
    ProcessBuilder run(List<String> words) {
        List<String> all = shared();
        // No terminal and no reading of our standard input beyond the command's own.
        all.addAll(List.of("-T", target, "--", LoginShell.line(script(words))));
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

    /// Proves that commands come through to the machine.
    ///
    /// @throws FabricException with what ssh said, or with the login shell that does not run them
    void greet() {
        Shell.Outcome o = Shell.attempt(run(List.of("true")), "", "'true' on " + target);
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

    Optional<Process> hangUp() {
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

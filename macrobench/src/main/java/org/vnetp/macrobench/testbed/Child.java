package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Every process that this suite starts begins here: what the user's environment says about languages, and a PATH
/// without the system's directories, must not change what programs print or whether they are found.
public final class Child {
    /// Texts as bytes in UTF-8, messages in English, digits 0 to 9: of the C library (glibc 2.35, and Debian's since
    /// 2011), so it needs no installed language.
    public static final String LOCALE = "C.UTF-8";

    /// Where Debian has `bridge`, `tc` and `sshd`, which an ordinary user's PATH often lacks.
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

    /// By which ssh runs a command that leads to a machine: another one's start-up files would print into the
    /// connection.
    static final String SHELL = "/bin/sh";

    /// The same for a shell on another machine, whose environment is not ours.
    static final String SHELL_PRELUDE = "unset LANGUAGE; LC_ALL=" + LOCALE + " SHELL=" + SHELL + " PATH=${PATH:+$PATH:}"
            + SYSTEM_PATH + "; export LC_ALL SHELL PATH; ";

    private Child() {}

    /// A process that will run `command`, not started. [ProcessBuilder] looks a program up in this JVM's own PATH, so
    /// one that only the longer PATH has is given with its whole path.
    public static ProcessBuilder of(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        if (!command.isEmpty()) {
            builder.command(located(command));
        }
        prepare(builder.environment());
        return builder;
    }

    public static ProcessBuilder of(String... command) {
        return of(List.of(command));
    }

    /// Kills a process with all that it started: a command for another machine is a shell that has started
    /// ssh.
    public static void end(Process process) {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }

    /// What a short command of ours prints.
    ///
    /// @throws TestbedException with the command and what it said when it fails
    public static String output(ProcessBuilder command) {
        return Shell.run(command, "");
    }

    /// The directories in which programs are looked for, in order, as PATH has them.
    static String path() {
        return path(System.getenv());
    }

    private static String path(Map<String, String> environment) {
        String path = environment.getOrDefault("PATH", "");
        return path.endsWith(SYSTEM_PATH) ? path : (path.isEmpty() ? "" : path + ":") + SYSTEM_PATH;
    }

    private static void prepare(Map<String, String> environment) {
        environment.put("PATH", path(environment));
        environment.put("LC_ALL", LOCALE);
        environment.remove("LANGUAGE"); // gettext heeds it before LC_ALL
    }

    private static List<String> located(List<String> command) {
        String program = command.getFirst();
        if (program.indexOf('/') >= 0) {
            return command;
        }
        Path found = Shell.find(program);
        if (found == null) {
            return command; // ProcessBuilder says that there is none
        }
        List<String> words = new ArrayList<>(command);
        words.set(0, found.toString());
        return words;
    }
}

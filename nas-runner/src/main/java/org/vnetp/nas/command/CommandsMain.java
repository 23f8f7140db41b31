package org.vnetp.nas.command;

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `./vnetp completion bash` and `./vnetp man`, made of the commands' own descriptions.
///
/// The launcher gives every command that is a Java program as NAME=CLASS, since only it knows them all; what it does
/// itself is described here.
public final class CommandsMain {
    private static final int USAGE = 2;

    private CommandsMain() {}

    /// @param arguments `completion` or `man`, then NAME=CLASS for each Java program
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (arguments.length == 0) {
            System.err.println("expected completion or man, and commands as NAME=CLASS");
            System.exit(USAGE);
        }
        CommandLine all = tree(List.of(arguments).subList(1, arguments.length));
        switch (arguments[0]) {
            case "completion" -> out.print(AutoComplete.bash("vnetp", all));
            case "man" -> out.print(ManPage.of(all));
            default -> {
                System.err.println("'" + arguments[0] + "': expected completion or man");
                System.exit(USAGE);
            }
        }
    }

    /// The launcher as one command with subcommands.
    ///
    /// @param programs NAME=CLASS each
    static CommandLine tree(List<String> programs) {
        CommandSpec launcher = CommandSpec.create()
                .name("vnetp")
                .mixinStandardHelpOptions(true)
                .version("${sys:vnetp.version:-vnetp}");
        launcher.usageMessage()
                .description("A layer-2 overlay network in Java (VNET/P), and the suite that measures it.");
        CommandLine all = new CommandLine(launcher);
        for (String program : programs) {
            String[] parts = program.split("=", 2);
            if (parts.length != 2) {
                throw new IllegalArgumentException("'" + program + "': expected NAME=CLASS");
            }
            all.addSubcommand(parts[0], program(parts[1]));
        }
        all.addSubcommand("test", own("Installs what the tests need and runs all of them."));
        all.addSubcommand(
                "doctor",
                own("Tells what this machine can and cannot do, and what mends each lack.", flag("--json", "as JSON")));
        all.addSubcommand(
                "setup", own("Installs the missing system packages and builds.", flag("--yes", "without asking")));
        CommandSpec completion = own("Prints completion for a shell: source <(./vnetp completion bash)");
        completion.addPositional(PositionalParamSpec.builder()
                .paramLabel("SHELL")
                .index("0")
                .completionCandidates(List.of("bash"))
                .description("bash")
                .build());
        all.addSubcommand("completion", completion);
        CommandSpec pack = own("Writes one archive with a Java runtime, for Linux machines that have none.");
        pack.addPositional(PositionalParamSpec.builder()
                .paramLabel("FILE")
                .index("0")
                .arity("0..1")
                .type(Path.class)
                .description("the archive (default: vnetp-VERSION-linux-MACHINE.tar.gz)")
                .build());
        all.addSubcommand("pack", pack);
        all.addSubcommand("man", own("Shows the manual page; prints its source where that goes to no terminal."));
        all.addSubcommand("version", own("Tells which version this is."));
        return all;
    }

    /// A program's description. Some make their own.
    private static CommandLine program(String className) {
        try {
            Class<?> type = Class.forName(className);
            for (Method method : type.getDeclaredMethods()) {
                if (method.getName().equals("commandLine") && method.getParameterCount() == 0) {
                    method.setAccessible(true);
                    return (CommandLine) method.invoke(null);
                }
            }
            return new CommandLine(type);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("'" + className + "' is no command: " + e, e);
        }
    }

    private static CommandSpec own(String description, OptionSpec... options) {
        CommandSpec spec = CommandSpec.create().mixinStandardHelpOptions(true);
        spec.usageMessage().description(description);
        Arrays.stream(options).forEach(spec::addOption);
        return spec;
    }

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .description(description)
                .build();
    }
}

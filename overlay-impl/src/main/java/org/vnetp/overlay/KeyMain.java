package org.vnetp.overlay;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.vnetp.overlay.seal.Identity;
import org.vnetp.overlay.seal.KeyFiles;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./vnetp key new FILE`, `./vnetp key show FILE`: the keys of sealed links. Prints the public key; the
/// private one is in the file and nowhere else.
@Command(
        name = "vnetp key",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        sortOptions = false,
        description = "Makes the keys of sealed links, and tells their public halves.",
        footer = {
            "",
            "  vnetp key new /etc/vnetp/a.key      on each node; prints the public key",
            "  link add b 10.1.0.2:4789 key /etc/vnetp/a.key peer x25519:...    in a node's file",
            "",
            "Exit codes: 0 done, 1 the file is not as it must be, 2 usage."
        })
public final class KeyMain implements Runnable {
    private static final int REFUSED = 1;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new KeyMain()).execute(arguments));
    }

    /// What is done with a key's file.
    @FunctionalInterface
    private interface Action {
        Identity on(Path file) throws IOException;
    }

    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description =
                    "Makes a private key in FILE, which must not be there yet, with mode 0600; prints the public key.")
    int create(@Parameters(paramLabel = "FILE") Path file) {
        return print(file, KeyFiles::create);
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Prints the public key that belongs to the private key in FILE.")
    int show(@Parameters(paramLabel = "FILE") Path file) {
        return print(file, KeyFiles::read);
    }

    private int print(Path file, Action action) {
        PrintWriter out = spec.commandLine().getOut();
        try {
            out.println(action.on(file).publicText());
            out.flush();
            return 0;
        } catch (IOException e) {
            spec.commandLine().getErr().println("vnetp key: " + e.getMessage());
            return REFUSED;
        }
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "expected new or show");
    }
}

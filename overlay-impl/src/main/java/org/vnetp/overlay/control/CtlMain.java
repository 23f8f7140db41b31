package org.vnetp.overlay.control;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./vnetp ctl NODE|SOCKET 'STATEMENT'...`: sends statements to a running node over one connection
/// and prints the answers.
@Command(
        name = "vnetp ctl",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        description = "Sends statements to a running node and prints its answers.",
        footer = {
            "",
            "  vnetp ctl a 'show stats'",
            "  vnetp ctl a 'route replace any 02:00:00:00:00:05 edge c any'",
            "  vnetp ctl a begin 'route del 3' 'route add any any edge b any' commit",
            "  vnetp ctl a --file routes",
            "",
            "Exit codes: 0 done, 1 refused by the node, 2 usage, 4 no such node is running."
        })
public final class CtlMain implements Callable<Integer> {
    private static final int REFUSED = 1;
    private static final int USAGE = 2;
    private static final int MISSING = 4;
    private static final int LONGEST_TIMEOUT_S = 86_400;

    @Parameters(index = "0", paramLabel = "NODE|SOCKET", description = "a node's name, or the path of its socket")
    private String node;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "STATEMENT", description = "statements, each one argument")
    private List<String> statements = new ArrayList<>();

    @Option(names = "--file", paramLabel = "FILE", description = "send the statements of a file; '-' is stdin")
    private String file;

    @Option(names = "--json", description = "answers of 'show' as one line of JSON")
    private boolean json;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "how long to wait for an answer (default: ${DEFAULT-VALUE})")
    private int timeout;

    @Spec
    private CommandSpec spec;

    public static void main(String[] args) {
        System.exit(new CommandLine(new CtlMain()).execute(args));
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        List<String> lines = new ArrayList<>();
        try {
            if (file != null) {
                byte[] text = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
                lines.addAll(new String(text, StandardCharsets.UTF_8).lines().toList());
            }
        } catch (IOException e) {
            err.println("vnetp ctl: cannot read " + file + ": " + e);
            return USAGE;
        }
        lines.addAll(statements);
        if (lines.isEmpty()) {
            err.println("vnetp ctl: nothing to say: expected a STATEMENT or --file");
            return USAGE;
        }
        if (timeout < 1 || timeout > LONGEST_TIMEOUT_S) {
            err.println("vnetp ctl: --timeout " + timeout + ": expected 1 to " + LONGEST_TIMEOUT_S + " seconds");
            return USAGE;
        }
        Path socket = ControlPaths.find(node);
        ControlClient client;
        try {
            client = new ControlClient(socket, Duration.ofSeconds(timeout));
        } catch (ConnectException | NoSuchFileException e) {
            err.println("vnetp ctl: no node answers at " + socket + ": " + e.getMessage());
            err.println("vnetp ctl: start it with: vnetp node FILE");
            return MISSING;
        } catch (IOException e) {
            err.println("vnetp ctl: " + node + " at " + socket + ": " + e.getMessage());
            return MISSING;
        }
        try (client) {
            for (String line : lines) {
                String text = client.send(json && line.strip().matches("show\\s+\\S+") ? line + " --json" : line);
                if (!text.isEmpty()) {
                    out.println(text);
                    out.flush();
                }
            }
            return 0;
        } catch (StatementException e) {
            err.println("vnetp ctl: " + node + " refuses: " + e.getMessage());
            return REFUSED;
        } catch (IOException e) {
            err.println("vnetp ctl: " + node + " at " + socket + ": " + e.getMessage());
            return MISSING;
        }
    }
}

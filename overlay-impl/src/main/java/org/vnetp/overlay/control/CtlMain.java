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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./vnetp ctl NODE... STATEMENT...`: sends statements to running nodes, over one connection each, and prints the
/// answers.
@Command(
        name = "vnetp ctl",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        sortOptions = false,
        description = "Sends statements to running nodes and prints their answers.")
public final class CtlMain implements Callable<Integer> {
    static final int REFUSED = 1;
    private static final int USAGE = 2;
    static final int MISSING = 4;
    private static final int LONGEST_TIMEOUT_S = 86_400;

    private static final String[] EXAMPLES = {
        "",
        "  vnetp ctl a show stats",
        "  vnetp ctl a route replace any 02:00:00:00:00:05 edge c any",
        "  vnetp ctl a begin 'route del 3' 'route add any any edge b any' commit",
        "  vnetp ctl a --file routes",
        "  vnetp ctl lab/vnetp/a show links",
        "  vnetp ctl a b c show node",
        "  vnetp ctl lab/vnetp measure on",
        "  vnetp ctl all show links --json",
        "",
        "The statements, which a node's file has as well:",
        "",
    };

    private static final String[] END = {
        "",
        "vnetp ctl help STATEMENT tells all about one of them.",
        "",
        "Exit codes: 0 done by all, 1 refused by a node, 2 usage, 4 no such node is running, or one does not answer."
    };

    /// What often stands second in a statement, behind a word that may be misspelt.
    private static final List<String> AFTER_TYPING_ERRORS = List.of("add", "del", "node");

    @Parameters(
            index = "0",
            paramLabel = "NODE",
            description = "a node's name, the path of its socket, or LAB/FABRIC/HOST for a node of ./vnetp lab;"
                    + " several of these, LAB/FABRIC or 'all' mean many nodes, each of which answers under its name;"
                    + " 'help' needs no node")
    private String node;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "STATEMENT",
            description = "behind the last NODE: one statement, or several of which each is one quoted argument")
    private List<String> words = new ArrayList<>();

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

    private final ControlPaths paths;

    public CtlMain() {
        this(ControlPaths.here());
    }

    CtlMain(ControlPaths paths) {
        this.paths = paths;
    }

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return commandLine(new CtlMain());
    }

    /// The command with the language in its help.
    static CommandLine commandLine(CtlMain ctl) {
        CommandLine line = new CommandLine(ctl);
        List<String> footer = new ArrayList<>(List.of(EXAMPLES));
        Language.overview().lines().takeWhile(text -> !text.isEmpty()).forEach(text -> footer.add("  " + text));
        footer.addAll(List.of(END));
        line.getCommandSpec().usageMessage().footer(footer.toArray(String[]::new));
        return line;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Optional<Path> socket = paths.find(node);
        if (node.equals("help") && socket.isEmpty()) {
            return help(out, err);
        }
        if (timeout < 1 || timeout > LONGEST_TIMEOUT_S) {
            err.println("vnetp ctl: --timeout " + timeout + ": expected 1 to " + LONGEST_TIMEOUT_S + " seconds");
            return USAGE;
        }
        List<String> statements = new ArrayList<>();
        try {
            if (file != null) {
                byte[] text = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
                statements.addAll(
                        new String(text, StandardCharsets.UTF_8).lines().toList());
            }
        } catch (IOException e) {
            err.println("vnetp ctl: cannot read " + file + ": "
                    + (e instanceof NoSuchFileException ? "no such file" : e.getMessage()));
            return USAGE;
        }
        int further = furtherNodes(words, file != null);
        statements.addAll(statements(words.subList(further, words.size())));
        if (statements.isEmpty()) {
            err.println(
                    "vnetp ctl: nothing to say: expected a STATEMENT or --file; vnetp ctl help lists the statements");
            return USAGE;
        }
        if (further > 0 || socket.isEmpty() && !paths.meant(node).isEmpty()) {
            return talkToMany(words.subList(0, further), statements, out, err);
        }
        if (socket.isEmpty()) {
            err.println("vnetp ctl: " + whyMissing(node));
            return MISSING;
        }
        return talk(socket.get(), statements, out, err);
    }

    /// How many of the words are nodes as well: those before the first that begins a statement, where there is one.
    /// Where none of them is a node that runs they are what the first node is to say something about.
    private int furtherNodes(List<String> all, boolean fromFile) {
        int count = 0;
        while (count < all.size() && !beginsStatement(all.get(count))) {
            count++;
        }
        List<String> named = all.subList(0, count);
        boolean statement = fromFile || count < all.size() && !AFTER_TYPING_ERRORS.contains(all.get(count));
        boolean known = named.stream().anyMatch(each -> !paths.meant(each).isEmpty());
        return known || statement ? count : 0;
    }

    /// Nodes' names have no blanks, so several words in quotes are a statement, be it a wrong one.
    private static boolean beginsStatement(String word) {
        return word.isBlank()
                || word.strip().matches("(?s)#.*|.*\\s.*|links:|routes:")
                || Language.syntax(word.strip()).isPresent();
    }

    private int talkToMany(List<String> further, List<String> statements, PrintWriter out, PrintWriter err) {
        List<String> named = new ArrayList<>(List.of(node));
        named.addAll(further);
        Map<String, Path> sockets = new LinkedHashMap<>();
        Map<String, String> missing = new LinkedHashMap<>();
        for (String each : named) {
            Map<String, Path> meant = paths.meant(each);
            meant.forEach((name, socket) -> {
                if (!sockets.containsValue(socket)) {
                    sockets.put(name, socket);
                }
            });
            if (meant.isEmpty()) {
                missing.put(each, whyMissing(each));
            }
        }
        return new ManyNodes(statements, json, Duration.ofSeconds(timeout)).talk(sockets, missing, out, err);
    }

    private int help(PrintWriter out, PrintWriter err) {
        try {
            String line = ("help " + String.join(" ", words)).strip();
            Optional<Statement> statement = new StatementParser().parse(line);
            out.println(statement.isPresent() && statement.get() instanceof HelpStatement(String text) ? text : "");
            out.flush();
            return 0;
        } catch (StatementException e) {
            err.println("vnetp ctl: " + e.getMessage());
            return USAGE;
        }
    }

    private String whyMissing(String name) {
        List<String> known = List.copyOf(paths.known().keySet());
        List<String> meant =
                known.stream().filter(each -> each.endsWith("/" + name)).toList();
        if (!meant.isEmpty()) {
            return "which '" + name + "'? expected one of " + String.join(", ", meant);
        }
        return "no node '" + name + "' is running here; "
                + (known.isEmpty()
                        ? "there is none. Start it with: vnetp node FILE"
                        : "there are: " + String.join(", ", known));
    }

    private int talk(Path socket, List<String> statements, PrintWriter out, PrintWriter err) {
        try (ControlClient client = new ControlClient(socket, Duration.ofSeconds(timeout))) {
            say(client, statements, json, text -> {
                out.println(text);
                out.flush();
            });
            return 0;
        } catch (StatementException e) {
            err.println("vnetp ctl: " + node + " refuses: " + e.getMessage());
            return REFUSED;
        } catch (ConnectException e) {
            err.println("vnetp ctl: no node answers at " + socket + ": " + e.getMessage());
            err.println("vnetp ctl: start it with: vnetp node FILE");
            return MISSING;
        } catch (IOException e) {
            err.println("vnetp ctl: " + node + " at " + socket + ": " + e.getMessage());
            return MISSING;
        }
    }

    /// Says all statements to a node, up to the first that it refuses.
    ///
    /// @param json    answers of `show` as one line of JSON
    /// @param answers gets those that are not empty
    static void say(ControlClient client, List<String> statements, boolean json, Consumer<String> answers)
            throws IOException, StatementException {
        for (String statement : statements) {
            boolean show = json && statement.strip().matches("show\\s+\\S+");
            String text = client.send(show ? statement + " --json" : statement);
            if (!text.isEmpty()) {
                answers.accept(text);
            }
        }
    }

    /// What the words of the command line mean: one statement without quotes, or several of which each is one word.
    static List<String> statements(List<String> words) {
        boolean quoted = words.stream().anyMatch(word -> word.strip().matches("(?s).*\\s.*"));
        if (words.size() < 2 || quoted || words.stream().allMatch(CtlMain::isWhole)) {
            return words;
        }
        return List.of(String.join(" ", words));
    }

    private static boolean isWhole(String word) {
        try {
            new StatementParser().parse(word);
            return true;
        } catch (StatementException e) {
            return false;
        }
    }
}

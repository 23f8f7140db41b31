package org.vnetp.overlay.adapt;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.overlay.control.ControlPaths;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./vnetp adapt NODES...`: the controller that changes links and routes by what nodes measure.
@Command(
        name = "vnetp adapt",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        sortOptions = false,
        description = "Leads nodes: changes their links and routes by what they measure, or says what it would change.",
        footer = {
            "",
            "  vnetp adapt a b c                    says what it would do, and changes nothing",
            "  vnetp adapt --mode on a b c          does it, until it is ended; what it did stays",
            "  vnetp adapt --mode off a b c         takes back what it did",
            "  vnetp adapt --mode on lab/vnetp      all nodes of a lab's fabric",
            "",
            "Exit codes: 0 ended as told, 1 somebody else leads a node, 2 usage, 4 a node does not answer."
        })
public final class AdaptMain implements Callable<Integer> {
    private static final int REFUSED = 1;
    private static final int USAGE = 2;
    private static final int MISSING = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration MOVED_WITHIN = Duration.ofMinutes(5);
    private static final long LOOK_NS = 250_000_000L;
    /// By then a link that was just added has answered.
    private static final long NEW_LINK_NS = 400_000_000L;
    private static final long LEAST_LEASE_NS = 6_000_000_000L;
    private static final long END_WITHIN_S = 10;
    private static final Pattern RATE = Pattern.compile("(\\d+(?:\\.\\d+)?)(k|m|g)bit");

    /// What is done with decisions.
    enum Mode {
        OFF,
        ADVISE,
        ON;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "advise",
            description = "off: take back what was done, and end; advise: say what would be done; on: do it"
                    + " (default: ${DEFAULT-VALUE})")
    private Mode mode;

    @Option(
            names = "--period",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "between two readings, 0.2 to 60 (default: ${DEFAULT-VALUE})")
    private double period;

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description = "what each node's connection to the network carries, as 10gbit; measured unless told")
    private String rate;

    @Option(
            names = "--dwell",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "least time between two changes of the same, 1 to 3600; doubled after each that was taken"
                    + " back (default: ${DEFAULT-VALUE})")
    private double dwell;

    @Option(
            names = "--mover",
            paramLabel = "PROGRAM",
            description = "moves guests to other nodes: told GUEST NODE NEW-NODE of each, all at once, it ends with 0"
                    + " once they are there; without one their places are only advised")
    private Path moverProgram;

    @Option(names = "--log", paramLabel = "FILE", description = "append each decision as a line of JSON")
    private Path logFile;

    @Option(names = "--for", paramLabel = "SECONDS", description = "end after so long; unless told when it is ended")
    private Double seconds;

    @Parameters(
            arity = "1..*",
            paramLabel = "NODE",
            description = "a node's name, the path of its socket, LAB/FABRIC/HOST, or LAB/FABRIC for all of these")
    private List<String> names;

    @Spec
    private CommandSpec spec;

    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new AdaptMain()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Thresholds thresholds;
        Map<String, Path> sockets;
        try {
            thresholds = thresholds();
            sockets = sockets();
            requireProgram(moverProgram);
        } catch (IllegalArgumentException e) {
            err.println("vnetp adapt: " + e.getMessage());
            return e instanceof NoSuchNode ? MISSING : USAGE;
        }
        Nodes nodes = new Nodes.BySockets(sockets, PATIENCE);
        if (mode == Mode.OFF) {
            List<String> troubles = Controller.off(nodes);
            troubles.forEach(trouble -> err.println("vnetp adapt: " + trouble));
            return troubles.isEmpty() ? 0 : MISSING;
        }
        try (DecisionLog log = new DecisionLog(spec.commandLine().getOut(), err, file(), Instant::now)) {
            return lead(nodes, thresholds, log);
        } catch (IOException | UncheckedIOException e) {
            err.println("vnetp adapt: " + e.getMessage());
            return MISSING;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return MISSING;
        }
    }

    private static final class NoSuchNode extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        NoSuchNode(String message) {
            super(message);
        }
    }

    private Thresholds thresholds() {
        range("--period", period, 0.2, 60);
        range("--dwell", dwell, 1, 3600);
        if (seconds != null) {
            range("--for", seconds, 0.1, 1e7);
        }
        Thresholds usual = Thresholds.USUAL.withDwell(Math.round(dwell * 1e9));
        return rate == null ? usual : usual.withRate(bits(rate));
    }

    private static void requireProgram(Path program) {
        if (program != null && !(Files.isRegularFile(program) && Files.isExecutable(program))) {
            throw new IllegalArgumentException("--mover " + program + ": expected a program that can be run");
        }
    }

    private static void range(String option, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    option + " " + value + ": expected " + least + " to " + most + " seconds");
        }
    }

    static double bits(String text) {
        Matcher matcher = RATE.matcher(text);
        double bits = 0;
        if (matcher.matches()) {
            bits = Double.parseDouble(matcher.group(1))
                    * switch (matcher.group(2)) {
                        case "k" -> 1e3;
                        case "m" -> 1e6;
                        default -> 1e9;
                    };
        }
        if (bits <= 0) {
            throw new IllegalArgumentException("--rate " + text + ": expected a rate as 100mbit or 10gbit");
        }
        return bits;
    }

    private Map<String, Path> sockets() {
        Map<String, Path> sockets = new LinkedHashMap<>();
        for (String name : names) {
            try {
                sockets.putAll(ControlPaths.sockets(name));
            } catch (IllegalArgumentException e) {
                throw new NoSuchNode(e.getMessage());
            }
        }
        return sockets;
    }

    private Writer file() throws IOException {
        return logFile == null
                ? null
                : Files.newBufferedWriter(
                        logFile, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private int lead(Nodes nodes, Thresholds thresholds, DecisionLog log) throws IOException, InterruptedException {
        long periodNs = Math.round(period * 1e9);
        Controller controller = new Controller(
                nodes,
                mode == Mode.ON ? Controller.Mode.ON : Controller.Mode.ADVISE,
                "adapt-" + ProcessHandle.current().pid(),
                Math.max(LEAST_LEASE_NS, 5 * periodNs),
                thresholds,
                System::nanoTime,
                log,
                Optional.ofNullable(moverProgram).map(program -> new Mover.Program(program, MOVED_WITHIN)));
        Runtime.getRuntime().addShutdownHook(new Thread(this::endInTime, "vnetp-adapt-end"));
        try {
            controller.begin();
            spec.commandLine()
                    .getErr()
                    .println("vnetp adapt: mode " + mode + ", " + nodes.keys().size() + " nodes ready");
            spec.commandLine().getErr().flush();
            long end = seconds == null ? Long.MAX_VALUE : System.nanoTime() + Math.round(seconds * 1e9);
            boolean on = true;
            while (on) {
                long next = System.nanoTime() + periodNs;
                Decision made = controller.turn();
                if (made.kind() == Decision.Kind.OPEN) {
                    next = Math.min(next, System.nanoTime() + NEW_LINK_NS);
                }
                on = System.nanoTime() < end && await(controller, next);
            }
            controller.end();
            return 0;
        } catch (Controller.NotLeading e) {
            spec.commandLine().getErr().println("vnetp adapt: " + e.getMessage());
            return REFUSED;
        } finally {
            ended.countDown();
        }
    }

    /// Waits for the next turn, or until something alarming happens.
    ///
    /// @return whether to go on
    private boolean await(Controller controller, long next) throws InterruptedException {
        for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
            if (told.await(Math.min(left, LOOK_NS), TimeUnit.NANOSECONDS)) {
                return false;
            }
            if (next - System.nanoTime() > LOOK_NS / 4 && controller.isAlarmed()) {
                return true;
            }
        }
        return told.getCount() > 0;
    }

    /// The process is told to end: what is under way is done first.
    private void endInTime() {
        told.countDown();
        try {
            ended.await(END_WITHIN_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

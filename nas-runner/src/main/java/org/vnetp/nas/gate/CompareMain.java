package org.vnetp.nas.gate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.vnetp.nas.command.Console;
import org.vnetp.reports.Format;
import org.vnetp.reports.Reports;
import org.vnetp.reports.gate.Gate;
import org.vnetp.reports.gate.GateResult;
import org.vnetp.reports.gate.HistoryGate;
import org.vnetp.reports.gate.Rules;
import org.vnetp.reports.gate.SelfCheck;
import org.vnetp.reports.gate.Side;
import org.vnetp.reports.history.HistoryDirectory;
import org.vnetp.reports.result.ResultDirectory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./vnetp compare`: whether anything got slower.
@Command(
        name = "vnetp compare",
        description = "Says whether anything got slower, and exits with what it found.",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing is slower by the threshold or more",
            "1:something is",
            "2:wrong use, or a file that is missing or cannot be read as a result",
            "4:something is missing on this machine; the message says what mends it",
            "5:cannot tell: too rough, nothing compared, or a series that decides is missing or failed",
            "130:interrupted"
        },
        footer = {
            "",
            "Examples:",
            "  ./vnetp compare results/base results/head",
            "  ./vnetp compare base.json head.json --threshold 5 --write junit=gate.xml   (JMH's own files)",
            "  ./vnetp compare --interleaved HEAD^ HEAD",
            "  ./vnetp compare --history history results/head",
            "  ./vnetp compare --self-check results/nas-20261123-101500"
        })
public final class CompareMain implements Callable<Integer> {
    private static final int USAGE = 2;

    @Parameters(
            paramLabel = "RESULT",
            arity = "0..2",
            description = "The base result and the head result: directories of any suite, or files that JMH wrote. With"
                    + " --interleaved two revisions.")
    private List<String> names = List.of();

    @Mixin
    private final SideBySide sideBySide = new SideBySide();

    @Option(
            names = "--history",
            paramLabel = "DIR",
            description = "Compares one RESULT with a history: with the last complete runs on the same machine since"
                    + " each series' last step.")
    private Path history;

    @Option(
            names = "--threshold",
            paramLabel = "PERCENT",
            defaultValue = "3",
            description = "What may be lost. Never less than how far native was from itself. Default: 3.")
    private double threshold;

    @Option(
            names = "--gate",
            paramLabel = "GLOB",
            description = "Only these series decide (may be given several times), as nas/cg.*/vnetp/*. Default: rates"
                    + " and medians against native, and their geometric means.")
    private List<String> gating = List.of();

    @Option(
            names = "--allow-missing",
            paramLabel = "GLOB",
            description = "These series may be missing or failed in the head result.")
    private List<String> allowMissing = List.of();

    @Option(
            names = "--aliases",
            paramLabel = "FILE",
            description =
                    "Renamed benchmarks or series (suite/benchmark/params/fabric/link/metric), a line each: OLD -> NEW; #"
                            + " begins a comment.")
    private Path aliases;

    @Option(names = "--any-machine", description = "Compares results of different machines all the same.")
    private boolean anyMachine;

    @Option(names = "--inconclusive", paramLabel = "pass|fail", description = "What an exit code of 5 becomes: 0 or 1.")
    private String inconclusive;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "What is printed: ${COMPLETION-CANDIDATES}. Default: text.")
    private Format format;

    @Option(names = "--json", description = "The same as --format json.")
    private boolean json;

    @Option(names = "--all", description = "Prints series that pass or only inform too.")
    private boolean all;

    @Option(
            names = "--write",
            paramLabel = "KIND=FILE",
            description =
                    "Writes it for another program too (may be given several times). Kinds: " + Outputs.KINDS + ".")
    private Map<String, Path> outputs = new LinkedHashMap<>();

    @Option(
            names = "--self-check",
            description = "How often this gate alarms for nothing, and what it finds, by resampling one RESULT's blocks"
                    + " a thousand times.")
    private boolean selfCheck;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of what is random here. Default: 1.")
    private long seed;

    private final PrintStream stdout;
    private final PrintStream stderr;

    CompareMain(PrintStream stdout, PrintStream stderr) {
        this.stdout = stdout;
        this.stderr = stderr;
    }

    public static void main(String[] args) {
        Console.main(CompareMain::run, args);
    }

    /// The command as picocli describes it, for completion and the manual.
    public static CommandLine commandLine() {
        return new CommandLine(new CompareMain(System.out, System.err));
    }

    static int run(String[] args, PrintStream stdout, PrintStream stderr) {
        CommandLine line = new CommandLine(new CompareMain(stdout, stderr));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return Console.execute(line, "compare", USAGE, stdout, stderr, args);
    }

    @Override
    public Integer call() throws IOException {
        if (inconclusive != null && !inconclusive.equals("pass") && !inconclusive.equals("fail")) {
            throw new IllegalArgumentException("--inconclusive '" + inconclusive + "': expected pass or fail");
        }
        outputs.keySet().forEach(Outputs::check);
        Rules rules = rules();
        if (selfCheck) {
            if (names.size() != 1) {
                throw new IllegalArgumentException(
                        "--self-check resamples one result, got " + names.size() + "; name its directory");
            }
            stdout.print(SelfCheck.of(Path.of(names.getFirst()), rules, seed));
            return 0;
        }
        if (sideBySide.wanted()) {
            return sideBySide.run(names, rules.threshold(), seed, stderr, this::tell);
        }
        if (history != null) {
            if (names.size() != 1) {
                throw new IllegalArgumentException(
                        "--history compares one result with the history, got " + names.size() + "; name its directory");
            }
            return tell(HistoryGate.compare(
                    HistoryDirectory.existing(history), ResultDirectory.read(Path.of(names.getFirst())), rules));
        }
        if (names.size() != 2) {
            throw new IllegalArgumentException("expected a base and a head result, got " + names.size() + " path"
                    + (names.size() == 1 ? "" : "s"));
        }
        Side base = Side.read(Path.of(names.get(0)));
        Side head = Side.read(Path.of(names.get(1)));
        if (!base.suite().equals(head.suite())) {
            throw new IllegalArgumentException(names.get(0) + " is a result of " + base.suite() + ", " + names.get(1)
                    + " one of " + head.suite() + ": there is nothing to compare");
        }
        return tell(Gate.compare(base, head, rules));
    }

    private int tell(GateResult result) throws IOException {
        stdout.print(Reports.gate(result, all, json ? Format.json : format));
        stdout.flush();
        for (Map.Entry<String, Path> output : outputs.entrySet()) {
            Files.writeString(output.getValue(), Outputs.text(output.getKey(), result));
        }
        new GithubActions(System.getenv(), stdout).tell(result);
        int code = result.exitCode();
        return code != GateResult.UNKNOWN || inconclusive == null ? code : inconclusive.equals("pass") ? 0 : 1;
    }

    private Rules rules() throws IOException {
        return new Rules(
                threshold / 100, gating, allowMissing, aliases == null ? Map.of() : aliases(aliases), anyMachine);
    }

    static Map<String, String> aliases(Path file) throws IOException {
        Map<String, String> map = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("#.*", "").strip();
            if (line.isEmpty()) {
                continue;
            }
            String[] names = line.split("\\s*->\\s*", -1);
            if (names.length != 2 || names[0].isBlank() || names[1].isBlank()) {
                throw new IllegalArgumentException(
                        file + ":" + (i + 1) + ": expected OLD -> NEW, got '" + lines.get(i) + "'");
            }
            if (map.put(names[0], names[1]) != null) {
                throw new IllegalArgumentException(file + ":" + (i + 1) + ": '" + names[0] + "' twice");
            }
        }
        return map;
    }
}

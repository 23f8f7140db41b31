package org.vnetp.nas.gate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.Rootless;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.Reports;
import org.vnetp.reports.gate.Gate;
import org.vnetp.reports.gate.GateResult;
import org.vnetp.reports.gate.HistoryGate;
import org.vnetp.reports.gate.Rules;
import org.vnetp.reports.gate.SelfCheck;
import org.vnetp.reports.gate.Side;
import org.vnetp.reports.history.HistoryDirectory;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
    private static final int MISSING = 4;
    private static final int INTERRUPTED = 130;
    private static final Duration CLEAN_UP = Duration.ofSeconds(30);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /// What goes to standard output.
    enum Format {
        text,
        md,
        csv,
        tex,
        json
    }

    @Parameters(
            paramLabel = "RESULT",
            arity = "0..2",
            description = "The base result and the head result: directories of any suite, or files that JMH wrote. With"
                    + " --interleaved two revisions.")
    private List<String> names = List.of();

    @Option(
            names = "--interleaved",
            description = "Builds two revisions and measures both side by side: REV_A REV_B, or HEAD^ and HEAD.")
    private boolean interleaved;

    @Option(
            names = "--against",
            paramLabel = "DIR",
            description = "Measures this checkout beside another one that has been built.")
    private Path against;

    @Option(
            names = "--history",
            paramLabel = "DIR",
            description = "Compares one RESULT with a history: with the last complete runs on the same machine since"
                    + " each series' last step.")
    private Path history;

    @Option(
            names = "--fabric",
            paramLabel = "F",
            defaultValue = "vnetp",
            description = "What is measured side by side: vnetp, vnetp-ebpf, vnetp:KEY=VALUE,... Default: vnetp.")
    private String fabric;

    @Option(
            names = "--workloads",
            paramLabel = "W",
            split = ",",
            description =
                    "WORKLOAD:PARAMS:LINK,... of macro side by side; none for none. Default: one TCP stream, at 10"
                            + " Gbit/s and unshaped, frames of 64 bytes, round trips.")
    private List<String> workloads;

    @Option(
            names = "--kernels",
            paramLabel = "K",
            split = ",",
            description = "KERNEL.CLASS.RANKS,... of nas side by side; none for none. Default: is.A.2,cg.A.2.")
    private List<String> kernels;

    @Option(
            names = "--micro",
            paramLabel = "PATTERN",
            description =
                    "Microbenchmarks side by side, as a regular expression; none for none. Default: the codec, the"
                            + " lookup and the whole way.")
    private String micro;

    @Option(
            names = "--rounds",
            paramLabel = "N,M",
            defaultValue = "4,8",
            description = "Rounds of all, then fresh ones of what looked slower. Default: 4,8.")
    private String rounds;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where what is measured side by side goes. Default: results/compare-DATE-TIME.")
    private Path out;

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
            description = "Renamed series or benchmarks, a line each: OLD -> NEW; # begins a comment.")
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
        PrintStream stdout = new PrintStream(
                new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);
        int code = run(args, stdout, System.err);
        stdout.flush();
        if (!StopOnSignal.ending()) { // then the JVM is ending already, and exit would wait for ever
            System.exit(code);
        }
    }

    /// The command as picocli describes it, for completion and the manual.
    public static CommandLine commandLine() {
        return new CommandLine(new CompareMain(System.out, System.err));
    }

    static int run(String[] args, PrintStream stdout, PrintStream stderr) {
        CommandLine line = new CommandLine(new CompareMain(stdout, stderr));
        line.setOut(new java.io.PrintWriter(stdout, true));
        line.setErr(new java.io.PrintWriter(stderr, true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, words) -> {
            stderr.println("vnetp compare: " + e.getMessage() + "; ./vnetp compare --help tells all options");
            return USAGE;
        });
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof IllegalArgumentException) {
                stderr.println("vnetp compare: " + e.getMessage());
                return USAGE;
            }
            if (e instanceof IOException) {
                stderr.println("vnetp compare: " + (e instanceof ResultException ? e.getMessage() : e.toString()));
                return USAGE;
            }
            throw e;
        });
        return line.execute(args);
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
        if (interleaved || against != null) {
            return sideBySide(rules);
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

    private int sideBySide(Rules rules) throws IOException {
        if (interleaved && against != null) {
            throw new IllegalArgumentException("--interleaved takes two revisions, --against a directory; give one");
        }
        if (against != null ? !names.isEmpty() : names.size() == 1) {
            throw new IllegalArgumentException(
                    against != null
                            ? "--against DIR measures this checkout beside DIR; got also '" + names.getFirst() + "'"
                            : "--interleaved: expected two revisions, or none for HEAD^ and HEAD; got " + names);
        }
        Interleaved.What what = what();
        FabricSpec.parse(fabric);
        Path home = home();
        OptionalInt inside = Rootless.runAgainIfNeeded();
        if (inside.isPresent()) {
            return inside.getAsInt();
        }
        Path into = out != null ? out : Path.of("results", "compare-" + STAMP.format(Instant.now()));
        if (Files.exists(into)) {
            throw new IllegalArgumentException("--out " + into + ": it is there already");
        }
        Files.createDirectories(into);
        try (StopOnSignal stop = StopOnSignal.here(CLEAN_UP);
                Builds builds = new Builds(home, into.toAbsolutePath().resolve("builds"))) {
            return sideBySide(rules, what, home, into, builds, stop);
        } catch (UnavailableException e) {
            stderr.println("vnetp compare: " + e.getMessage());
            return MISSING;
        } catch (TestbedException e) {
            stderr.println("vnetp compare: " + e.getMessage());
            return GateResult.UNKNOWN;
        } catch (InterruptedException e) {
            return INTERRUPTED;
        }
    }

    private int sideBySide(Rules rules, Interleaved.What what, Path home, Path into, Builds builds, StopOnSignal stop)
            throws IOException, InterruptedException {
        String base;
        String head;
        Interleaved.Homes homes;
        if (against != null) {
            Builds.requireBuilt(against);
            Builds.requireBuilt(home);
            base = against.toString();
            head = "this checkout";
            homes = new Interleaved.Homes(against, home, builds.copy(against, "base-again"));
        } else {
            String first = builds.commit(names.isEmpty() ? "HEAD^" : names.get(0));
            String second = builds.commit(names.isEmpty() ? "HEAD" : names.get(1));
            base = builds.subject(first);
            head = builds.subject(second);
            stderr.println("base: " + base + "\nhead: " + head + "\nbuilding both");
            Path built = builds.build("base", first);
            homes = new Interleaved.Homes(built, builds.build("head", second), builds.copy(built, "base-again"));
        }
        Interleaved session =
                new Interleaved(homes, what, rules.threshold(), into.toAbsolutePath(), seed, stderr, stop);
        GateResult result = session.run(base, head);
        if (session.interrupted() || result == null) {
            stderr.println("vnetp compare: interrupted; what was measured is in " + into);
            return INTERRUPTED;
        }
        return tell(result);
    }

    /// This checkout.
    static Path home() {
        String said = System.getenv("VNETP_HOME");
        Path at = Path.of(said == null ? "" : said).toAbsolutePath();
        while (at != null && !Files.isDirectory(at.resolve("overlay-impl"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalArgumentException(
                    "this is no checkout of the project: there is no directory overlay-impl");
        }
        return at;
    }

    private Interleaved.What what() {
        String[] counts = rounds.split(",", -1);
        if (counts.length != 2) {
            throw new IllegalArgumentException("--rounds '" + rounds + "': expected N,M such as 4,8");
        }
        return new Interleaved.What(
                fabric,
                chosen(workloads, Interleaved.What.WORKLOADS),
                chosen(kernels, Interleaved.What.KERNELS),
                micro == null ? MicroRound.USUAL : micro.equals("none") ? "" : micro,
                CampaignOptions.number("--rounds", counts[0], 2, 1000),
                CampaignOptions.number("--rounds", counts[1], 2, 1000));
    }

    private static List<String> chosen(List<String> given, List<String> usual) {
        return given == null ? usual : given.equals(List.of("none")) ? List.of() : given;
    }

    private int tell(GateResult result) throws IOException {
        stdout.print(
                switch (json ? Format.json : format) {
                    case json -> org.vnetp.reports.gate.GateFormats.json(result);
                    case text -> Reports.gate(result, all, "text");
                    case md -> Reports.gate(result, all, "md");
                    case csv -> Reports.gate(result, true, "csv");
                    case tex -> Reports.gate(result, all, "tex");
                });
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

package org.vnetp.microbench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.profile.LinuxPerfNormProfiler;
import org.openjdk.jmh.profile.ProfilerException;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.vnetp.overlay.Launching;
import org.vnetp.reports.Reports;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.RunInfo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./vnetp micro [FILTER]`: runs the microbenchmarks with JMH, always with its gc profiler, keeps
/// JMH's own JSON in a result directory and prints the tables that reports makes of it.
@Command(
        name = "vnetp micro",
        description = "Microbenchmarks of encapsulation, routing and dispatch (JMH).",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all ran",
            "1:a benchmark failed",
            "2:wrong use",
            "4:perf cannot count here",
            "130:interrupted"
        })
public final class MicroMain implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int MISSING = 4;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILTER",
            description = "Regular expression; benchmarks whose class and method it is found in are run. Default: all.")
    private String filter = "";

    @Option(
            names = "--quick",
            description = "Few sizes, one fork, short iterations: under two minutes, wide intervals.")
    private boolean quick;

    @Option(names = "--list", description = "List the benchmarks and run none.")
    private boolean list;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the result goes. Default: results/micro-DATE-TIME.")
    private Path out;

    @Option(
            names = "--perfnorm",
            negatable = true,
            description = "Hardware counters an operation too. Default: in full runs where perf can read them.")
    private Boolean perfnorm;

    private MicroMain() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        return new CommandLine(new MicroMain()).execute(args);
    }

    @Override
    public Integer call() throws IOException {
        Map<String, List<String>> classes;
        try {
            classes = classes();
        } catch (PatternSyntaxException e) {
            System.err.println("vnetp micro: filter '" + filter + "': " + e.getDescription());
            return USAGE;
        }
        if (classes.isEmpty()) {
            System.err.println("vnetp micro: no benchmark matches '" + filter + "'; ./vnetp micro --list names them");
            return USAGE;
        }
        if (list) {
            classes.values().forEach(methods -> methods.forEach(System.out::println));
            return 0;
        }
        if (!Boolean.FALSE.equals(perfnorm) && !(quick && perfnorm == null)) {
            String reason = whyNoCounters();
            if (perfnorm != null && !reason.isEmpty()) {
                System.err.println("vnetp micro: --perfnorm: " + reason
                        + "\n  mend: apt-get install -y linux-perf, on a machine with hardware counters");
                return MISSING;
            }
            perfnorm = reason.isEmpty();
        }
        return measure(classes);
    }

    /// Why perf cannot count here; empty where it can.
    private static String whyNoCounters() {
        try {
            new LinuxPerfNormProfiler("");
            return "";
        } catch (ProfilerException e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("perf does not run");
        }
    }

    /// Benchmarks that the filter takes, by class.
    private Map<String, List<String>> classes() {
        Pattern pattern = Pattern.compile(filter, Pattern.CASE_INSENSITIVE);
        Map<String, List<String>> classes = new TreeMap<>();
        for (BenchmarkListEntry entry : all()) {
            String name = entry.getUsername();
            if (pattern.matcher(name).find()) {
                classes.computeIfAbsent(name.substring(0, name.lastIndexOf('.')), _ -> new ArrayList<>())
                        .add(name);
            }
        }
        return classes;
    }

    static Collection<BenchmarkListEntry> all() {
        return BenchmarkList.defaultList()
                .getAll(
                        OutputFormatFactory.createFormatInstance(
                                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                                VerboseMode.SILENT),
                        List.of());
    }

    private int measure(Map<String, List<String>> classes) throws IOException {
        Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Path directory = out != null
                ? out
                : Path.of(
                        "results",
                        "micro-"
                                + DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)
                                        .withZone(ZoneOffset.UTC)
                                        .format(start));
        List<String> command = new ArrayList<>(List.of("./vnetp", "micro"));
        if (!filter.isEmpty()) {
            command.add(filter);
        }
        if (quick) {
            command.add("--quick");
        }
        RunInfo info = RunInfo.builder(
                        String.valueOf(directory.getFileName()),
                        "micro",
                        start.toString(),
                        Environment.collect(Path.of(".")))
                .command(command)
                .setting("quick", quick)
                .setting("profilers", Boolean.TRUE.equals(perfnorm) ? "gc, perfnorm" : "gc")
                .version("jmh", "1.37")
                .build();
        boolean failed = false;
        try (ResultDirectory result = ResultDirectory.create(directory, info)) {
            List<RunResult> results = new ArrayList<>();
            int done = 0;
            for (Map.Entry<String, List<String>> entry : classes.entrySet()) {
                done++;
                progress(start, done, classes.size(), entry.getKey());
                try {
                    results.addAll(run(result, entry.getKey(), entry.getValue()));
                    store(directory, results); // what was measured stays, whatever comes after
                } catch (RunnerException e) {
                    failed = true;
                    System.err.println("  failed: " + e.getMessage() + "; see " + log(result, entry.getKey()));
                    result.update(result.info().withNote(entry.getKey() + " failed: " + e.getMessage()));
                }
            }
            if (results.isEmpty()) {
                return FAILED;
            }
            result.update(result.info()
                    .withState(
                            failed ? "failed" : "complete",
                            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        }
        Reports.write(directory);
        new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8)
                .print(Reports.terminalTable(directory));
        System.err.println("result: " + directory + " (report.html, tables, plots, jmh.json)");
        return failed ? FAILED : 0;
    }

    private static void progress(Instant start, int number, int count, String name) {
        Duration so = Duration.between(start, Instant.now());
        String left = number == 1
                ? ""
                : String.format(Locale.ROOT, ", about %d s left", so.toSeconds() * (count - number + 1) / (number - 1));
        System.err.printf(
                Locale.ROOT,
                "[%d/%d, %d s%s] %s%n",
                number,
                count,
                so.toSeconds(),
                left,
                name.substring(name.lastIndexOf('.') + 1));
    }

    private static Path log(ResultDirectory result, String name) {
        return result.raw(name.substring(name.lastIndexOf('.') + 1) + ".txt");
    }

    private Collection<RunResult> run(ResultDirectory result, String name, List<String> methods)
            throws RunnerException, IOException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                // Nothing here leaves garbage, and JMH waits half a second for each collection.
                .shouldDoGC(false)
                .jvmArgsAppend(jvmArguments());
        methods.forEach(method -> options.include("^" + Pattern.quote(method) + "$"));
        if (Boolean.TRUE.equals(perfnorm)) {
            options.addProfiler(LinuxPerfNormProfiler.class);
        }
        // Many short iterations: with three, Student's t makes an interval of 99.9 % 18 times as wide as the scatter,
        // with ten once and a half.
        options.warmupIterations(4).measurementIterations(10);
        // A loop with all that it calls keeps the JIT busy for longer than a codec.
        int warmUps = name.endsWith("WayBenchmark") || name.endsWith("RingToRingBenchmark") ? 3 : 1;
        if (quick) {
            options.forks(1)
                    .warmupTime(TimeValue.milliseconds(100L * warmUps))
                    .measurementTime(TimeValue.milliseconds(20));
            quickParams(name).forEach((param, values) -> options.param(param, values.toArray(new String[0])));
        } else {
            options.forks(2)
                    .warmupTime(TimeValue.milliseconds(200L * warmUps))
                    .measurementTime(TimeValue.milliseconds(80));
        }
        options.timeout(new TimeValue(2, TimeUnit.MINUTES));
        System.setProperty("jmh.ignoreLock", "true"); // another user's lock file must not stop us
        try (PrintStream log =
                new PrintStream(Files.newOutputStream(log(result, name)), false, StandardCharsets.UTF_8)) {
            return new Runner(options.build(), OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL)).run();
        }
    }

    private static String[] jvmArguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xms1g",
                "-Xmx2g"));
        arguments.addAll(Launching.CALLS_APART); // as nodes run
        return arguments.toArray(String[]::new);
    }

    /// Few values for each parameter; only those that the class has may be given to JMH.
    static Map<String, List<String>> quickParams(String className) {
        Map<String, List<String>> quick = new LinkedHashMap<>();
        for (BenchmarkListEntry entry : all()) {
            if (entry.getUserClassQName().equals(className) && entry.getParams().hasValue()) {
                entry.getParams().get().forEach((param, values) -> {
                    List<String> all = List.of(values);
                    switch (param) {
                        case "frameBytes" ->
                            quick.put(
                                    param,
                                    all.size() <= 2
                                            ? all
                                            : List.of(all.getFirst(), all.get(all.size() / 2), all.getLast()));
                        case "batch" -> quick.put(param, List.of(all.getLast()));
                        case "rules" -> quick.put(param, List.of(all.getFirst(), all.getLast()));
                        default -> {}
                    }
                });
            }
        }
        return quick;
    }

    private static void store(Path directory, List<RunResult> results) throws IOException {
        Path file = directory.resolve(JmhResult.FILE);
        Path beside = directory.resolve(JmhResult.FILE + ".new");
        ResultFormatFactory.getInstance(ResultFormatType.JSON, beside.toString())
                .writeOut(results);
        Files.move(beside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
}

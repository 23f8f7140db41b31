package org.vnetp.nas;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.ConsoleProgress;
import org.vnetp.macrobench.campaign.HostsOption;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Rootless;
import org.vnetp.macrobench.testbed.SiteOptions;
import org.vnetp.macrobench.testbed.Slurm;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.macrobench.testbed.UsualFabrics;
import org.vnetp.nas.command.Console;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.result.RunInfo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./vnetp nas`: the NAS kernels under MPI, native and over overlays, as percent of native.
///
/// This class reads and checks the command line and prints the plan; [NasSession] runs it.
@Command(
        name = "vnetp nas",
        description = {
            "Runs the NAS kernels under MPI, native and over the overlay, in randomised blocks; prints percent of native",
            "and writes results/<run>/ with CSV, Markdown, LaTeX, plots and report.html.",
            "",
            "Without arguments: eight kernels on 2 hosts at 1 and 10 Gbit/s, native twice, vnetp with the kernel carrying",
            "known flows (vnetp-ebpf), vnetp alone, and the kernel's VXLAN, in less than ten minutes. The ranks of all of",
            "them stay and take turns: each run is one timed region, seconds apart from the others of its block. --quick",
            "is a look of about two minutes: four kernels (is, cg, mg, ft) at 10 Gbit/s, without the kernel's VXLAN.",
            ""
        },
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        abbreviateSynopsis = true,
        sortOptions = false,
        usageHelpWidth = 110,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all cells ran and were verified",
            "1:a run failed, timed out or was not on path",
            "2:wrong use; nothing was run",
            "3:a run was not verified",
            "4:something is missing on this machine; the message says what mends it",
            "5:inconclusive: no overlay was compared with native, or --precision was given and is not reached",
            "130:interrupted; what was measured is kept, --resume goes on"
        },
        footer = {
            "",
            "Examples:",
            "  ./vnetp nas --quick",
            "  ./vnetp nas cg,mg.A.4 lu.W.4,8 --links 10gbit --blocks 10",
            "  ./vnetp nas --fabrics vnetp,vxlan,low=vnetp:mode=guest --budget 30m",
            "  ./vnetp nas --suite vnetp-2012 --max-class A",
            "  ./vnetp nas --npb-bin ~/NPB3.4.3/NPB3.4-MPI/bin --classes A",
            "  ./vnetp nas --resume results/nas-20261123-101500",
            "  salloc --nodes=3 ./vnetp nas --quick",
            CampaignOptions.INVENTORY
        })
public final class NasMain implements Callable<Integer> {
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int UNVERIFIED = 3;
    static final int MISSING = 4;
    static final int INTERRUPTED = 130;

    /// Where a budget ends the run.
    private static final int MOST_BLOCKS = 100;

    /// Where none does.
    private static final int LAUNCHES = 3;

    @Parameters(
            paramLabel = "CELL",
            arity = "0..*",
            description = "Cells as KERNELS.CLASSES.RANKS, lists by commas, * for all kernels: cg,mg.A.4,8. In quotes, "
                    + "fabrics=... and links=... may follow.")
    private List<String> cells = List.of();

    @Option(
            names = "--suite",
            paramLabel = "FILE",
            description = "Cells from a file, one pattern a line; or vnetp-2012, the published table's 19 rows.")
    private String suite;

    @Option(names = "--max-class", paramLabel = "CLASS", description = "Reduces larger classes to this one.")
    private String maxClass;

    @Option(
            names = "--kernels",
            paramLabel = "K,...",
            description = "Default: ep,is,cg,mg,ft,lu,sp,bt; with --quick is,cg,mg,ft.")
    private String kernels;

    @Option(names = "--classes", paramLabel = "C,...", description = "S W A B C D E F. Default: by kernel.")
    private String classes;

    @Option(
            names = "--ranks",
            paramLabel = "N,...",
            description = "Default: the fewest that the kernel allows with one on every host: 2, of sp and bt 4.")
    private String ranks;

    @Mixin
    private final HostsOption hosts = new HostsOption();

    @Option(
            names = "--sbatch",
            paramLabel = "FILE",
            description = "Only writes a batch script for Slurm that runs this command on --hosts N nodes.")
    private Path sbatch;

    @Mixin
    private final SiteOptions sites = new SiteOptions();

    @Option(
            names = "--fabrics",
            paramLabel = "F,...",
            description = "What is compared with native. Default: " + UsualFabrics.WORDS + "; with --quick or cells of "
                    + "your own without vxlan. Also vnetp:KEY=VALUE,..., NAME=vnetp:..., file:PATH.")
    private String fabrics;

    @Option(
            names = "--links",
            paramLabel = "L,...",
            description = "1gbit, 10gbit, none (as they are). Default: 1gbit,10gbit.")
    private String links;

    @Mixin
    private final CampaignOptions options = new CampaignOptions();

    @Option(names = "--limit", paramLabel = "TIME", description = "Kills a run after this time. Default: by cell.")
    private String limit;

    @Option(names = "--floor", paramLabel = "N", description = "A second native arm in every N-th group; 0 for none.")
    private Integer floor;

    @Option(
            names = "--aa",
            description = "Native against native only, in five minutes: the noise floor of this machine.")
    private boolean aa;

    @Option(names = "--mpi", paramLabel = "MPI", description = "openmpi or mpich. Default: what is installed.")
    private String mpi;

    @Option(
            names = "--npb-bin",
            paramLabel = "DIR",
            description = "Runs your own NPB 2.4-3.4 programs of this directory.")
    private Path npbBin;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            description = "Longest untimed warm-up of the Java kernels, seconds.")
    private Double warmUp;

    @Option(
            names = "--timed",
            paramLabel = "S",
            description =
                    "Least timed seconds of a run of the Java kernels: a shorter timed region is passed through several"
                            + " times, each verified, and the mean counts; 0: once, as NPB does (default: 0.4).")
    private Double timed;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private final PrintStream stdout;
    private final PrintStream stderr;

    /// The command as picocli describes it, for completion and the manual.
    static CommandLine commandLine() {
        return new CommandLine(new NasMain(System.out, System.err));
    }

    NasMain(PrintStream stdout, PrintStream stderr) {
        this.stdout = stdout;
        this.stderr = stderr;
    }

    public static void main(String[] args) {
        if (makesNamespaces(args)) {
            try {
                OptionalInt inside = Rootless.runAgainIfNeeded();
                if (inside.isPresent()) {
                    System.exit(inside.getAsInt());
                }
            } catch (TestbedException e) {
                System.err.println("vnetp nas: " + e.getMessage());
                System.exit(e instanceof UnavailableException ? MISSING : FAILED);
            }
        }
        Console.main(NasMain::run, args);
    }

    /// Whether these arguments need the right to make namespaces: not for help, a dry run, or machines of an
    /// inventory. Wrong ones do not either; they are refused as everybody's.
    static boolean makesNamespaces(String[] args) {
        NasMain trial = new NasMain(System.out, System.err);
        CommandLine line = new CommandLine(trial);
        try {
            CommandLine.ParseResult parsed = line.parseArgs(args);
            if (parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested()) {
                return false;
            }
            if (trial.options.resume() != null && !trial.options.dryRun()) {
                List<String> command =
                        ResultDirectory.readInfo(trial.options.resume()).command();
                return command.size() >= 2
                        && makesNamespaces(command.subList(2, command.size()).toArray(String[]::new));
            }
        } catch (CommandLine.ParameterException | IOException wrong) {
            return false;
        }
        return !trial.options.dryRun() && trial.hosts.made() && trial.sbatch == null;
    }

    static int run(String[] args, PrintStream stdout, PrintStream stderr) {
        return Console.execute(
                new CommandLine(new NasMain(stdout, stderr)), NasPlan.SUITE, FAILED, stdout, stderr, args);
    }

    @Override
    public Integer call() throws Exception {
        if (options.resume() != null) {
            return resume(options.resume());
        }
        if (sbatch != null) {
            return writeBatchScript();
        }
        NasPlan plan = plan();
        Programs programs = programs(plan);
        if (options.dryRun()) {
            print(plan, programs);
            return 0;
        }
        return session(plan, programs).fresh(options.out());
    }

    private NasSession session(NasPlan plan, Programs programs) {
        return new NasSession(
                plan,
                programs,
                mpi,
                hosts.inventory(),
                sites.sites(!hosts.made()),
                arguments(plan),
                options.precisionGiven(),
                options.json(),
                options.quiet(),
                stdout,
                stderr);
    }

    private int resume(Path resume) throws Exception {
        List<String> others = spec.commandLine().getParseResult().matchedOptions().stream()
                .map(CommandLine.Model.OptionSpec::longestName)
                .filter(name ->
                        !List.of("--resume", "--json", "--quiet", "--dry-run").contains(name))
                .toList();
        if (!others.isEmpty() || !cells.isEmpty()) {
            throw new IllegalArgumentException("--resume goes on by the settings of " + resume
                    + "; it does not go together with " + (others.isEmpty() ? "cells" : String.join(", ", others)));
        }
        RunInfo info;
        try {
            info = ResultDirectory.readInfo(resume);
        } catch (ResultException e) {
            throw new IllegalArgumentException("--resume: " + e.getMessage(), e);
        }
        List<String> command = info.command();
        if (!info.suite().equals(NasPlan.SUITE) || command.size() < 2) {
            throw new IllegalArgumentException(
                    "--resume: " + resume + " holds a result of './vnetp " + info.suite() + "', not of './vnetp nas'");
        }
        NasMain first = new NasMain(stdout, stderr);
        new CommandLine(first).parseArgs(command.subList(2, command.size()).toArray(String[]::new));
        first.options.showAs(options);
        NasPlan plan = first.plan();
        Programs programs = first.programs(plan);
        if (options.dryRun()) {
            print(plan, programs);
            return 0;
        }
        return first.session(plan, programs).resumed(resume);
    }

    /// Checks everything and completes it with defaults.
    ///
    /// @throws IllegalArgumentException naming what is wrong and what would be right
    NasPlan plan() {
        if (aa && fabrics != null) {
            throw new IllegalArgumentException(
                    "--aa compares native with native; it does not go together with --fabrics");
        }
        Suite rows = rows();
        if (fabrics == null && !aa) {
            fabrics = defaultFabrics();
        }
        List<FabricSpec> specs = aa ? List.of() : FabricSpec.parseList(fabrics);
        Map<String, FabricSpec> named = NasPlan.named(specs, rows);
        List<String> rates =
                list(links != null ? links : !hosts.made() ? "none" : options.quick() ? "10gbit" : "1gbit,10gbit");
        hosts.requireLinks(rates);
        rates.forEach(LinkRate::parse);
        sites.sites(!hosts.made());
        int number = hosts.number(0);
        for (Suite.Row row : rows.rows()) {
            if (row.cell().ranks() < number) {
                throw new IllegalArgumentException(
                        row.cell() + ": fewer ranks than hosts (" + number + "); some hosts would idle");
            }
        }
        if (mpi != null && !mpi.equals("openmpi") && !mpi.equals("mpich")) {
            throw new IllegalArgumentException("--mpi '" + mpi + "': expected openmpi or mpich");
        }
        int every = aa ? 1 : floor != null ? floor : npbBin != null ? 6 : 1;
        if (every < 0) {
            throw new IllegalArgumentException("--floor " + every + ": expected 0 or more");
        }
        Duration time = options.budget(
                options.quick()
                        ? Duration.ofSeconds(90)
                        : aa ? Duration.ofSeconds(270) : chosen() ? null : Duration.ofSeconds(520));
        Campaign.Settings settings = settings(time, options.precision() / 100);
        return new NasPlan(
                rows,
                named,
                aa ? List.of() : specs.stream().map(FabricSpec::name).toList(),
                List.copyOf(rates),
                number,
                every,
                settings,
                options.seed());
    }

    private Campaign.Settings settings(Duration time, double narrow) {
        CampaignOptions.Blocks blocks = options.blocks(
                npbBin != null
                        ? new CampaignOptions.Blocks(3, time == null ? 5 : MOST_BLOCKS)
                        : new CampaignOptions.Blocks(options.quick() ? 2 : 3, time == null ? 12 : MOST_BLOCKS));
        Duration killAfter = limit == null ? null : CampaignOptions.duration("--limit", limit);
        if (limit != null && killAfter == null) {
            throw new IllegalArgumentException("--limit: a run that may take for ever can hang for ever");
        }
        return new Campaign.Settings(
                blocks.least(), blocks.most(), LAUNCHES, time, killAfter, 2, narrow, options.cutsFirstRound());
    }

    private Suite rows() {
        if (suite != null && !cells.isEmpty()
                || (suite != null || !cells.isEmpty()) && (kernels != null || classes != null || ranks != null)) {
            throw new IllegalArgumentException("give cells in one way: as CELL arguments, by --suite, or by --kernels, "
                    + "--classes and --ranks");
        }
        Suite rows;
        if (suite != null && suite.equals(Suite.VNETP_2012_NAME)) {
            rows = Suite.vnetp2012();
        } else if (suite != null) {
            try {
                rows = Suite.parse(Files.readAllLines(Path.of(suite)), suite);
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "--suite " + suite + ": cannot be read (" + e.getMessage() + "); expected a file or vnetp-2012",
                        e);
            }
        } else if (!cells.isEmpty()) {
            List<Suite.Row> all = new ArrayList<>();
            cells.forEach(pattern -> all.addAll(Suite.line(pattern)));
            rows = new Suite(all);
        } else {
            List<Suite.Row> all = new ArrayList<>();
            for (String kernel : kernels == null ? UsualRun.kernels(options.quick()) : list(kernels)) {
                all.addAll(Suite.line(kernel + "." + (classes == null ? UsualRun.problemClass(kernel) : classes) + "."
                        + (ranks == null ? UsualRun.ranks(kernel, leastRanks()) : ranks)));
            }
            rows = new Suite(all);
        }
        if (maxClass == null) {
            return rows;
        }
        if (maxClass.length() != 1) {
            throw new IllegalArgumentException(
                    "--max-class '" + maxClass + "': expected one letter of S W A B C D E F");
        }
        return rows.atMost(maxClass.charAt(0));
    }

    /// One on every host; of an inventory as many as its fabrics have addresses.
    private int leastRanks() {
        if (hosts.allocated()) { // and where the allocation is for more tasks, as many
            return Math.max(Testbed.inventoryHosts(hosts.inventory()), Slurm.tasks());
        }
        return hosts.made() ? hosts.number(0) : Testbed.inventoryHosts(hosts.inventory());
    }

    private Programs programs(NasPlan plan) throws IOException {
        if (npbBin != null) {
            return NpbPrograms.in(npbBin, plan.suite());
        }
        warmUp = seconds("--warm-up", warmUp == null ? (options.quick() ? 1.5 : 3.0) : warmUp);
        timed = seconds("--timed", timed == null ? 0.4 : timed);
        boolean inMachines = plan.fabrics().values().stream().anyMatch(FabricSpec::inMachines);
        return new JavaKernels(plan.suite(), warmUp, timed, inMachines);
    }

    private static double seconds(String option, double value) {
        if (!(value >= 0 && value <= 600)) {
            throw new IllegalArgumentException(option + " " + value + ": expected seconds from 0 to 600");
        }
        return value;
    }

    /// Whether the user said which cells to run.
    private boolean chosen() {
        return suite != null || !cells.isEmpty() || kernels != null || classes != null || ranks != null;
    }

    /// Both data paths of our overlay, and the kernel's overlay beside them.
    private String defaultFabrics() {
        if (!hosts.made()) {
            List<String> overlays = UsualFabrics.ofInventory(hosts.inventory()).overlays();
            if (overlays.isEmpty()) {
                throw new IllegalArgumentException("--hosts " + hosts
                        + ": the inventory has no fabric but native; add one as NAME=ADDRESS,INTERFACE, or compare"
                        + " native with itself by --aa");
            }
            return String.join(",", overlays);
        }
        UsualFabrics here = UsualFabrics.here();
        if (!here.lack().isEmpty()) {
            stderr.println("vnetp nas: " + here.lack());
        }
        return String.join(",", (options.quick() || chosen() ? here.ours() : here).overlays());
    }

    private int writeBatchScript() throws IOException {
        if (!hosts.made()) {
            hosts.make(2);
        }
        List<String> words = spec.commandLine().getParseResult().originalArgs();
        int nodes = CampaignOptions.number("--hosts", hosts.toString(), 2, BatchScript.MOST_NODES);
        Duration time = plan().settings().budget();
        String script =
                BatchScript.of(nodes, time, Machine.home().toAbsolutePath().normalize(), words);
        if (options.dryRun()) {
            stdout.print(script);
            return 0;
        }
        Files.writeString(sbatch, script);
        if (!sbatch.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + sbatch + " a program");
        }
        stdout.println("wrote " + sbatch + "; submit it with: sbatch " + sbatch);
        return 0;
    }

    /// The command line that repeats this plan wherever and whenever: no defaults, no files that may change.
    private List<String> arguments(NasPlan plan) {
        List<String> words = new ArrayList<>(List.of("./vnetp", "nas"));
        for (Suite.Row row : plan.suite().rows()) {
            words.add(row.cell()
                    + (row.fabrics().isEmpty() ? "" : " fabrics=" + String.join(",", row.fabrics()))
                    + (row.links().isEmpty() ? "" : " links=" + String.join(",", row.links())));
        }
        if (aa) {
            words.add("--aa");
        } else {
            words.addAll(List.of("--fabrics", fabrics));
            words.addAll(List.of("--floor", String.valueOf(plan.floor())));
        }
        words.addAll(List.of("--links", String.join(",", plan.links())));
        words.addAll(hosts.words());
        words.addAll(sites.words());
        Campaign.Settings settings = plan.settings();
        words.addAll(List.of("--blocks", settings.minBlocks() + "-" + settings.maxBlocks()));
        words.addAll(options.words(settings.budget()));
        if (settings.runLimit() != null) {
            words.addAll(List.of("--limit", settings.runLimit().toSeconds() + "s"));
        }
        if (mpi != null) {
            words.addAll(List.of("--mpi", mpi));
        }
        if (npbBin != null) {
            words.addAll(List.of("--npb-bin", npbBin.toAbsolutePath().toString()));
        } else {
            words.addAll(List.of("--warm-up", String.valueOf(warmUp), "--timed", String.valueOf(timed)));
        }
        words.addAll(List.of("--seed", String.valueOf(plan.seed())));
        return words;
    }

    private void print(NasPlan plan, Programs programs) {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        plan.plan()
                .groups()
                .forEach((group, arms) -> rows.computeIfAbsent(group.benchmark(), b -> new ArrayList<>())
                        .add(group.link() + ": "
                                + String.join(
                                        " ", arms.stream().map(c -> c.fabric()).toList())));
        stdout.println("Cells of a block, with the estimate of one run:");
        rows.forEach((benchmark, where) -> stdout.printf(
                Locale.ROOT,
                "  %-10s %5.1f s   %s%n",
                benchmark,
                NasRunner.estimate(KernelCell.parse(benchmark), programs).toMillis() / 1e3,
                String.join("    ", where)));
        Campaign.Settings settings = plan.settings();
        Duration block = plan.block(programs);
        Duration launches = plan.launches(programs);
        Duration all = block.multipliedBy(settings.maxBlocks()).plus(launches.multipliedBy(settings.launches()));
        if (settings.budget() != null && settings.budget().compareTo(all) < 0) {
            Duration least = launches.plus(block.multipliedBy(settings.minBlocks()));
            all = !settings.cut() && settings.budget().compareTo(least) < 0 ? least : settings.budget();
        }
        stdout.printf(Locale.ROOT, "Programs: %s%n", programs.description());
        stdout.printf(
                Locale.ROOT,
                "Blocks: %d to %d of %d runs, %s each; until every interval is within +-%s %%%s%n",
                settings.minBlocks(),
                settings.maxBlocks(),
                plan.cells().size(),
                ConsoleProgress.words(block),
                Double.toString(settings.precision() * 100),
                settings.budget() == null ? "" : " or " + ConsoleProgress.words(settings.budget()) + " are spent");
        if (programs.resident()) {
            stdout.printf(Locale.ROOT, "Launches: %s for each arm once%n", ConsoleProgress.words(launches));
        }
        stdout.printf(Locale.ROOT, "Time: at most about %s%n", ConsoleProgress.words(all));
        stdout.printf(Locale.ROOT, "Repeat with: %s%n", CampaignOptions.quoted(arguments(plan)));
        stdout.flush();
    }

    private static List<String> list(String text) {
        return List.of(text.split(",", -1));
    }

    @Override
    public String toString() {
        return Arrays.toString(
                spec.commandLine().getParseResult().originalArgs().toArray());
    }
}

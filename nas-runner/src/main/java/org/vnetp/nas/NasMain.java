package org.vnetp.nas;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.CampaignOptions;
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

    @Mixin
    private final CellOptions cells = new CellOptions();

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

    @Mixin
    private final ProgramOptions programs = new ProgramOptions();

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
        Programs ranks = programs.of(plan, options.quick());
        if (options.dryRun()) {
            DryRun.print(plan, ranks, arguments(plan), stdout);
            return 0;
        }
        return session(plan, ranks).fresh(options.out());
    }

    private NasSession session(NasPlan plan, Programs ranks) {
        return new NasSession(
                plan,
                ranks,
                programs.mpi(),
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
        if (!others.isEmpty() || cells.patterns()) {
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
        Programs ranks = first.programs.of(plan, first.options.quick());
        if (options.dryRun()) {
            DryRun.print(plan, ranks, first.arguments(plan), stdout);
            return 0;
        }
        return first.session(plan, ranks).resumed(resume);
    }

    /// Checks everything and completes it with defaults.
    ///
    /// @throws IllegalArgumentException naming what is wrong and what would be right
    NasPlan plan() {
        if (aa && fabrics != null) {
            throw new IllegalArgumentException(
                    "--aa compares native with native; it does not go together with --fabrics");
        }
        Suite rows = cells.rows(options.quick(), this::leastRanks);
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
        programs.requireMpi();
        int every = aa ? 1 : floor != null ? floor : programs.own() ? 6 : 1;
        if (every < 0) {
            throw new IllegalArgumentException("--floor " + every + ": expected 0 or more");
        }
        Duration time = options.budget(
                options.quick()
                        ? Duration.ofSeconds(90)
                        : aa ? Duration.ofSeconds(270) : cells.chosen() ? null : Duration.ofSeconds(520));
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
                programs.own()
                        ? new CampaignOptions.Blocks(3, time == null ? 5 : MOST_BLOCKS)
                        : new CampaignOptions.Blocks(options.quick() ? 2 : 3, time == null ? 12 : MOST_BLOCKS));
        Duration killAfter = limit == null ? null : CampaignOptions.duration("--limit", limit);
        if (limit != null && killAfter == null) {
            throw new IllegalArgumentException("--limit: a run that may take for ever can hang for ever");
        }
        return new Campaign.Settings(
                blocks.least(), blocks.most(), LAUNCHES, time, killAfter, 2, narrow, options.cutsFirstRound());
    }

    /// One on every host; of an inventory as many as its fabrics have addresses.
    private int leastRanks() {
        if (hosts.allocated()) { // and where the allocation is for more tasks, as many
            return Math.max(Testbed.inventoryHosts(hosts.inventory()), Slurm.tasks());
        }
        return hosts.made() ? hosts.number(0) : Testbed.inventoryHosts(hosts.inventory());
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
        return String.join(",", (options.quick() || cells.chosen() ? here.ours() : here).overlays());
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
        words.addAll(programs.words());
        words.addAll(List.of("--seed", String.valueOf(plan.seed())));
        return words;
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

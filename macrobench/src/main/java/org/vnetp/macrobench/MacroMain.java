package org.vnetp.macrobench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.HostsOption;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.campaign.ResultOptions;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Rootless;
import org.vnetp.macrobench.testbed.SiteOptions;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.macrobench.testbed.UsualFabrics;
import org.vnetp.macrobench.workload.Workload;
import org.vnetp.macrobench.workload.Workloads;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.result.RunInfo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./vnetp macro`: network workloads over any fabrics, side by side.
@Command(
        name = "vnetp macro",
        description =
                "Measures throughput, frame rate and latency over fabrics in randomised blocks, and what they cost.",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        abbreviateSynopsis = true,
        sortOptions = false,
        footer = CampaignOptions.INVENTORY,
        usageHelpWidth = 110)
public final class MacroMain implements Callable<Integer> {
    static final String SUITE = "macro";

    /// So many pairs make an interval that tells something.
    private static final int LEAST_BLOCKS = 3;

    /// The budget ends the run before.
    private static final int MOST_BLOCKS = 100;

    static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int MISSING = 4;
    static final int INTERRUPTED = 130;

    @Option(
            names = "--workloads",
            paramLabel = "W,...",
            split = ",",
            completionCandidates = Workloads.Names.class,
            description =
                    "Of ${COMPLETION-CANDIDATES}; or all: all that the hosts suffice for. Default: the usual ones;"
                            + " --dry-run tells which.")
    private List<String> workloads;

    @Option(
            names = "--sizes",
            paramLabel = "B,...",
            split = ",",
            description = "Bytes, in place of the sizes a workload has: of frames with FCS in frame-rate and loss-free,"
                    + " of messages in the throughputs.")
    private List<Integer> sizes;

    @Option(
            names = "--fabrics",
            paramLabel = "F,...",
            description =
                    FabricSpec.NAMES + ", NAME=vnetp:KEY=VALUE,..., file:PATH. Default: native, " + UsualFabrics.WORDS
                            + ", and loopback, the floor; with --quick without vxlan and the floor; of an inventory, those it has.")
    private String fabrics;

    /// Why a usual fabric is not among them; empty where none lacks.
    private String lack = "";

    @Option(
            names = "--aa",
            description = "Compares native with native alone, in the place of other fabrics: how far apart two of the"
                    + " same are on this machine.")
    private boolean aa;

    @Option(
            names = "--links",
            paramLabel = "L,...",
            split = ",",
            description = "none, 1gbit, 10gbit. Default: none; with namespaces only.")
    private List<String> links;

    @Option(names = "--mtu", defaultValue = "1500", description = "MTU between the hosts. Default: ${DEFAULT-VALUE}.")
    private int mtu;

    @Mixin
    private final SiteOptions sites = new SiteOptions();

    @Mixin
    private final HostsOption hosts = new HostsOption();

    @Option(names = "--seconds", paramLabel = "S", description = "Of measuring in each run. Default: 1.")
    private Integer seconds;

    /// The launcher acts on it, with the help of the one below.
    @Option(
            names = "--install",
            description = "First installs the Debian packages that the fabrics and workloads named need and that are"
                    + " missing here.")
    private boolean install;

    @Option(names = "--missing-packages", hidden = true, description = "Prints those packages; runs nothing.")
    private boolean missingPackages;

    @Mixin
    private final CampaignOptions options = new CampaignOptions();

    public static void main(String[] arguments) {
        MacroMain main = new MacroMain();
        int code = main.execute(arguments);
        System.out.flush();
        // While a signal ends the process, exit would wait for the hook that waits for this thread.
        if (!StopOnSignal.ending()) {
            System.exit(code);
        }
    }

    int execute(String[] arguments) {
        CommandLine line = new CommandLine(this);
        line.setExecutionExceptionHandler((e, failed, parsed) -> {
            if (StopOnSignal.ending()) {
                return INTERRUPTED;
            }
            System.err.println(
                    "vnetp macro: " + (e.getMessage() == null ? e : e.getMessage() + MacroSession.orInstall(e)));
            if (e instanceof UnavailableException) {
                return MISSING;
            }
            if (e instanceof IllegalArgumentException) {
                return USAGE;
            }
            if (!(e instanceof TestbedException || e instanceof ResultException || e instanceof IOException)) {
                e.printStackTrace(System.err);
            }
            return FAILED;
        });
        return line.execute(arguments);
    }

    @Override
    public Integer call() throws IOException {
        if (options.resume() != null) {
            return resumed(options.resume());
        }
        return session(null);
    }

    private int resumed(Path resume) throws IOException {
        RunInfo info = ResultDirectory.readInfo(resume);
        if (!info.suite().equals(SUITE) || info.command().size() < 2) {
            throw new IllegalArgumentException("--resume: " + resume + " holds no result of './vnetp macro'");
        }
        MacroMain first = new MacroMain();
        new CommandLine(first)
                .parseArgs(info.command().subList(2, info.command().size()).toArray(String[]::new));
        first.options.showAs(options);
        first.missingPackages = missingPackages;
        return first.session(resume);
    }

    /// Checks everything, then runs it.
    ///
    /// @param into a result to go on with, or null for a new one
    private int session(Path into) throws IOException {
        List<Workload> chosen = named().stream().map(Workloads::find).toList();
        List<String> rates = links == null ? List.of("none") : links;
        rates.forEach(LinkRate::parse);
        sites.sites(!hosts.made());
        hosts.requireLinks(rates);
        double measuring = seconds != null ? seconds : 1;
        CampaignOptions.Blocks blocks = options.blocks(new CampaignOptions.Blocks(LEAST_BLOCKS, MOST_BLOCKS));
        long order = options.seed();
        options.precision();
        if (measuring < 1) {
            throw new IllegalArgumentException("--seconds " + seconds + ": expected 1 or more");
        }
        requireHosts(chosen);
        if (sizes != null && chosen.stream().noneMatch(Workload::sized)) {
            throw new IllegalArgumentException("--sizes: none of the workloads chosen has sizes");
        }
        if (aa && fabrics != null) {
            throw new IllegalArgumentException(
                    "--aa compares native with native; it does not go together with --fabrics");
        }
        if (fabrics == null) {
            fabrics = aa ? Fabrics.NATIVE : usual();
        }
        List<FabricSpec> specs = FabricSpec.parseList(fabrics);
        List<String> arms = aa
                ? List.of(Fabrics.NATIVE, Fabrics.NATIVE_AGAIN)
                : specs.stream().map(FabricSpec::name).toList();
        Plan plan = new Plan(cells(chosen, arms, rates), order);
        Campaign.Settings settings = new Campaign.Settings(
                blocks.least(),
                blocks.most(),
                1,
                options.budget(Duration.ofSeconds(options.quick() ? 90 : 570)),
                limit(chosen, measuring),
                2,
                options.precision() / 100,
                options.cutsFirstRound());
        if (missingPackages) {
            missing(specs, chosen).forEach(System.out::println);
            return 0;
        }
        if (options.dryRun()) {
            dryRun(plan, settings, chosen, measuring);
            return 0;
        }
        Path result = into != null ? into : options.out() != null ? options.out() : ResultOptions.directory(SUITE);
        if (into == null) {
            ResultOptions.requireWritable(result);
        } else {
            ResultDirectory.resume(into).close();
        }
        OptionalInt inside = hosts.made() ? Rootless.runAgainIfNeeded() : OptionalInt.empty();
        if (inside.isPresent()) {
            return inside.getAsInt();
        }
        if (hosts.made()) { // each of its machines is asked for what a run needs there, just before
            chosen.forEach(MacroMain::requirePrograms);
        }
        List<String> command = repeat(chosen, rates, measuring, settings, order);
        if (!lack.isEmpty() && !options.quiet()) {
            System.err.println("vnetp macro: " + lack);
        }
        return new MacroSession(
                        hosts,
                        mtu,
                        sites.sites(!hosts.made()),
                        specs,
                        plan,
                        settings,
                        measuring,
                        command,
                        options,
                        result,
                        into != null)
                .run();
    }

    /// When a run is killed: some seconds after it measured, or several times what the longest of the workloads, whose
    /// work may have a fixed amount, is estimated at beside measuring.
    static Duration limit(List<Workload> chosen, double measuring) {
        Duration some = Duration.ofSeconds(Math.round(measuring) + 30);
        return chosen.stream()
                .map(each -> each.overhead().multipliedBy(4))
                .reduce(some, (one, other) -> one.compareTo(other) >= 0 ? one : other);
    }

    private int sitesThere() {
        return sites.sites(!hosts.made()).count();
    }

    private List<String> named() {
        if (workloads == null) {
            return options.quick() ? Workloads.quick() : Workloads.byDefault();
        }
        return workloads.equals(List.of("all"))
                ? Workloads.names().stream()
                        .filter(name -> Workloads.find(name).hosts() <= hosts.number(2))
                        .filter(name -> Workloads.find(name).sites() <= sitesThere())
                        .toList()
                : workloads;
    }

    /// The fabrics where none is named.
    private String usual() {
        if (!hosts.made()) {
            return String.join(",", UsualFabrics.ofInventory(hosts.inventory()).besideNative());
        }
        UsualFabrics here = UsualFabrics.here();
        lack = here.lack();
        return options.quick()
                ? String.join(",", here.ours().besideNative())
                : String.join(",", here.besideNative()) + "," + Fabrics.LOOPBACK;
    }

    private void requireHosts(List<Workload> chosen) {
        int there = hosts.number(2);
        for (Workload workload : chosen) {
            if (!hosts.made() && workload.needsOurHosts()) {
                throw new IllegalArgumentException("--hosts " + hosts + ": the workload " + workload.name()
                        + " needs hosts that are made for it, not machines of an inventory; give --hosts "
                        + workload.hosts());
            }
            if (workload.sites() > sitesThere()) {
                throw new IllegalArgumentException("the workload " + workload.name() + " needs hosts at "
                        + workload.sites() + " sites; give --sites " + workload.sites());
            }
            if (hosts.made() && workload.hosts() > there) {
                throw new IllegalArgumentException("--hosts " + hosts + ": the workload " + workload.name() + " needs "
                        + workload.hosts() + " hosts; give --hosts " + workload.hosts());
            }
        }
    }

    private List<Params> parameters(Workload workload) {
        if (sizes != null && workload.sized()) {
            return workload.cells(sizes);
        }
        return options.quick() ? workload.quickCells() : workload.cells();
    }

    private List<Cell> cells(List<Workload> workloads, List<String> arms, List<String> rates) {
        List<Cell> cells = new ArrayList<>();
        for (String rate : rates) {
            for (Workload workload : workloads) {
                for (Params params : parameters(workload)) {
                    for (String arm : arms) {
                        cells.add(new Cell(SUITE, workload.name(), params, arm, rate));
                    }
                }
            }
        }
        return cells;
    }

    private static void dryRun(Plan plan, Campaign.Settings settings, List<Workload> chosen, double measuring) {
        double total = 0;
        for (Slot slot : Campaign.slots(plan, 1)) {
            System.out.println(slot.cell());
            Workload workload = Workloads.find(slot.cell().benchmark());
            total += workload.estimate(measuring).toMillis() / 1e3;
        }
        double all = total * settings.maxBlocks();
        if (settings.budget() != null) {
            all = Math.min(all, settings.budget().toSeconds());
        }
        System.out.printf(
                Locale.ROOT,
                "%d workloads, %d to %d blocks of %.0f s, at most about %.0f s; order by seed %d%n",
                chosen.size(),
                settings.minBlocks(),
                settings.maxBlocks(),
                total,
                all,
                plan.seed());
    }

    /// The packages that [#install] is about; none where nothing will be run.
    private Set<String> missing(List<FabricSpec> specs, List<Workload> chosen) {
        Set<String> packages = new LinkedHashSet<>();
        if (!options.dryRun()) {
            specs.forEach(spec -> packages.addAll(spec.missingPackages()));
            for (Workload workload : chosen) {
                workload.needs().stream()
                        .filter(need -> !Machine.has(need.program()))
                        .forEach(need -> packages.add(need.debianPackage()));
            }
        }
        return packages;
    }

    private static void requirePrograms(Workload workload) {
        for (Workload.Need need : workload.needs()) {
            Machine.requireProgram(need.program(), need.debianPackage(), "runs the workload " + workload.name());
        }
    }

    /// The command line that repeats this plan, without defaults.
    private List<String> repeat(
            List<Workload> chosen, List<String> rates, double measuring, Campaign.Settings settings, long order) {
        List<String> words = new ArrayList<>(List.of("./vnetp", SUITE));
        words.addAll(List.of(
                "--workloads",
                String.join(",", chosen.stream().map(Workload::name).toList()),
                "--links",
                String.join(",", rates),
                "--mtu",
                String.valueOf(mtu),
                "--seconds",
                String.valueOf(Math.round(measuring)),
                "--blocks",
                settings.minBlocks() + "-" + settings.maxBlocks(),
                "--seed",
                String.valueOf(order)));
        words.addAll(aa ? List.of("--aa") : List.of("--fabrics", fabrics));
        words.addAll(sites.words());
        words.addAll(options.words(settings.budget()));
        if (!hosts.toString().equals("2")) {
            words.addAll(hosts.words());
        }
        if (sizes != null) {
            words.addAll(List.of(
                    "--sizes",
                    String.join(",", sizes.stream().map(String::valueOf).toList())));
        }
        if (options.quick()) {
            words.add("--quick");
        }
        return List.copyOf(words);
    }
}

package org.vnetp.nas.tune;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.campaign.ResultOptions;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Rootless;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.macrobench.tune.Space;
import org.vnetp.macrobench.tune.Sweep;
import org.vnetp.macrobench.tune.Task;
import org.vnetp.nas.KernelLoad;
import org.vnetp.nas.command.Console;
import org.vnetp.overlay.control.ControlPaths;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.tune.Contest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./vnetp tune`: dispatch settings for this machine and the user's workload. This class reads and checks
/// the command line; [TuneSession] does it.
@Command(
        name = "vnetp tune",
        description = {
            "Finds the dispatch settings that serve this machine and a workload best, or says that none beats the default.",
            "",
            "Settings race in blocks beside the default; the three best are confirmed by fresh launches, which alone are",
            "judged. Without options: balanced over round trips idle and at half load, one TCP stream, small frames and a",
            "NAS kernel, in 15 minutes; --quick leaves the kernel out and takes 4.",
            ""
        },
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        abbreviateSynopsis = true,
        sortOptions = false,
        usageHelpWidth = 110,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:a setting beats the default, or none does",
            "1:the default itself fails, or the testbed does",
            "2:wrong use",
            "4:something is missing on this machine; the message says what mends it",
            "5:cannot tell: too few launches for a verdict",
            "130:interrupted; --resume goes on"
        },
        footer = {
            "",
            "Examples:",
            "  ./vnetp tune --for latency --fix dispatchers=1",
            "  ./vnetp tune --workload 'curl -s -w %%{time_total} -o /dev/null http://$VNETP_PEER:8000/big' \\",
            "      --workload-server 'python3 -m http.server 8000' --direction less",
            "  ./vnetp tune --sweep"
        })
public final class TuneMain implements Callable<Integer> {
    static final String COMMAND = "tune";
    private static final int FAILED = 1;
    private static final int MISSING = 4;
    private static final int INTERRUPTED = 130;
    private static final Duration BUDGET = Duration.ofMinutes(15);
    private static final Duration QUICK = Duration.ofMinutes(4);
    private static final Duration SWEEP = Duration.ofMinutes(5);
    private static final int MOST_RATE = 1_000_000;
    private static final Duration LEAST = Duration.ofSeconds(5);

    @Option(
            names = "--for",
            paramLabel = "GOAL",
            defaultValue = "balanced",
            description = "What counts: latency, throughput, frames, nas, cpu or balanced. Default: balanced.")
    private String goal;

    @Option(
            names = "--workload",
            paramLabel = "CMD",
            description = "Your own command in the place of a goal; it runs at one guest by a shell, with the other's"
                    + " address in $$VNETP_PEER, and the last number that it prints counts.")
    private String workload;

    @Option(
            names = "--workload-server",
            paramLabel = "CMD",
            defaultValue = "",
            description = "Runs at the other guest meanwhile.")
    private String server;

    @Option(
            names = "--direction",
            paramLabel = "more|less",
            description = "Whether more or less of the command's number is better.")
    private String direction;

    @Option(
            names = "--cell",
            paramLabel = "CELL",
            defaultValue = "cg.A.2",
            description = "The NAS kernel of nas and balanced. Default: cg.A.2.")
    private String cell;

    @Option(
            names = "--space",
            paramLabel = "NAME=V|V|...",
            description = "Only these values of a parameter are tried (may be given several times). --dry-run shows"
                    + " all.")
    private List<String> space = List.of();

    @Option(
            names = "--fix",
            paramLabel = "NAME=V",
            description = "This value of a parameter, in the default too (may be given several times).")
    private List<String> fixed = List.of();

    @Option(
            names = "--fabric",
            paramLabel = "F",
            defaultValue = "vnetp",
            description = "Whose nodes are tuned: vnetp, vnetp-vxlan, vnetp:KEY=VALUE,... Default: vnetp.")
    private String fabric;

    @Option(
            names = "--link",
            paramLabel = "L",
            defaultValue = "none",
            description = "none, 1gbit, 10gbit. Default: none.")
    private String link;

    @Option(
            names = "--budget",
            paramLabel = "TIME",
            description = "Ends after this time: 90s, 10m, 2h. Default: 15m; 4m with --quick, 5m with --sweep.")
    private String budget;

    @Option(names = "--quick", description = "A look in four minutes.")
    private boolean quick;

    @Option(names = "--seed", paramLabel = "N", description = "Of order and choice. Default: random, and recorded.")
    private Long seed;

    @Option(names = "--dry-run", description = "Prints the space and the plan; runs nothing.")
    private boolean dryRun;

    @Mixin
    private final ResultOptions result = new ResultOptions();

    @Option(
            names = "--apply",
            paramLabel = "NODE",
            description = "Sends the setting that was found to a running node, as ./vnetp ctl would.")
    private String apply;

    @Option(
            names = "--ask-tell",
            description = "Lets another program choose: JSON lines on standard input and output (the protocol:"
                    + " macrobench's README).")
    private boolean askTell;

    @Option(
            names = "--sweep",
            description = "In the place of tuning: guest-driven, VMM-driven and adaptive dispatch side by side over"
                    + " offered rates of 100 to 200 000 frames/s.")
    private boolean sweep;

    @Option(names = "--rates", paramLabel = "N,...", split = ",", description = "Those of --sweep, frames/s.")
    private List<Integer> rates;

    @Option(
            names = "--aa",
            description = "Tests the method: every setting is the default under another name, so none may be found.")
    private boolean aa;

    private final PrintStream stdout;
    private final PrintStream stderr;

    TuneMain(PrintStream stdout, PrintStream stderr) {
        this.stdout = stdout;
        this.stderr = stderr;
    }

    public static void main(String[] args) {
        Console.main(TuneMain::run, args);
    }

    /// The command as picocli describes it, for completion and the manual.
    public static CommandLine commandLine() {
        return new CommandLine(new TuneMain(System.out, System.err));
    }

    static int run(String[] args, PrintStream stdout, PrintStream stderr) {
        return Console.execute(new CommandLine(new TuneMain(stdout, stderr)), COMMAND, FAILED, stdout, stderr, args);
    }

    @Override
    public Integer call() throws IOException {
        Path resume = result.resume();
        if (resume != null) {
            RunInfo info = ResultDirectory.readInfo(resume);
            if (!info.suite().equals(Contest.SUITE) || info.command().size() < 2) {
                throw new IllegalArgumentException("--resume: " + resume + " holds no result of './vnetp tune'");
            }
            TuneMain first = new TuneMain(stdout, stderr);
            new CommandLine(first)
                    .parseArgs(info.command().subList(2, info.command().size()).toArray(String[]::new));
            if (first.askTell) {
                throw new IllegalArgumentException(
                        "--resume: " + resume + " was driven by another program, which has to" + " begin anew");
            }
            first.result.showAs(result);
            first.apply = apply;
            return first.session(resume);
        }
        return session(null);
    }

    /// What a session is to do, checked.
    ///
    /// @param into a result to go on with, or null for a new one
    record Order(
            String goal,
            String workload,
            String server,
            boolean more,
            String cell,
            Space space,
            FabricSpec fabric,
            LinkRate link,
            Duration budget,
            boolean quick,
            long seed,
            Path directory,
            Path into,
            String apply,
            boolean askTell,
            boolean sweep,
            List<Integer> rates,
            boolean aa,
            boolean json,
            boolean quiet,
            List<String> command) {}

    private int session(Path into) throws IOException {
        check();
        Duration time =
                budget == null ? sweep ? SWEEP : quick ? QUICK : BUDGET : CampaignOptions.duration("--budget", budget);
        if (time == null || time.compareTo(LEAST) < 0) {
            throw new IllegalArgumentException("--budget '" + budget + "': expected a time of 5s or more");
        }
        if (seed == null) {
            seed = Plan.randomSeed();
        }
        List<String> narrowed = new ArrayList<>(space);
        narrowed.addAll(fixed);
        Space all = TuneSession.space().within(narrowed);
        FabricSpec spec = FabricSpec.parse(fabric);
        if (spec.kind() != FabricSpec.Kind.VNETP) {
            throw new IllegalArgumentException("--fabric " + fabric + ": expected vnetp, with options or without: only"
                    + " our own nodes have these settings");
        }
        Order order = new Order(
                goal,
                workload,
                server,
                "more".equals(direction),
                cell,
                all,
                spec,
                LinkRate.parse(link),
                time,
                quick,
                seed,
                into != null ? into : result.out() != null ? result.out() : ResultOptions.directory(COMMAND),
                into,
                apply,
                askTell,
                sweep,
                rates == null ? Sweep.RATES : rates,
                aa,
                result.json(),
                result.quiet(),
                repeat(time));
        if (into == null && !dryRun) {
            ResultOptions.requireWritable(order.directory());
        }
        try {
            TuneSession session = new TuneSession(order, stdout, stderr);
            if (dryRun) {
                session.dryRun();
                return 0;
            }
            OptionalInt inside = Rootless.runAgainIfNeeded();
            if (inside.isPresent()) {
                return inside.getAsInt();
            }
            Machine.requireNamespaces();
            return session.run();
        } catch (UnavailableException e) {
            stderr.println("vnetp tune: " + e.getMessage());
            return MISSING;
        } catch (TestbedException e) {
            stderr.println("vnetp tune: " + e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            return INTERRUPTED;
        }
    }

    private void check() {
        if (workload != null && direction == null || direction != null && !direction.matches("more|less")) {
            throw new IllegalArgumentException(
                    "--direction " + (direction == null ? "is missing" : "'" + direction + "'")
                            + ": expected more or less, whichever of the command's number is better");
        }
        if (workload == null && !Task.NAMES.contains(goal)) {
            throw new IllegalArgumentException(
                    "--for '" + goal + "': expected one of " + String.join(", ", Task.NAMES));
        }
        if (workload == null && (direction != null || !server.isEmpty())) {
            throw new IllegalArgumentException("--direction and --workload-server go with --workload");
        }
        if (apply != null) {
            ControlPaths.socket(apply);
        }
        KernelLoad.check(cell);
        for (String each : fixed) {
            if (each.contains("|")) {
                throw new IllegalArgumentException("--fix '" + each + "': expected one value; --space takes several");
            }
        }
        if (rates != null && (!sweep || rates.stream().anyMatch(rate -> rate < 1 || rate > MOST_RATE))) {
            throw new IllegalArgumentException(
                    "--rates " + rates + ": expected rates from 1 to " + MOST_RATE + ", with --sweep");
        }
        long ways =
                Arrays.asList(askTell, sweep, aa).stream().filter(way -> way).count();
        if (ways > 1) {
            throw new IllegalArgumentException("--ask-tell, --sweep and --aa: give one of them");
        }
    }

    /// The command line that repeats this run.
    private List<String> repeat(Duration time) {
        List<String> words = new ArrayList<>(List.of("./vnetp", COMMAND));
        if (workload != null) {
            words.addAll(List.of("--workload", workload, "--direction", direction));
            if (!server.isEmpty()) {
                words.addAll(List.of("--workload-server", server));
            }
        } else if (!sweep) {
            words.addAll(List.of("--for", goal, "--cell", cell));
        }
        space.forEach(each -> words.addAll(List.of("--space", each)));
        fixed.forEach(each -> words.addAll(List.of("--fix", each)));
        words.addAll(List.of("--fabric", fabric, "--link", link));
        words.addAll(List.of("--budget", time.toSeconds() + "s", "--seed", String.valueOf(seed)));
        if (quick) {
            words.add("--quick");
        }
        if (sweep) {
            words.add("--sweep");
            if (rates != null) {
                words.addAll(List.of(
                        "--rates",
                        String.join(",", rates.stream().map(String::valueOf).toList())));
            }
        }
        if (aa) {
            words.add("--aa");
        }
        if (askTell) {
            words.add("--ask-tell");
        }
        return List.copyOf(words);
    }
}

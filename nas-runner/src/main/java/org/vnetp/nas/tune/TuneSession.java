package org.vnetp.nas.tune;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.ConsoleProgress;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.macrobench.tune.AskTell;
import org.vnetp.macrobench.tune.CommandLoad;
import org.vnetp.macrobench.tune.Costs;
import org.vnetp.macrobench.tune.Entrants;
import org.vnetp.macrobench.tune.LiveBench;
import org.vnetp.macrobench.tune.LiveWorkload;
import org.vnetp.macrobench.tune.Race;
import org.vnetp.macrobench.tune.Setting;
import org.vnetp.macrobench.tune.Space;
import org.vnetp.macrobench.tune.Sweep;
import org.vnetp.macrobench.tune.Task;
import org.vnetp.nas.KernelLoad;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.ControlPaths;
import org.vnetp.overlay.dispatch.LoopScheduling;
import org.vnetp.reports.Reports;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.tune.Confirmation;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.TuneTables;

/// One run of `./vnetp tune`: testbed, bench, race and what is told of it.
final class TuneSession {
    private static final int GOOD = 0;
    private static final int INCONCLUSIVE = 5;
    private static final int INTERRUPTED = 130;
    private static final Duration CLEAN_UP = Duration.ofSeconds(30);
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(120);
    private static final double REGION_SECONDS = 0.35;
    private static final double QUICK_REGION_SECONDS = 0.25;
    private static final double SWEEP_REGION_SECONDS = 0.6;
    private static final String OTHER_CELL = "mg.A.2";
    private static final String THIRD_CELL = "is.A.2";
    private static final int CALIBRATIONS = 3;
    /// Where the machine's load is not known yet, for estimates.
    private static final double SOME_LOAD = 40_000;

    /// In `run.json`: what half load is, so that a resumed run has the same.
    private static final String HALF_LOAD = "half load, frames/s";

    /// In `run.json`: how long the race was planned for, which depends on how long the half load took to
    /// find; and who takes part depends on it.
    private static final String RACE_BUDGET = "race's budget, ms";

    private final TuneMain.Order order;
    private final PrintStream stdout;
    private final PrintStream stderr;

    TuneSession(TuneMain.Order order, PrintStream stdout, PrintStream stderr) {
        this.order = order;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /// All that can be set on this machine.
    static Space space() {
        return Space.of(Runtime.getRuntime().availableProcessors(), slices());
    }

    /// Whether the kernel has slices for single threads, found out on one that ends then.
    private static boolean slices() {
        AtomicBoolean there = new AtomicBoolean();
        Thread trial = Thread.ofPlatform()
                .start(() -> there.set(new LoopScheduling(LoopScheduling.Policy.OTHER, 0, 500_000, new BitSet())
                        .apply()
                        .isEmpty()));
        try {
            trial.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return there.get();
    }

    private double seconds() {
        return order.sweep() ? SWEEP_REGION_SECONDS : order.quick() ? QUICK_REGION_SECONDS : REGION_SECONDS;
    }

    private Task task(double halfLoad) {
        Task.Workloads make = new Task.Workloads(seconds(), halfLoad);
        if (order.workload() != null) {
            return Task.of(new CommandLoad(order.workload(), order.server(), order.more(), COMMAND_LIMIT, 1), make);
        }
        return Task.of(
                order.goal(),
                make,
                new Task.Kernels() {
                    @Override
                    public LiveWorkload first() {
                        return new KernelLoad(order.cell(), seconds(), stderr);
                    }

                    @Override
                    public LiveWorkload second() {
                        return new KernelLoad(
                                order.cell().equals(OTHER_CELL) ? THIRD_CELL : OTHER_CELL, seconds(), stderr);
                    }
                },
                order.quick());
    }

    private static Costs.Live costs(Task task) {
        double rankSeconds = task.workloads().stream()
                .mapToDouble(workload -> workload instanceof KernelLoad kernel ? kernel.launchSeconds() : 0)
                .sum();
        return new Costs.Live(task.workloads(), rankSeconds);
    }

    /// Prints the space and the plan.
    void dryRun() {
        stdout.println(order.space().text());
        if (order.sweep()) {
            stdout.println("rates, frames/s: " + order.rates());
            return;
        }
        Task task = task(SOME_LOAD);
        stdout.println("goal " + task.goal().text());
        task.heldOut().ifPresent(held -> stdout.println("held out: " + held.workload()));
        stdout.println(Race.outlook(order.budget(), task.goal(), task.confirmed(), costs(task)));
    }

    /// @return exit code
    int run() throws IOException, InterruptedException {
        Thread walker = Thread.currentThread();
        try (StopOnSignal stop = StopOnSignal.here(CLEAN_UP);
                Testbed testbed = Testbed.up(TestbedSpec.hosts(2).withLink(order.link()))) {
            stop.stops(walker::interrupt);
            return order.sweep() ? sweep(testbed) : race(testbed);
        } catch (InterruptedException e) {
            Thread.interrupted(); // what is left is cleaning up
            stderr.println("vnetp tune: interrupted; go on with: "
                    + CampaignOptions.quoted(List.of(
                            "./vnetp",
                            TuneMain.COMMAND,
                            "--resume",
                            order.directory().toString())));
            return INTERRUPTED;
        }
    }

    private int race(Testbed testbed) throws IOException, InterruptedException {
        long start = System.nanoTime();
        double halfLoad = order.into() == null
                ? order.workload() != null ? SOME_LOAD : calibrated(testbed)
                : Double.parseDouble(
                        ResultDirectory.readInfo(order.into()).settings().getOrDefault(HALF_LOAD, "0"));
        Task task = task(halfLoad);
        UnaryOperator<Setting> really = order.aa() ? _ -> order.space().usual() : UnaryOperator.identity();
        Duration left = order.budget().minusNanos(System.nanoTime() - start);
        try (ResultDirectory results = open(task, halfLoad, left);
                LiveBench bench = new LiveBench(
                        testbed,
                        order.fabric(),
                        order.space(),
                        costs(task),
                        results.raw("x").getParent(),
                        really)) {
            say("results go to " + results.path() + "; seed " + order.seed());
            if (order.askTell()) {
                return askTell(task, results, bench);
            }
            Duration budget =
                    Duration.ofMillis(Long.parseLong(results.info().settings().get(RACE_BUDGET)));
            say(Race.outlook(budget, task.goal(), task.confirmed(), bench));
            Race race = Race.within(
                    budget,
                    order.space(),
                    task.goal(),
                    task.confirmed(),
                    bench,
                    results,
                    order.seed(),
                    (name, setting) -> enter(results, name, setting),
                    this::say);
            Confirmation confirmation;
            try {
                confirmation = race.run();
                state(results, "complete");
            } catch (InterruptedException | IOException e) {
                boolean interrupted = Thread.interrupted() || !(e instanceof IOException) || StopOnSignal.ending();
                state(results, interrupted ? "interrupted" : "failed");
                if (interrupted) {
                    throw new InterruptedException("interrupted");
                }
                throw e;
            }
            return conclude(results.path(), race.entrants(), confirmation);
        }
    }

    /// Frames a second that are half of what gets through in the default setting.
    private double calibrated(Testbed testbed) throws IOException, InterruptedException {
        say("measuring what half load is");
        Path raw = Files.createTempDirectory("vnetp-tune");
        List<Double> rates = new ArrayList<>();
        try (LiveBench bench =
                new LiveBench(testbed, order.fabric(), order.space(), costs(task0()), raw, UnaryOperator.identity())) {
            for (int i = 0; i < CALIBRATIONS; i++) {
                Run run = new Run(Contest.SUITE, "frames", Contest.DEFAULT, "none", Params.NONE, i, 0);
                bench.measure(Optional.of(order.space().usual()), "frames", run);
                if (run.status() != Status.OK) {
                    throw new IOException("the default carries no frames: " + run.reason());
                }
                run.observations().stream()
                        .filter(row -> row.metric().equals(Metrics.FRAME_RATE.name()))
                        .forEach(row -> rates.add(row.value()));
            }
        } finally {
            org.vnetp.macrobench.testbed.RunDirectory.delete(raw);
        }
        double[] sorted =
                rates.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return Math.rint(sorted[sorted.length / 2] / 2);
    }

    /// Network workloads alone.
    private Task task0() {
        return Task.of("frames", new Task.Workloads(seconds(), SOME_LOAD), null, true);
    }

    private int askTell(Task task, ResultDirectory results, LiveBench bench) throws IOException, InterruptedException {
        AskTell server = new AskTell(
                order.space(),
                task.goal(),
                bench,
                results,
                order.seed(),
                (name, setting) -> enter(results, name, setting),
                stdout);
        try {
            server.serve(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
            state(results, "complete");
        } catch (InterruptedException | IOException e) {
            Thread.interrupted();
            state(results, "interrupted");
            throw e;
        }
        return GOOD;
    }

    private int sweep(Testbed testbed) throws IOException, InterruptedException {
        Path directory;
        try (ResultDirectory results = openSweep();
                LiveBench bench = new LiveBench(
                        testbed,
                        order.fabric(),
                        order.space(),
                        new Costs.Live(Sweep.workloads(order.rates(), seconds()), 0),
                        results.raw("x").getParent(),
                        UnaryOperator.identity())) {
            directory = results.path();
            say("results go to " + directory + "; seed " + order.seed() + "; about "
                    + ConsoleProgress.words(order.budget()));
            try {
                new Sweep(order.space(), bench, results, order.rates(), seconds(), order.seed(), this::say)
                        .run(order.budget());
                state(results, "complete");
            } catch (InterruptedException e) {
                Thread.interrupted();
                state(results, "interrupted");
                throw e;
            }
        }
        print(directory);
        return GOOD;
    }

    private ResultDirectory open(Task task, double halfLoad, Duration left) throws IOException {
        if (order.into() != null) {
            if (!order.askTell()
                    && !ResultDirectory.readInfo(order.into()).settings().containsKey(RACE_BUDGET)) {
                throw new IllegalArgumentException(
                        "--resume: " + order.into() + " was made by an earlier version, which"
                                + " did not keep what a race goes on by; './vnetp report' still reads it");
            }
            return ResultDirectory.resume(order.into());
        }
        RunInfo.Builder info = builder()
                .setting(TuneTables.GOAL, task.goal().text())
                .setting(
                        TuneTables.HELD_OUT,
                        task.heldOut()
                                .map(held ->
                                        held.workload() + " " + held.metric().name())
                                .orElse(""))
                .setting(HALF_LOAD, Math.round(halfLoad))
                .setting(RACE_BUDGET, left.toMillis());
        if (order.aa()) {
            info.note("Every setting was the default under another name: a setting that is found here is a false one.");
        }
        return ResultDirectory.create(order.directory(), info.build());
    }

    private ResultDirectory openSweep() throws IOException {
        if (order.into() != null) {
            return ResultDirectory.resume(order.into());
        }
        Setting usual = order.space().usual();
        RunInfo.Builder info = builder();
        List<String> words = Arrays.asList(order.space().statement(usual, true).split(" "));
        for (String name : List.of("alpha-l", "alpha-u")) {
            info.setting(name, words.get(words.indexOf(name) + 1));
        }
        return ResultDirectory.create(order.directory(), info.build());
    }

    private RunInfo.Builder builder() {
        return RunInfo.builder(
                        String.valueOf(order.directory().getFileName()),
                        Contest.SUITE,
                        Instant.now().toString(),
                        Environment.collect(Machine.home()))
                .command(order.command())
                .seed(order.seed())
                .setting("fabric", order.fabric().name() + " " + order.fabric().options())
                .setting("link", order.link())
                .setting("seconds", seconds())
                .setting("budget", order.budget().toSeconds() + "s");
    }

    /// Writes down that a setting takes part, before anything is measured under its name.
    ///
    /// @throws IllegalArgumentException where the result has another setting of that name, since another
    ///     version's race goes another way
    private void enter(ResultDirectory results, String name, Setting setting) {
        RunInfo info = results.info();
        String now = order.space().describe(setting);
        String before = info.fabrics().get(name);
        if (before != null && !before.equals(now)) {
            throw new IllegalArgumentException(
                    "--resume: in " + results.path() + " the setting " + name + " is '" + before
                            + "', and here it would be '" + now + "': go on with the version that began it"
                            + (info.gitCommit().isEmpty() ? "" : ", commit " + info.gitCommit()));
        }
        if (before == null) {
            info.fabrics().put(name, now);
            info.settings()
                    .put(
                            TuneTables.LINES + name,
                            String.join(" | ", order.space().lines(setting)));
            try {
                results.update(info);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void state(ResultDirectory results, String state) throws IOException {
        results.update(results.info().withState(state, Instant.now().toString()));
    }

    private int conclude(Path directory, Entrants entrants, Confirmation confirmation) throws IOException {
        print(directory);
        Optional<Setting> winner = confirmation.winner().flatMap(found -> entrants.find(found.setting()));
        if (winner.isPresent() && !order.json()) {
            stdout.println();
            order.space().lines(winner.get()).forEach(stdout::println);
        }
        if (order.apply() != null) {
            apply(winner);
        }
        return confirmation.conclusive() ? GOOD : INCONCLUSIVE;
    }

    private void print(Path directory) throws IOException {
        stdout.print(order.json() ? Reports.jsonTables(directory) : Reports.terminalTable(directory));
        stdout.flush();
        Reports.write(directory);
        stderr.println("report: " + directory.resolve("report.html"));
    }

    private void apply(Optional<Setting> winner) throws IOException {
        if (winner.isEmpty()) {
            stderr.println("vnetp tune: nothing was sent to " + order.apply() + ": no setting beats the default");
            return;
        }
        String statement = order.space().statement(winner.get(), true);
        ControlClient.say(ControlPaths.socket(order.apply()), statement, ControlClient.PATIENCE);
        stderr.println("vnetp tune: " + order.apply() + " now has: " + statement);
        List<String> lines = order.space().lines(winner.get());
        if (lines.size() > 1) {
            stderr.println("vnetp tune: what only a start can set is not in force there: "
                    + String.join("; ", lines.subList(1, lines.size())));
        }
    }

    private void say(String sentence) {
        if (!order.quiet()) {
            stderr.println(sentence);
        }
    }
}

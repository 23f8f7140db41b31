package org.vnetp.nas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.CellRunner;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.campaign.Resident;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.macrobench.testbed.GuestTraffic;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.RunDirectory;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.workload.LedRun;
import org.vnetp.nas.kernel.RegionReport;
import org.vnetp.nas.npb.NpbOutcome;
import org.vnetp.nas.npb.NpbParser;
import org.vnetp.nas.npb.NpbResult;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TrafficFile;

/// Runs one kernel under MPI over one fabric of a testbed, reads what it printed, and proves by the counters
/// which way its bytes went.
///
/// Our kernels stay during a visit ([KernelResidents]): a run is one opening of their gate. Other programs are a launch
/// a run.
///
/// All fabrics stand at the same time. One whose processes have died makes the run a failed one and is brought
/// up anew before its next. The testbed is borrowed, not owned.
final class NasRunner implements CellRunner {
    /// From here on a controller has time to act in a run; it takes some three to eight seconds until it does.
    private static final double LED_SECONDS = 10;

    private final Testbed testbed;
    private final Arms arms;
    private final RankLauncher launcher;
    private final Programs programs;
    private final long memory;
    private final Map<String, Integer> launches = new HashMap<>();
    /// By kernel and link rate.
    private final Map<String, Integer> passes = new HashMap<>();

    // During a visit.
    private KernelResidents residents;
    private boolean oneByOne;

    /// @param testbed with all fabrics up that cells name
    /// @param memory in bytes that the ranks may use
    NasRunner(Testbed testbed, RankLauncher launcher, Programs programs, long memory) {
        this.testbed = testbed;
        this.memory = memory;
        this.launcher = launcher;
        this.programs = programs;
        this.arms = new Arms(testbed);
    }

    @Override
    public Metric primary(Cell cell) {
        return Metrics.MOPS;
    }

    @Override
    public Duration estimate(Cell cell) {
        return estimate(KernelCell.parse(cell.benchmark()), programs);
    }

    static Duration estimate(KernelCell cell, Programs programs) {
        return Duration.ofMillis(Math.round(1000 * programs.seconds(cell)));
    }

    @Override
    public boolean resident() {
        return programs.resident();
    }

    /// Of one kernel all arms at all link rates, where the memory holds their jobs together; otherwise as many arms as
    /// it holds, native always among them.
    @Override
    public List<List<Cell>> bundles(Plan plan) {
        if (!resident()) {
            return CellRunner.super.bundles(plan);
        }
        Map<String, List<Cell>> byKernel = new LinkedHashMap<>();
        plan.groups()
                .values()
                .forEach(cells ->
                        cells.forEach(cell -> byKernel.computeIfAbsent(cell.benchmark(), _ -> new ArrayList<>())
                                .add(cell)));
        List<List<Cell>> bundles = new ArrayList<>();
        byKernel.values().forEach(cells -> bundles.addAll(split(cells, together(cells))));
        return bundles;
    }

    /// How many jobs of a kernel the memory holds at the same time; at least one, as is checked before.
    private int together(List<Cell> cells) {
        long bytes = programs.bytes(KernelCell.parse(cells.getFirst().benchmark()));
        return bytes == 0 ? Integer.MAX_VALUE : (int) Math.max(1, memory / bytes);
    }

    private static List<List<Cell>> split(List<Cell> cells, int most) {
        List<String> arms = cells.stream().map(Cell::fabric).distinct().toList();
        if (arms.size() <= most || most < 2) {
            return List.of(cells);
        }
        List<String> others =
                arms.stream().filter(arm -> !arm.equals(Fabrics.NATIVE)).toList();
        List<List<Cell>> parts = new ArrayList<>();
        for (int from = 0; from < others.size(); from += most - 1) {
            List<String> part = others.subList(from, Math.min(others.size(), from + most - 1));
            parts.add(cells.stream()
                    .filter(cell -> cell.fabric().equals(Fabrics.NATIVE) || part.contains(cell.fabric()))
                    .toList());
        }
        return parts;
    }

    @Override
    public Duration launching(List<Cell> cells) {
        double seconds = 0;
        for (String arm : cells.stream().map(Cell::fabric).distinct().toList()) {
            seconds += programs.launchSeconds(KernelCell.parse(cells.getFirst().benchmark()));
        }
        return Duration.ofMillis(Math.round(1000 * seconds));
    }

    @Override
    public void recall(List<Observation> earlier) {
        for (Observation o : earlier) {
            if (o.launch() >= 0) {
                launches.merge(KernelResidents.key(o.benchmark(), o.fabric()), o.launch() + 1, Math::max);
            }
            if (o.metric().equals(Metrics.PASSES.name()) && o.usable()) {
                passes.put(o.benchmark() + " " + o.link(), (int) o.value());
            }
        }
    }

    @Override
    public void open(List<Cell> cells, Path raw) throws IOException, InterruptedException {
        if (!resident()) {
            return;
        }
        KernelCell kernel = KernelCell.parse(cells.getFirst().benchmark());
        List<String> names = cells.stream().map(Cell::fabric).distinct().toList();
        oneByOne = together(cells) < Math.min(2, names.size());
        residents = new KernelResidents(kernel, launcher, programs, arms::living, raw, launches);
        if (!oneByOne) {
            residents.start(names);
        }
    }

    @Override
    public void close() throws IOException {
        if (residents != null) {
            residents.close();
            residents = null;
        }
    }

    @Override
    public void run(Slot slot, Run run, Path raw, Duration limit) throws IOException, InterruptedException {
        KernelCell cell = KernelCell.parse(slot.cell().benchmark());
        LinkRate rate = LinkRate.parse(slot.cell().link());
        if (!testbed.linkRate().equals(rate)) {
            testbed.setLinkRate(rate);
        }
        Fabric fabric = arms.living(slot.cell().fabric());
        if (resident()) {
            region(slot.cell(), run, raw, limit);
        } else {
            program(cell, fabric, run, raw, limit);
        }
    }

    /// One opening of the gate of a job that stays.
    private void region(Cell cell, Run run, Path raw, Duration limit) throws IOException, InterruptedException {
        String arm = cell.fabric();
        try {
            run.launch(residents.ready(arm));
            int times = passes(cell, limit);
            Fabric fabric = arms.living(arm);
            Optional<LedRun> led = led(KernelCell.parse(cell.benchmark()), fabric);
            Optional<GuestTraffic> trafficBefore = traffic(fabric);
            Map<Fabric, Counters> before = arms.snapshots();
            RegionReport report;
            try (LedRun _ = led.orElse(null)) {
                report = residents.region(arm, times, limit);
            }
            Map<Fabric, Counters> moved = arms.since(before);
            keepTraffic(fabric, trafficBefore, raw);
            if (led.isPresent()) {
                led.get().record(raw, run);
            }
            run.value(Metrics.MOPS, report.mops());
            run.value(Metrics.TIME, report.seconds());
            run.value(Metrics.PASSES, report.passes());
            if (Double.isFinite(report.communication())) {
                run.value(Metrics.COMM_SHARE, report.communication());
            }
            run.value(Metrics.PAYLOAD_BYTES, report.payloadBytes());
            run.value(Metrics.TIMED_PAYLOAD, report.timedBytes());
            run.value(Metrics.CPU_RANKS, report.cpuNanos() / 1e9);
            if (!report.verified()) {
                run.ended(Status.UNVERIFIED, "the result of " + cell.benchmark() + " was not verified");
            }
            arms.prove(run, fabric, moved, Math.max(1, report.payloadBytes()));
            if (oneByOne) {
                residents.end(arm);
            }
        } catch (Resident.GoneException e) {
            run.ended(e.hung() ? Status.TIMEOUT : Status.FAILED, e.getMessage());
        } catch (KernelResidents.Unusable e) {
            run.ended(Status.FAILED, e.getMessage());
        }
    }

    /// A run that is long enough for a controller to act in is one with what it does: it begins as the
    /// network is written, and what hosts send meanwhile is noted, of all arms alike. Empty where no arm is
    /// led, and of shorter runs, which go over what the controller has made of the network by then.
    private Optional<LedRun> led(KernelCell cell, Fabric fabric) {
        if (!arms.anyLed() || programs.seconds(cell) < LED_SECONDS) {
            return Optional.empty();
        }
        fabric.restartAdapter();
        return Optional.of(LedRun.begin(fabric));
    }

    /// How often the timed region is passed through in one run of this kernel at this link rate: the same for all
    /// arms, told by native's seconds.
    private int passes(Cell cell, Duration limit)
            throws IOException, InterruptedException, Resident.GoneException, KernelResidents.Unusable {
        if (programs.isLong(KernelCell.parse(cell.benchmark()))) {
            return 1;
        }
        String key = cell.benchmark() + " " + cell.link();
        if (!passes.containsKey(key)) {
            String arm = residents.runs(Fabrics.NATIVE) ? Fabrics.NATIVE : cell.fabric();
            passes.put(key, residents.region(arm, 1, limit).passesFor(programs.leastSeconds()));
        }
        return passes.get(key);
    }

    /// Who has sent what to whom; nothing where the fabric does not tell or its nodes have just died, which the
    /// counters say better.
    private static Optional<GuestTraffic> traffic(Fabric fabric) {
        try {
            return fabric.traffic();
        } catch (FabricException e) {
            return Optional.empty();
        }
    }

    /// Writes who sent what to whom during the run beside the programs' own output.
    private static void keepTraffic(Fabric fabric, Optional<GuestTraffic> before, Path raw) throws IOException {
        Optional<GuestTraffic> after = before.isEmpty() ? Optional.empty() : traffic(fabric);
        if (after.isPresent()) {
            Files.writeString(
                    raw.resolveSibling(raw.getFileName() + TrafficFile.SUFFIX),
                    after.get().minus(before.get()).csv());
        }
    }

    /// One run of a program that ends.
    private void program(KernelCell cell, Fabric fabric, Run run, Path raw, Duration limit)
            throws IOException, InterruptedException {
        Path output = raw.resolveSibling(raw.getFileName() + ".out");
        Path errors = raw.resolveSibling(raw.getFileName() + ".err");
        // An empty working directory: NPB's programs take other sizes from input files that lie about.
        Path work = RunDirectory.create("nas");
        ProcessBuilder command = launcher.command(fabric, cell.ranks(), programs.command(cell));
        command.directory(work.toFile());
        // Open MPI keeps its sockets here. In /tmp their names are those of host and user, and a user namespace's root
        // is another than the one who may have left some.
        command.environment().put("TMPDIR", work.toString());
        Optional<LedRun> led = led(cell, fabric);
        Optional<GuestTraffic> trafficBefore = traffic(fabric);
        Map<Fabric, Counters> before = arms.snapshots();
        Program.Result result;
        Map<Fabric, Counters> moved;
        try (LedRun _ = led.orElse(null)) {
            result = Program.run(command, output, errors, limit);
            moved = arms.since(before);
            keepTraffic(fabric, trafficBefore, raw);
        } finally {
            KernelResidents.remove(work);
        }
        if (led.isPresent()) {
            led.get().record(raw, run);
        }
        NpbOutcome outcome = NpbParser.parse(Program.text(output), cell.kernel(), cell.problemClass(), cell.ranks());
        judge(run, outcome, result, Program.text(errors));
        if (fabric.endpoints().stream().allMatch(Endpoint::here)) { // elsewhere it is known of the connection only
            run.value(Metrics.CPU_RANKS, result.cpuSeconds());
        }
        arms.prove(run, fabric, moved, leastBytes(cell, outcome));
    }

    /// Our kernels count what they send; of other programs only what their class sends at the very least is known.
    private static long leastBytes(KernelCell cell, NpbOutcome outcome) {
        return outcome instanceof NpbOutcome.Verified verified
                ? verified.result().payloadBytes().orElse(KernelFacts.leastBytes(cell))
                : KernelFacts.leastBytes(cell);
    }

    private static void judge(Run run, NpbOutcome outcome, Program.Result result, String errors) {
        switch (outcome) {
            case NpbOutcome.Verified verified -> {
                record(run, verified.result());
                if (result.exitCode() != 0) {
                    run.ended(
                            Status.FAILED, "exit code " + result.exitCode() + " after a result" + Program.said(errors));
                }
            }
            case NpbOutcome.Unverified unverified -> {
                record(run, unverified.result());
                run.ended(Status.UNVERIFIED, unverified.reason());
            }
            case NpbOutcome.Unusable unusable -> run.ended(Status.FAILED, unusable.reason());
            case NpbOutcome.Failed failed ->
                run.ended(Status.FAILED, failed.reason() + result.ending() + Program.said(errors));
            case NpbOutcome.CutOff cutOff ->
                run.ended(Status.FAILED, cutOff.reason() + result.ending() + Program.said(errors));
        }
        if (result.timedOut()) {
            run.ended(
                    Status.TIMEOUT,
                    String.format(
                            Locale.ROOT, "killed after %.0f s", result.wall().toNanos() / 1e9));
        }
    }

    private static void record(Run run, NpbResult result) {
        run.value(Metrics.MOPS, result.mopsTotal());
        run.value(Metrics.TIME, result.seconds());
        if (Double.isFinite(result.communicationShare())) {
            run.value(Metrics.COMM_SHARE, result.communicationShare());
        }
        result.payloadBytes().ifPresent(bytes -> run.value(Metrics.PAYLOAD_BYTES, bytes));
        result.timedPayloadBytes().ifPresent(bytes -> run.value(Metrics.TIMED_PAYLOAD, bytes));
    }
}

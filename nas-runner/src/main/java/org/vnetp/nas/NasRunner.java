package org.vnetp.nas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.vnetp.macrobench.campaign.Accounts;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.CellRunner;
import org.vnetp.macrobench.campaign.PathProof;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.nas.npb.NpbOutcome;
import org.vnetp.nas.npb.NpbParser;
import org.vnetp.nas.npb.NpbResult;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Runs one kernel under MPI over one fabric of a testbed, reads what it printed, and proves by the counters
/// which way its bytes went.
///
/// All fabrics stand at the same time. One whose processes have died makes the run a failed one and is brought
/// up anew before its next. The testbed is borrowed, not owned.
final class NasRunner implements CellRunner {
    private static final int REMOVALS = 20;

    private final Testbed testbed;
    private final Map<String, Fabric> fabrics = new LinkedHashMap<>();
    private final Map<String, String> broken = new HashMap<>();
    private final RankLauncher launcher;
    private final Programs programs;

    /// @param testbed with all fabrics up that cells name
    NasRunner(Testbed testbed, RankLauncher launcher, Programs programs) {
        this.testbed = testbed;
        this.launcher = launcher;
        this.programs = programs;
        testbed.fabrics().forEach(fabric -> fabrics.put(fabric.name(), fabric));
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
    public void run(Slot slot, Run run, Path raw, Duration limit) throws IOException, InterruptedException {
        KernelCell cell = KernelCell.parse(slot.cell().benchmark());
        Fabric fabric = living(slot.cell().fabric());
        LinkRate rate = LinkRate.parse(slot.cell().link());
        if (!testbed.linkRate().equals(rate)) {
            testbed.setLinkRate(rate);
        }
        Path output = raw.resolveSibling(raw.getFileName() + ".out");
        Path errors = raw.resolveSibling(raw.getFileName() + ".err");
        // An empty working directory: NPB's programs take other sizes from input files that lie about.
        Path work = Files.createTempDirectory("vnetp-nas");
        ProcessBuilder command = launcher.command(fabric, cell.ranks(), programs.command(cell));
        command.directory(work.toFile());
        // Open MPI keeps its sockets here. In /tmp their names are those of host and user, and a user namespace's root
        // is another than the one who may have left some.
        command.environment().put("TMPDIR", work.toString());
        Map<Fabric, Counters> before = new LinkedHashMap<>();
        for (Fabric each : fabrics.values()) {
            before.put(each, each.snapshot());
        }
        Program.Result result;
        Map<Fabric, Counters> moved = new LinkedHashMap<>();
        try {
            result = Program.run(command, output, errors, limit);
            for (Map.Entry<Fabric, Counters> entry : before.entrySet()) {
                moved.put(entry.getKey(), entry.getKey().snapshot().minus(entry.getValue()));
            }
        } finally {
            remove(work);
        }
        NpbOutcome outcome = NpbParser.parse(Program.text(output), cell.kernel(), cell.problemClass(), cell.ranks());
        judge(run, outcome, result, Program.text(errors));
        if (fabric.endpoints().stream().allMatch(Endpoint::here)) { // elsewhere it is known of the connection only
            run.value(Metrics.CPU_RANKS, result.cpuSeconds());
        }
        Accounts.record(run, moved.get(fabric));
        try {
            fabric.check();
        } catch (FabricException e) {
            broken.put(fabric.name(), e.getMessage());
            run.ended(Status.FAILED, e.getMessage());
        }
        if (run.status() == Status.OK) {
            PathProof.objection(PathProof.Evidence.of(leastBytes(cell, outcome), fabric, moved))
                    .ifPresent(objection -> run.ended(Status.NOT_ON_PATH, objection));
        }
    }

    /// The fabric of that name, brought up anew if its processes died.
    private Fabric living(String name) {
        String actual = name.equals(Fabrics.NATIVE_AGAIN) ? Fabrics.NATIVE : name;
        Fabric fabric = fabrics.get(actual);
        if (fabric == null) {
            throw new IllegalStateException("fabric " + actual + " is not up");
        }
        try {
            if (!broken.containsKey(actual)) {
                fabric.check();
                return fabric;
            }
        } catch (FabricException e) {
            // died between two runs; nothing was measured over it
            broken.put(actual, e.getMessage());
        }
        fabric.close();
        Fabric fresh = testbed.fabric(fabric.spec());
        fabrics.put(actual, fresh);
        broken.remove(actual);
        return fresh;
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

    /// Removes the working directory with all that programs left in it: cores, timer files.
    private static void remove(Path directory) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (var tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
                return;
            } catch (IOException | UncheckedIOException e) {
                // A daemon that is ending removes its own at the same time.
                if (attempt == REMOVALS) {
                    throw new IOException("cannot remove " + directory, e);
                }
            }
        }
    }
}

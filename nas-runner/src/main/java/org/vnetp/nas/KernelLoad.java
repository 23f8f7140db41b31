package org.vnetp.nas;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.vnetp.macrobench.campaign.Resident;
import org.vnetp.macrobench.tune.LiveWorkload;
import org.vnetp.nas.kernel.RegionReport;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// A NAS kernel as a workload of tuning: MPI ranks that stay at a gate and share the processors with the nodes.
public final class KernelLoad implements LiveWorkload {
    private static final double WARM_UP = 2;
    private static final double AROUND_SECONDS = 0.1;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final KernelCell cell;
    private final double timed;
    private final JavaKernels programs;
    private final MpiRanks launcher;

    /// @param cell as `cg.A.2`
    /// @param timed seconds that a region takes at least
    /// @param log for what does not work and is not needed
    /// @throws IllegalArgumentException for a cell that there is not
    /// @throws org.vnetp.macrobench.testbed.UnavailableException where there is no MPI
    public KernelLoad(String cell, double timed, PrintStream log) {
        this.cell = KernelCell.parse(cell);
        this.timed = timed;
        this.programs = new JavaKernels(Suite.parse(List.of(cell), "--cell"), WARM_UP, timed);
        this.launcher = MpiRanks.of(null);
        programs.prepare(launcher.launcher(), log);
    }

    /// Refuses what is no cell.
    ///
    /// @throws IllegalArgumentException naming what was expected
    public static void check(String cell) {
        KernelCell.parse(cell);
    }

    @Override
    public String name() {
        return cell.toString();
    }

    @Override
    public double seconds() {
        return Math.max(timed, KernelFacts.seconds(cell)) + AROUND_SECONDS;
    }

    /// Seconds that a start takes, roughly.
    public double launchSeconds() {
        return programs.launchSeconds(cell);
    }

    @Override
    public Live start(Site site) throws IOException, InterruptedException {
        String arm = site.fabric().name();
        Path raw = site.raw("ranks").getParent();
        KernelResidents residents =
                new KernelResidents(cell, launcher, programs, _ -> site.fabric(), raw, new HashMap<>());
        try {
            residents.ready(arm);
            int passes = residents.region(arm, 1, LIMIT).passesFor(timed);
            return new Running(residents, arm, passes);
        } catch (KernelResidents.Unusable | Resident.GoneException e) {
            residents.close();
            throw new IOException(e.getMessage(), e);
        } catch (IOException | InterruptedException | RuntimeException e) {
            residents.close();
            throw e;
        }
    }

    private static final class Running implements Live {
        private final KernelResidents residents;
        private final String arm;
        private final int passes;

        Running(KernelResidents residents, String arm, int passes) {
            this.residents = residents;
            this.arm = arm;
            this.passes = passes;
        }

        @Override
        public void settle() {
            // Ranks put their data back and meet at a barrier before the clock starts: nodes have been at work by then.
        }

        @Override
        public long region(Run run) throws IOException, InterruptedException {
            try {
                RegionReport report = residents.region(arm, passes, LIMIT);
                run.value(Metrics.MOPS, report.mops());
                run.value(Metrics.TIME, report.seconds());
                run.value(Metrics.PASSES, report.passes());
                run.value(Metrics.PAYLOAD_BYTES, report.payloadBytes());
                run.value(Metrics.CPU_RANKS, report.cpuNanos() / 1e9);
                if (!report.verified()) {
                    run.ended(Status.UNVERIFIED, "the region did not verify");
                }
                return report.payloadBytes();
            } catch (Resident.GoneException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public void account(Run run, org.vnetp.macrobench.testbed.Counters moved) {
            run.value(Metrics.CPU_NODES, moved.nodeCpuSeconds());
        }

        @Override
        public void close() throws IOException {
            residents.close();
        }
    }
}

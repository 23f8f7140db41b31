package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.mpi.RankJvm;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// MPI messages between the ranks of one job, from 0 B to 4 MiB: one run measures all sizes, as the OSU and
/// Intel benchmarks do. Each size is recorded under its own `size`; under `size=all` stand the geometric mean of
/// all sizes' times and what the whole run cost.
record MpiWorkload(MpiPattern pattern, Supplier<MpiLauncher> launcher) implements Workload {
    static final String ALL = "all";
    private static final long OWN_HEAP = 0; // the buffers are off it

    static Stream<Workload> all() {
        return Stream.of(MpiPattern.values()).map(pattern -> new MpiWorkload(pattern, MpiWorkload::installed));
    }

    static MpiLauncher installed() {
        try {
            return MpiLauncher.find(null);
        } catch (MpiUnavailableException e) {
            throw new UnavailableException(e.getMessage(), MpiLauncher.install("openmpi"));
        }
    }

    @Override
    public String name() {
        return pattern.workload();
    }

    @Override
    public Metric primary() {
        return Metrics.LATENCY;
    }

    @Override
    public boolean busy() {
        return true;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("size", ALL));
    }

    /// Launcher, JVMs, warm-up and the messages that are too large for their share of the time.
    @Override
    public Duration overhead() {
        return Duration.ofMillis(3_500);
    }

    @Override
    public List<Need> needs() {
        return Need.ofRanks();
    }

    @Override
    public boolean everywhere() {
        return true;
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        for (int size : pattern.sizes()) {
            run.value(size(size), Metrics.LATENCY, Double.NaN); // a size that fails is seen to be missing
        }
        int ranks = pattern.ranksAHost() * setup.fabric().endpoints().size();
        ProcessBuilder command = launcher.get()
                .over(
                        setup.fabric(),
                        ranks,
                        RankJvm.command(
                                OWN_HEAP,
                                List.of(),
                                MpiSizes.class,
                                List.of(pattern.name(), String.format(Locale.ROOT, "%.3f", setup.seconds()))));
        Path output = Path.of(setup.raw() + ".txt");
        Path errors = Path.of(setup.raw() + ".err.txt");
        Program.Result result = Program.run(command, output, errors, setup.limit());
        if (setup.killed("ranks", result, run)) {
            return null;
        }
        if (result.exitCode() != 0) {
            run.ended(Status.FAILED, "mpirun ended with " + result.exitCode() + Program.said(Program.text(errors)));
            return null;
        }
        MpiReport report;
        try {
            report = MpiReport.parse(Program.text(output), pattern.sizes());
        } catch (IllegalArgumentException e) {
            run.ended(Status.FAILED, e.getMessage());
            return null;
        }
        run.value(Metrics.LATENCY, report.meanMicros() * 1e3);
        setup.cpu(run, Metrics.CPU_RANKS, result.cpuSeconds());
        run.value(Metrics.PAYLOAD_BYTES, report.payloadBytes());
        for (MpiReport.Line line : report.lines()) {
            run.value(size(line.size()), Metrics.LATENCY, line.micros() * 1e3);
            if (line.size() > 0) {
                run.value(size(line.size()), Metrics.THROUGHPUT, line.bitsPerSecond(pattern, ranks));
            }
        }
        return new Moved(report.payloadBytes(), 0);
    }

    /// The part of a run that one message size is.
    static Params size(int size) {
        return Params.of("size", Integer.toString(size));
    }
}

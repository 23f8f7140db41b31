package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Scratch;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// The HPC Challenge benchmark on a small problem, for what it says about the network: latency and bandwidth of
/// ping-pong (the worst pair), RandomAccess and FFT over all ranks, two a host.
final class Hpcc implements Workload {
    private static final int RANKS_A_HOST = 2;
    private static final int PROBLEM = 400;
    /// Ping-pong alone sends more than so much from host to host.
    private static final long LEAST_BYTES = 1 << 20;
    private static final String OUTPUT = "hpccoutf.txt";
    /// Rank 0 reads and writes in its working directory, which only its own machine has. Open MPI's option for a
    /// working directory would ask it of all of them.
    private static final String RANK = "[ ! -d \"$1\" ] || cd \"$1\" || exit 1; exec hpcc";
    /// RandomAccess may lose so many updates by its own rules.
    private static final double ERRORS = 0.01;

    @Override
    public String name() {
        return "hpcc";
    }

    @Override
    public Metric primary() {
        return Metrics.LATENCY;
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("n", Integer.toString(PROBLEM)));
    }

    @Override
    public Duration overhead() {
        return Duration.ofSeconds(8);
    }

    @Override
    public List<Need> needs() {
        return List.of(new Need("hpcc"), new Need("mpirun"));
    }

    @Override
    public boolean everywhere() {
        return true;
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        int ranks = RANKS_A_HOST * setup.fabric().endpoints().size();
        MpiLauncher launcher = MpiLauncher.find("openmpi");
        Path errors = Path.of(setup.raw() + ".err.txt");
        Program.Result result;
        Optional<String> output;
        try (Scratch scratch = Scratch.at(setup.fabric().endpoints().getFirst())) {
            scratch.write("hpccinf.txt", input(ranks));
            List<String> rank = List.of("sh", "-c", RANK, "sh", scratch.path());
            result = Program.run(
                    launcher.over(setup.fabric(), ranks, rank), Path.of(setup.raw() + ".txt"), errors, setup.limit());
            output = scratch.read(OUTPUT);
        }
        if (output.isPresent()) {
            Files.writeString(Path.of(setup.raw() + "." + OUTPUT), output.get());
        }
        if (setup.killed("hpcc", result, run)) {
            return null;
        }
        if (result.exitCode() != 0 || output.isEmpty()) {
            run.ended(
                    Status.FAILED,
                    "hpcc ended with " + result.exitCode() + (output.isPresent() ? "" : " and wrote no " + OUTPUT)
                            + Program.said(Program.text(errors)));
            return null;
        }
        try {
            record(run, summary(output.get()));
        } catch (IllegalArgumentException e) {
            run.ended(Status.FAILED, e.getMessage());
            return null;
        }
        setup.cpu(run, Metrics.CPU_RANKS, result.cpuSeconds());
        return new Moved(LEAST_BYTES, 0);
    }

    private static void record(Run run, Map<String, String> summary) {
        run.value(Metrics.LATENCY, positive(summary, "MaxPingPongLatency_usec") * 1e3);
        run.value(Metrics.THROUGHPUT, positive(summary, "MinPingPongBandwidth_GBytes") * 8e9);
        run.value(Metrics.GUPS, positive(summary, "MPIRandomAccess_GUPs"));
        run.value(Metrics.GFLOPS, positive(summary, "MPIFFT_Gflops"));
        if (number(summary, "Success") != 1) {
            run.ended(Status.UNVERIFIED, "hpcc says that it had no success");
        }
        double wrong = number(summary, "MPIRandomAccess_ErrorsFraction");
        if (wrong > ERRORS) {
            run.ended(Status.UNVERIFIED, "RandomAccess: " + wrong + " of all updates are wrong");
        }
    }

    /// The lines `KEY=VALUE` between the beginning and the end of hpccoutf.txt's summary.
    ///
    /// @throws IllegalArgumentException when it is not whole, naming the line that does not fit
    static Map<String, String> summary(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        boolean inside = false;
        for (String line : text.lines().toList()) {
            if (line.equals("Begin of Summary section.")) {
                inside = true;
            } else if (line.equals("End of Summary section.") && inside) {
                return values;
            } else if (inside) {
                int at = line.indexOf('=');
                if (at <= 0) {
                    throw new IllegalArgumentException("hpcc's summary has '" + line + "', expected KEY=VALUE");
                }
                values.put(line.substring(0, at), line.substring(at + 1));
            }
        }
        throw new IllegalArgumentException("hpcc's output has no summary section with its end");
    }

    /// A figure of the network: nothing takes no time, or has no rate.
    ///
    /// @throws IllegalArgumentException as [#number], and when it is zero
    static double positive(Map<String, String> summary, String key) {
        double value = number(summary, key);
        if (value == 0) {
            throw new IllegalArgumentException(
                    "hpcc's summary has " + key + "=" + summary.get(key) + ", expected a number above 0");
        }
        return value;
    }

    /// @throws IllegalArgumentException when it is missing, no number, or below zero as where a test did not run
    static double number(Map<String, String> summary, String key) {
        String text = summary.get(key);
        try {
            double value = text == null ? Double.NaN : Double.parseDouble(text);
            if (value >= 0 && Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("hpcc's summary has " + key + "=" + text + ", expected a number from 0 on");
    }

    /// The input file: one problem of HPL on one row of ranks; its size decides those of all other tests.
    static String input(int ranks) {
        String[] values = {
            "vnetp",
            "vnetp",
            "HPL.out",
            "8",
            "1",
            PROBLEM + "",
            "1",
            "80",
            "0",
            "1",
            "1",
            ranks + "",
            "16.0",
            "1",
            "2",
            "1",
            "4",
            "1",
            "2",
            "1",
            "1",
            "1",
            "0",
            "1",
            "0",
            "2",
            "64",
            "0",
            "0",
            "1",
            "8",
            "#",
            "0",
            "1200",
            "0",
            "40"
        };
        return String.join("\n", values) + "\n";
    }
}

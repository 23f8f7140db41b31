package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Scratch;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Round trips by a schedule on an otherwise idle fabric, by [LatencyProbe].
final class Latency implements Workload {
    private static final String PORT = "7007";
    private static final String LOG = "hlog";
    private static final Server.Ready READY = new Server.Ready(LatencyProbe.ECHO_READY, false);
    private static final Map<String, Metric> VALUES = Map.ofEntries(
            Map.entry("sent", Metrics.SENT),
            Map.entry("lost", Metrics.LOSSES),
            Map.entry("min", Metrics.RTT_MIN),
            Map.entry("mean", Metrics.RTT_MEAN),
            Map.entry("p50", Metrics.RTT_P50),
            Map.entry("p90", Metrics.RTT_P90),
            Map.entry("p99", Metrics.RTT_P99),
            Map.entry("p999", Metrics.RTT_P999),
            Map.entry("max", Metrics.RTT_MAX),
            Map.entry("raw50", Metrics.RTT_RAW_P50),
            Map.entry("raw90", Metrics.RTT_RAW_P90),
            Map.entry("raw99", Metrics.RTT_RAW_P99),
            Map.entry("raw999", Metrics.RTT_RAW_P999),
            Map.entry("rawmax", Metrics.RTT_RAW_MAX));

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public Metric primary() {
        return Metrics.RTT_P50;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("payload", "64", "rate", "1000"));
    }

    @Override
    public Duration overhead() {
        return Duration.ofMillis(1_000);
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        return probe(setup, run, setup.params().get("rate"), setup.params().get("payload"));
    }

    /// Makes probes for the run's seconds and records their times; null when that failed.
    ///
    /// @param rate probes a second
    /// @param payload bytes of each
    static Moved probe(Setup setup, Run run, String rate, String payload) throws IOException, InterruptedException {
        Path output = Path.of(setup.raw() + ".txt");
        Program.Result result;
        String log;
        setup.servers()
                .at(
                        setup.server(),
                        java(LatencyProbe.class, List.of("echo", setup.server().address(), PORT)),
                        READY,
                        setup.raw());
        try (Scratch scratch = Scratch.at(setup.client())) {
            List<String> probe = java(
                    LatencyProbe.class,
                    List.of(
                            "probe",
                            setup.server().address(),
                            PORT,
                            rate,
                            Double.toString(setup.seconds()),
                            payload,
                            scratch.path(LOG)));
            result = Program.run(
                    setup.client().tethered(probe), output, Path.of(setup.raw() + ".err.txt"), setup.limit());
            log = scratch.read(LOG).orElse("");
        }
        if (setup.killed("prober", result, run)) {
            return null;
        }
        Map<String, Double> values = values(Program.text(output));
        if (result.exitCode() != 0 || !values.keySet().containsAll(VALUES.keySet())) {
            run.ended(
                    Status.FAILED,
                    "prober ended with " + result.exitCode() + ": "
                            + Program.text(Path.of(setup.raw() + ".err.txt")).strip());
            return null;
        }
        Files.writeString(setup.latency(), log);
        values.forEach((key, value) -> run.value(VALUES.get(key), value));
        long answered = (long) (values.get("sent") - values.get("lost"));
        if (answered == 0) {
            run.ended(Status.FAILED, "no probe came back");
            return null;
        }
        return new Moved(2 * answered * Integer.parseInt(payload), 2 * answered);
    }

    /// The `key=number` words that our programs print; others are passed over.
    static Map<String, Double> values(String text) {
        Map<String, Double> values = new TreeMap<>();
        for (String word : text.strip().split("\\s+")) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                values.put(word.substring(0, equals), Double.parseDouble(word.substring(equals + 1)));
            }
        }
        return values;
    }

    /// A command that runs a program of ours at an endpoint.
    static List<String> java(Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Machine.java(),
                "-Xms64m",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Machine.classPath(),
                main.getName()));
        command.addAll(arguments);
        return command;
    }
}

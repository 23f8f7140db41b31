package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Round trips between two processes, one after the other, by sockperf's ping-pong. It waits for
/// each answer before it asks again, so it tells nothing about queueing; [LatencyProbe] does.
final class Sockperf implements Workload {
    private static final String PORT = "11111";
    private static final Server.Ready READY = new Server.Ready("block on socket", false);
    /// Exact as a double.
    private static final double MOST = 1e15;

    private static final Pattern RESULT =
            Pattern.compile("---> (?:percentile ([0-9.]+)|(<MIN>|<MAX>) observation) = *(\\S*)");
    private static final Pattern COUNT = Pattern.compile("Total (\\S+) observations");

    @Override
    public String name() {
        return "rtt-pingpong";
    }

    @Override
    public Metric primary() {
        return Metrics.RTT_P50;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("protocol", "tcp", "payload", "64"), Params.of("protocol", "udp", "payload", "64"));
    }

    /// TCP alone; [Latency] has round trips by UDP.
    @Override
    public List<Params> quickCells() {
        return cells().subList(0, 1);
    }

    /// It sleeps for two seconds before it begins, and warms up and drains.
    @Override
    public Duration overhead() {
        return Duration.ofMillis(2_500);
    }

    @Override
    public List<Need> needs() {
        return List.of(new Need("sockperf"), new Need("stdbuf"));
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        int payload = Integer.parseInt(setup.params().get("payload"));
        List<String> common = new ArrayList<>(List.of("-i", setup.server().address(), "-p", PORT));
        if (setup.params().get("protocol").equals("tcp")) {
            common.add("--tcp");
        }
        List<String> answering = new ArrayList<>(List.of("stdbuf", "-oL", "sockperf", "server"));
        answering.addAll(common);
        // Its times are half round trips unless told otherwise.
        List<String> client = new ArrayList<>(List.of("sockperf", "ping-pong", "--full-rtt"));
        client.addAll(common);
        client.addAll(List.of("--msg-size", Integer.toString(payload)));
        client.addAll(List.of("-t", String.format(Locale.ROOT, "%.0f", setup.seconds())));
        Path output = Path.of(setup.raw() + ".txt");
        Server server = setup.servers().at(setup.server(), answering, READY, setup.raw());
        double before = server.cpuSeconds();
        Program.Result result =
                Program.run(setup.client().tethered(client), output, Path.of(setup.raw() + ".err.txt"), setup.limit());
        double serverCpu = server.cpuSeconds() - before;
        if (setup.killed("sockperf", result, run)) {
            return null;
        }
        long count;
        try {
            count = parse(Program.text(output), run);
        } catch (IllegalArgumentException e) {
            run.ended(Status.FAILED, e.getMessage());
            return null;
        }
        if (result.exitCode() != 0 || count == 0) {
            run.ended(Status.FAILED, "sockperf ended with " + result.exitCode() + " and " + count + " round trips");
            return null;
        }
        setup.cpu(run, Metrics.CPU_SENDER, result.cpuSeconds());
        setup.cpu(run, Metrics.CPU_RECEIVER, serverCpu);
        return new Moved(2 * count * payload, 2 * count);
    }

    /// Records the percentiles that sockperf prints in microseconds; returns the number of round
    /// trips, 0 when it printed no result.
    ///
    /// @throws IllegalArgumentException naming a figure that is none, or the median where there is a result without
    static long parse(String text, Run run) {
        Matcher lines = RESULT.matcher(text);
        boolean median = false;
        while (lines.find()) {
            double ns = positive(lines.group(3), lines.group()) * 1e3;
            median |= "50.000".equals(lines.group(1));
            switch (lines.group(1) == null ? lines.group(2) : lines.group(1)) {
                case "50.000" -> run.value(Metrics.RTT_P50, ns);
                case "90.000" -> run.value(Metrics.RTT_P90, ns);
                case "99.000" -> run.value(Metrics.RTT_P99, ns);
                case "99.900" -> run.value(Metrics.RTT_P999, ns);
                case "<MAX>" -> run.value(Metrics.RTT_MAX, ns);
                case "<MIN>" -> run.value(Metrics.RTT_MIN, ns);
                default -> {
                    // Other percentiles are in the raw output.
                }
            }
        }
        Matcher count = COUNT.matcher(text);
        if (!count.find()) {
            return 0;
        }
        double trips = positive(count.group(1), count.group());
        if (trips != Math.rint(trips) || trips > MOST) {
            throw new IllegalArgumentException("sockperf says '" + count.group() + "', expected a count");
        }
        if (!median) {
            throw new IllegalArgumentException("sockperf tells no percentile 50.000");
        }
        return (long) trips;
    }

    private static double positive(String number, String line) {
        try {
            double value = Double.parseDouble(number);
            if (value > 0 && Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("sockperf says '" + line + "', expected a number above 0");
    }
}

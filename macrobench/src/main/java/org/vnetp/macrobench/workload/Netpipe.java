package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.testbed.Scratch;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// NetPIPE's ping-pong over TCP (`NPtcp`), from one byte to 4 MiB, by a constant number of round trips a size.
/// Recorded by size as [MpiWorkload] does it.
final class Netpipe implements Workload {
    private static final int PORT = 5002;
    private static final String REPEATS = "20";
    private static final int LARGEST = 4 << 20;
    private static final String TABLE = "table";
    private static final Pattern LINE = Pattern.compile("\\s*(\\d{1,9})\\s+(\\d+\\.\\d+)\\s+(\\d+\\.\\d+)\\s*");

    /// @param size in bytes
    /// @param megabitsPerSecond in 2^20 bit, as NetPIPE counts them
    /// @param seconds of half a round trip
    record Line(int size, double megabitsPerSecond, double seconds) {}

    @Override
    public String name() {
        return "netpipe";
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
    public boolean byDefault() {
        return false;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("size", MpiWorkload.ALL));
    }

    @Override
    public Duration overhead() {
        return Duration.ofSeconds(2);
    }

    @Override
    public List<Need> needs() {
        return List.of(new Need("NPtcp"));
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        // Both ends need the same sizes and repeats: nothing of it is told over the connection.
        List<String> common = List.of(
                "NPtcp", "-P", Integer.toString(PORT), "-p", "0", "-n", REPEATS, "-u", Integer.toString(LARGEST), "-o");
        List<String> server = new ArrayList<>(common);
        server.add("/dev/null");
        List<String> client = new ArrayList<>(common);
        Program.Result result;
        double serverCpu;
        String table;
        try (Scratch scratch = Scratch.at(setup.client());
                Server running = Server.start(
                        setup.server(),
                        server,
                        new Server.Ready("Send and receive buffers", false),
                        Path.of(setup.raw() + ".server.txt"))) {
            running.awaitListening(PORT); // it says so just before
            client.addAll(List.of(scratch.path(TABLE), "-h", setup.server().address()));
            result = Program.run(
                    setup.client().tethered(client),
                    Path.of(setup.raw() + ".out.txt"),
                    Path.of(setup.raw() + ".err.txt"),
                    setup.limit());
            serverCpu = running.cpuSeconds();
            table = scratch.read(TABLE).orElse("");
        }
        if (setup.killed("NPtcp", result, run)) {
            return null;
        }
        if (result.exitCode() != 0) {
            run.ended(
                    Status.FAILED,
                    "NPtcp ended with " + result.exitCode()
                            + Program.said(Program.text(Path.of(setup.raw() + ".err.txt"))));
            return null;
        }
        Files.writeString(Path.of(setup.raw() + ".txt"), table);
        List<Line> lines;
        try {
            lines = parse(table);
        } catch (IllegalArgumentException e) {
            run.ended(Status.FAILED, e.getMessage());
            return null;
        }
        double logs = 0;
        long bytes = 0;
        for (Line line : lines) {
            Params size = MpiWorkload.size(line.size());
            run.value(size, Metrics.LATENCY, line.seconds() * 1e9);
            run.value(size, Metrics.THROUGHPUT, 8 * line.size() / line.seconds());
            logs += Math.log(line.seconds() * 1e9);
            bytes += 2L * Integer.parseInt(REPEATS) * line.size();
        }
        run.value(Metrics.LATENCY, Math.exp(logs / lines.size()));
        setup.cpu(run, Metrics.CPU_SENDER, result.cpuSeconds());
        setup.cpu(run, Metrics.CPU_RECEIVER, serverCpu);
        run.value(Metrics.PAYLOAD_BYTES, bytes);
        return new Moved(bytes, 0);
    }

    /// Reads the table that NetPIPE writes: size, Mbit/s, seconds.
    ///
    /// @throws IllegalArgumentException naming what is not as expected
    static List<Line> parse(String text) {
        List<Line> lines = new ArrayList<>();
        for (String row : text.lines().toList()) {
            Matcher m = LINE.matcher(row);
            Line line = m.matches()
                    ? new Line(
                            Integer.parseInt(m.group(1)),
                            Double.parseDouble(m.group(2)),
                            Double.parseDouble(m.group(3)))
                    : null;
            if (line == null
                    || !(line.seconds() > 0)
                    || !Double.isFinite(line.seconds())
                    || !lines.isEmpty() && lines.getLast().size() >= line.size()) {
                throw new IllegalArgumentException(
                        "NPtcp wrote '" + row.strip() + "', expected rising size, Mbit/s and seconds");
            }
            lines.add(line);
        }
        if (lines.isEmpty() || lines.getLast().size() != LARGEST) {
            throw new IllegalArgumentException("NPtcp's table ends at "
                    + (lines.isEmpty() ? "nothing" : lines.getLast().size() + " B") + ", expected " + LARGEST + " B");
        }
        return lines;
    }
}

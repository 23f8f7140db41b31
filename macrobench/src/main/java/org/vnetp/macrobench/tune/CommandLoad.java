package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// The user's own command: it runs once a region at the first endpoint, by a shell, and the last number
/// that it prints counts. `$VNETP_PEER` is the other endpoint's address; a second command may serve there from the
/// start.
public final class CommandLoad implements LiveWorkload {
    /// What it measures, to the suite.
    public static final String METRIC = "user_value";

    private static final Pattern NUMBER = Pattern.compile("[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?");
    private static final int SAID = 200;

    private final String command;
    private final String server;
    private final Metric metric;
    private final Duration limit;
    private double usual;

    /// @param server runs at the other endpoint while the workload stays; empty for none
    /// @param more whether more is better
    /// @param limit of one run
    /// @param usual seconds that a run takes, roughly
    public CommandLoad(String command, String server, boolean more, Duration limit, double usual) {
        this.command = command;
        this.server = server;
        this.metric = new Metric(
                METRIC,
                "",
                more ? Metric.Direction.HIGHER_IS_BETTER : Metric.Direction.LOWER_IS_BETTER,
                "the command's number");
        this.limit = limit;
        this.usual = usual;
    }

    public Metric metric() {
        return metric;
    }

    @Override
    public String name() {
        return "command";
    }

    @Override
    public double seconds() {
        return usual;
    }

    /// The last number of a text, with nothing but blanks and units around it; NaN where there is none.
    static double number(String text) {
        double last = Double.NaN;
        Matcher matcher = NUMBER.matcher(text);
        while (matcher.find()) {
            last = Double.parseDouble(matcher.group());
        }
        return last;
    }

    @Override
    public Live start(Site site) throws IOException, InterruptedException {
        Endpoint near = site.fabric().endpoints().get(0);
        Endpoint far = site.fabric().endpoints().get(1);
        Process serving = null;
        if (!server.isEmpty()) {
            ProcessBuilder builder = far.tethered(List.of("sh", "-c", server));
            builder.environment().put("VNETP_PEER", near.address());
            builder.environment().put("VNETP_ADDRESS", far.address());
            Path log = Path.of(site.raw("command-server") + ".txt");
            serving = builder.redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Thread.sleep(500);
            if (!serving.isAlive()) {
                throw new IOException("'" + server + "' at " + far.hostName() + " has ended: "
                        + Program.text(log).strip());
            }
        }
        return new Running(site, near, far, serving);
    }

    private final class Running implements Live {
        private final Site site;
        private final Endpoint near;
        private final Endpoint far;
        private final Process serving;

        Running(Site site, Endpoint near, Endpoint far, Process serving) {
            this.site = site;
            this.near = near;
            this.far = far;
            this.serving = serving;
        }

        @Override
        public void settle() throws InterruptedException {
            Thread.sleep(20);
        }

        @Override
        public long region(Run run) throws IOException, InterruptedException {
            ProcessBuilder builder = near.tethered(List.of("sh", "-c", command));
            builder.environment().put("VNETP_PEER", far.address());
            builder.environment().put("VNETP_ADDRESS", near.address());
            Path raw = site.raw("command");
            Path out = Path.of(raw + ".txt");
            Path err = Path.of(raw + ".err.txt");
            Program.Result result = Program.run(builder, out, err, limit);
            usual = result.wall().toMillis() / 1e3;
            if (result.timedOut()) {
                run.ended(Status.TIMEOUT, "'" + command + "' was killed after " + limit.toSeconds() + " s");
                return 0;
            }
            if (result.exitCode() != 0) {
                run.ended(Status.FAILED, "'" + command + "'" + result.ending() + Program.said(Program.text(err)));
                return 0;
            }
            String said = Program.text(out).strip();
            double value = number(said);
            if (Double.isNaN(value) || !(value > 0)) {
                run.ended(
                        Status.FAILED,
                        "'" + command + "' printed '" + said.substring(0, Math.min(SAID, said.length()))
                                + "'; expected a number above 0");
                return 0;
            }
            run.value(metric, value);
            return 0;
        }

        @Override
        public void close() {
            if (serving != null) {
                Child.end(serving);
            }
        }
    }
}

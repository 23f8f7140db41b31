package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Throughput by iperf3.
///
/// @param cells parameters: `streams`, `direction` (forward, reverse), `payload` (bytes, UDP only)
record Iperf3(String name, Metric primary, boolean udp, List<Params> cells) implements Workload {
    private static final String PORT = "5201";

    /// TCP, as fast as it goes: one and four streams, and one the other way.
    static Iperf3 throughput() {
        return new Iperf3(
                "tcp-throughput",
                Metrics.THROUGHPUT,
                false,
                List.of(
                        Params.of("streams", "1", "direction", "forward"),
                        Params.of("streams", "4", "direction", "forward"),
                        Params.of("streams", "1", "direction", "reverse")));
    }

    /// UDP datagrams as fast as one thread sends them; what arrives counts.
    static Iperf3 frames() {
        return new Iperf3("udp-frames", Metrics.FRAME_RATE, true, List.of(Params.of("payload", "64")));
    }

    @Override
    public List<String> programAndPackage() {
        return List.of("iperf3", "iperf3");
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        Params params = setup.params();
        List<String> command = new ArrayList<>(
                List.of("iperf3", "--json", "--client", setup.server().address()));
        command.addAll(List.of("--port", PORT, "--time", String.format(Locale.ROOT, "%.0f", setup.seconds())));
        if (udp) {
            command.addAll(List.of("--udp", "--bitrate", "0", "--length", params.get("payload")));
        } else {
            command.addAll(List.of("--parallel", params.get("streams")));
        }
        if (params.get("direction").equals("reverse")) {
            command.add("--reverse");
        }
        Path json = Path.of(setup.raw() + ".json");
        Program.Result result;
        try (Server _ = Server.start(
                setup.server(),
                List.of("iperf3", "--server", "--one-off", "--forceflush", "--port", PORT),
                "Server listening",
                Path.of(setup.raw() + ".server.txt"))) {
            result = Program.run(
                    setup.client().command(command), json, Path.of(setup.raw() + ".err.txt"), setup.limit());
        }
        if (result.timedOut()) {
            run.ended(Status.TIMEOUT, "iperf3 killed after " + setup.limit().toSeconds() + " s");
            return null;
        }
        Iperf3Report report;
        try {
            report = Iperf3Report.parse(Files.readString(json));
        } catch (IllegalArgumentException e) {
            run.ended(Status.FAILED, e.getMessage());
            return null;
        }
        long messages = report.packets() - report.lostPackets();
        if (udp) {
            run.value(Metrics.FRAME_RATE, messages / report.seconds());
            run.value(Metrics.SENT, report.packets());
            run.value(Metrics.LOSSES, report.lostPackets());
        } else {
            run.value(Metrics.THROUGHPUT, report.bitsPerSecond());
            run.value(Metrics.RETRANSMITS, report.retransmits());
        }
        run.value(Metrics.CPU_SENDER, report.senderCpuSeconds());
        run.value(Metrics.CPU_RECEIVER, report.receiverCpuSeconds());
        return new Moved(report.bytes(), messages);
    }
}

package org.vnetp.macrobench.workload;

import java.io.IOException;
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
/// @param sizes what the user may choose sizes of
/// @param byDefault whether it runs when none is named
/// @param cells parameters, each may be left out: `streams`, `direction` (forward, reverse), `payload`
///     (bytes of a datagram), `size` (in bytes, of what `sizes` says)
record Iperf3(String name, Metric primary, boolean udp, Sizes sizes, boolean byDefault, List<Params> cells)
        implements Workload {
    /// What a size is.
    enum Sizes {
        /// There are none to choose.
        NONE,
        /// A TCP write or a datagram.
        MESSAGE,
        /// An Ethernet frame with FCS.
        FRAME
    }

    private static final String PORT = "5201";
    /// It listens anew after every test; a client that comes before is refused.
    private static final Server.Ready READY = new Server.Ready("Server listening", true);
    private static final int LEAST_MESSAGE = 16; // iperf3's own least for UDP
    private static final int MOST_DATAGRAM = 65_000;
    private static final int MOST_WRITE = 1 << 20;

    /// TCP, as fast as it goes: one and four streams, both ways.
    static Iperf3 throughput() {
        return new Iperf3(
                "tcp-throughput",
                Metrics.THROUGHPUT,
                false,
                Sizes.MESSAGE,
                true,
                List.of(
                        Params.of("streams", "1", "direction", "forward"),
                        Params.of("streams", "4", "direction", "forward"),
                        Params.of("streams", "1", "direction", "reverse"),
                        Params.of("streams", "4", "direction", "reverse")));
    }

    /// UDP datagrams as fast as one thread sends them; what arrives counts.
    static Iperf3 frames() {
        return new Iperf3(
                "udp-frames", Metrics.FRAME_RATE, true, Sizes.NONE, true, List.of(Params.of("payload", "64")));
    }

    /// Frames of RFC 2544's sizes as fast as one thread sends them; what arrives counts. The native
    /// rate beside it shows where the sender is the limit.
    static Iperf3 frameRate() {
        return new Iperf3(
                "frame-rate", Metrics.FRAME_RATE, true, Sizes.FRAME, false, FrameSize.cells(FrameSize.RFC_2544));
    }

    /// UDP in datagrams that fill a frame, as fast as it goes.
    static Iperf3 udpThroughput() {
        return new Iperf3(
                "udp-throughput",
                Metrics.THROUGHPUT,
                true,
                Sizes.MESSAGE,
                false,
                List.of(
                        Params.of("streams", "1", "direction", "forward", "size", "1400"),
                        Params.of("streams", "4", "direction", "forward", "size", "1400"),
                        Params.of("streams", "1", "direction", "reverse", "size", "1400"),
                        Params.of("streams", "4", "direction", "reverse", "size", "1400")));
    }

    /// One stream, both ways.
    @Override
    public List<Params> quickCells() {
        return cells.stream()
                .filter(params -> !params.get("streams").equals("4"))
                .toList();
    }

    @Override
    public boolean sized() {
        return sizes != Sizes.NONE;
    }

    @Override
    public List<Params> cells(List<Integer> chosen) {
        if (sizes == Sizes.NONE) {
            return Workload.super.cells(chosen);
        }
        if (sizes == Sizes.FRAME) {
            return FrameSize.cells(chosen);
        }
        int most = udp ? MOST_DATAGRAM : MOST_WRITE;
        List<Params> all = new ArrayList<>();
        for (int size : chosen) {
            if (size < LEAST_MESSAGE || size > most) {
                throw new IllegalArgumentException("--sizes: expected messages of " + LEAST_MESSAGE + " to " + most
                        + " bytes for " + name + ", got " + size);
            }
        }
        for (Params params : cells) {
            chosen.forEach(size -> all.add(params.with("size", Integer.toString(size))));
        }
        return all;
    }

    @Override
    public List<Need> needs() {
        return List.of(new Need("iperf3"));
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        Params params = setup.params();
        String length = params.get("payload") + params.get("size");
        if (sizes == Sizes.FRAME) {
            int size = Integer.parseInt(params.get("size"));
            if (!FrameSize.fits(size, setup.client(), run)) {
                return null;
            }
            length = Integer.toString(FrameSize.payload(size));
        }
        List<String> command = new ArrayList<>(
                List.of("iperf3", "--json", "--client", setup.server().address()));
        command.addAll(List.of("--port", PORT, "--time", String.format(Locale.ROOT, "%.0f", setup.seconds())));
        if (udp) {
            command.addAll(List.of("--udp", "--bitrate", "0"));
        }
        if (!length.isEmpty()) {
            command.addAll(List.of("--length", length));
        }
        if (!params.get("streams").isEmpty()) {
            command.addAll(List.of("--parallel", params.get("streams")));
        }
        if (params.get("direction").equals("reverse")) {
            command.add("--reverse");
        }
        Path json = Path.of(setup.raw() + ".json");
        // At its own address: machines of an inventory have a server for every fabric.
        List<String> answering = List.of(
                "iperf3", "--server", "--forceflush", "--bind", setup.server().address(), "--port", PORT);
        setup.servers().at(setup.server(), answering, READY, setup.raw());
        Program.Result result =
                Program.run(setup.client().tethered(command), json, Path.of(setup.raw() + ".err.txt"), setup.limit());
        if (setup.killed("iperf3", result, run)) {
            return null;
        }
        Iperf3Report report;
        try {
            report = Iperf3Report.parse(Program.text(json));
        } catch (IllegalArgumentException e) {
            run.ended(Status.FAILED, e.getMessage());
            return null;
        }
        record(run, report);
        return new Moved(report.bytes(), report.packets() - report.lostPackets());
    }

    void record(Run run, Iperf3Report report) {
        if (udp) {
            long messages = report.packets() - report.lostPackets();
            if (messages == 0 && report.packets() > 0) {
                // Overload cannot be told from a way that carries no such datagram at all: no result either way.
                run.ended(Status.FAILED, "none of " + report.packets() + " datagrams arrived whole");
            } else if (primary.equals(Metrics.FRAME_RATE)) {
                run.value(Metrics.FRAME_RATE, messages / report.seconds());
            } else {
                run.value(Metrics.THROUGHPUT, report.bitsPerSecond());
            }
            run.value(Metrics.SENT, report.packets());
            run.value(Metrics.LOSSES, report.lostPackets());
        } else {
            run.value(Metrics.THROUGHPUT, report.bitsPerSecond());
            run.value(Metrics.RETRANSMITS, report.retransmits());
        }
        run.value(Metrics.CPU_SENDER, report.senderCpuSeconds());
        run.value(Metrics.CPU_RECEIVER, report.receiverCpuSeconds());
    }
}

package org.vnetp.reports;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;

/// Result directories with made-up figures, always the same.
public final class SyntheticResults {
    static final String HOSTILE = "<script>alert(\"x\")</script> & 100% _under_ \\x {y} |pipe| `tick`";

    private SyntheticResults() {}

    /// Writes all three kinds below a directory, to be looked at: `nas`, `macro`, `micro`.
    public static void main(String[] args) throws IOException {
        Path root = Path.of(args[0]);
        nas(root.resolve("nas"));
        macro(root.resolve("macro"));
        micro(root.resolve("micro"));
        for (String name : List.of("nas", "macro", "micro")) {
            System.out.print(Reports.terminalTable(root.resolve(name)));
            Reports.write(root.resolve(name));
        }
    }

    private static RunInfo info(String suite) {
        Environment environment = new Environment(Map.of(
                "cpu.model", "Example CPU @ 2.00GHz",
                "cpu.processors", "2",
                "kernel.version", "6.1.0",
                "jdk.version", "25.0.3+9",
                "git.commit", "0123456789abcdef0123456789abcdef01234567",
                "git.dirty", "false",
                "hypervisor.vendor", HOSTILE));
        return RunInfo.builder("example", suite, "2026-11-23T06:00:00Z", environment)
                .command(List.of("./vnetp", suite, "--seed", "42", "--name", "it's"))
                .seed(42)
                .setting("blocks", 8)
                .setting("hosts", 2)
                .fabric("native", "the hosts themselves, MTU 1500")
                .fabric("vnetp", "encapsulation vnet, dispatch adaptive, MTU 1458")
                .fabric("vxlan", "the kernel's overlay, MTU 1450")
                .version("mpi", "Open MPI 4.1.4")
                .note("Figures are made up: " + HOSTILE)
                .build()
                .withState("complete", "2026-11-23T06:09:00Z");
    }

    public static Path nas(Path directory) throws IOException {
        Random random = new Random(1);
        String[] names = {"ep.A.4", "mg.A.4", "cg.A.4", "ft.W.4", "is.A.4", "lu.W.4", "sp.W.4", "bt.W.4", "cg.B.8"};
        double[] mops = {52.1, 1890, 702, 810, 61.5, 2710, 1105, 1820, 1510};
        double[] bytes = {2e4, 6e7, 3.1e8, 2.4e8, 9.5e7, 4.2e7, 8.8e7, 7.0e7, 9e8};
        try (ResultDirectory out = ResultDirectory.create(directory, info("nas"))) {
            for (int block = 0; block < 8; block++) {
                for (int k = names.length - 1; k >= 0; k--) {
                    for (String link : List.of("10gbit", "1gbit")) {
                        for (String fabric : List.of("vxlan", "native", "vnetp", "native-again")) {
                            out.append(run(random, names[k], mops[k], bytes[k], link, fabric, block));
                        }
                    }
                }
            }
        }
        return directory;
    }

    private static Run run(
            Random random, String name, double mops, double bytes, String link, String fabric, int block) {
        double seconds = 2.0;
        double rate = bytes / seconds;
        boolean slow = link.equals("1gbit");
        double factor = switch (fabric) {
            case "vnetp" -> 1 - rate / (slow ? 9e9 : 3e9);
            case "vxlan" -> 1 - rate / (slow ? 4e9 : 1.5e9);
            default -> 1;
        };
        double value = mops * factor * (slow ? 0.93 : 1) * Math.exp(0.012 * random.nextGaussian());
        Run run = new Run("nas", name, fabric, link, Params.NONE, block, 0)
                .launch(block / 4)
                .at(60.0 * block + Math.floorMod(name.hashCode(), 40))
                .value(Metrics.MOPS, value)
                .value(Metrics.TIME, seconds * mops / value)
                .value(Metrics.COMM_SHARE, Math.min(0.6, rate / 4e8))
                .value(Metrics.BYTES_ON_WIRE, bytes * (fabric.startsWith("native") ? 1 : 1.03))
                .value(Metrics.FRAMES_ON_WIRE, Math.rint(bytes / 9000))
                .value(Metrics.TIMED_PAYLOAD, bytes * 0.8)
                .value(Metrics.CPU_RANKS, 4 * seconds)
                .value(Metrics.CPU_NODES, fabric.equals("vnetp") ? rate / 1e9 : 0)
                .value(Metrics.SOFTIRQ, rate / 2e9);
        if (fabric.equals("vnetp") && name.equals("is.A.4") && slow && block == 3) {
            run.ended(Status.UNVERIFIED, "verification said FAILED; " + HOSTILE);
        } else if (fabric.equals("vxlan") && name.equals("sp.W.4") && !slow) {
            run.ended(Status.NOT_ON_PATH, "0 bytes crossed vx0, at least 80 MB expected");
        } else if (fabric.equals("vnetp") && name.equals("bt.W.4") && !slow && block == 1) {
            run.ended(Status.TIMEOUT, "killed after 60 s");
        }
        return run;
    }

    public static Path macro(Path directory) throws IOException {
        Random random = new Random(2);
        try (ResultDirectory out = ResultDirectory.create(directory, info("macro"))) {
            for (int block = 0; block < 6; block++) {
                for (String fabric : List.of("native", "vnetp", "vxlan", "tinc")) {
                    double slow = switch (fabric) {
                        case "native" -> 1;
                        case "vnetp" -> 1.1;
                        case "vxlan" -> 1.3;
                        default -> 9;
                    };
                    for (int size = 64; size <= 65536; size *= 4) {
                        double noise = Math.exp(0.03 * random.nextGaussian());
                        double seconds = 2e-6 * slow + size / 1.2e9 * slow;
                        out.append(new Run(
                                        "macro",
                                        "tcp-throughput",
                                        fabric,
                                        "10gbit",
                                        Params.of("size", "" + size),
                                        block,
                                        0)
                                .value(Metrics.THROUGHPUT, 8 * size / seconds * noise)
                                .value(Metrics.CPU_PER_GIB, 0.6 * slow * noise)
                                .value(Metrics.PAYLOAD_BYTES, 4.0 * (1 << 30))
                                .value(Metrics.CPU_SENDER, 0.5 * noise)
                                .value(Metrics.CPU_RECEIVER, 0.6 * noise)
                                .value(Metrics.CPU_NODES, fabric.equals("vnetp") ? 0.7 * noise : 0)
                                .value(Metrics.SOFTIRQ, 0.3 * slow * noise)
                                .value(Metrics.RETRANSMITS, random.nextInt(20)));
                        out.append(new Run(
                                        "macro",
                                        "mpi-pingpong",
                                        fabric,
                                        "10gbit",
                                        Params.of("size", "" + size),
                                        block,
                                        0)
                                .value(Metrics.LATENCY, (20_000 + size * 1.5) * slow * noise));
                    }
                    double noise = Math.exp(0.03 * random.nextGaussian());
                    double rtt = 30_000 * slow * noise;
                    Run probe = new Run("macro", "latency-idle", fabric, "10gbit", Params.NONE, block, 0);
                    histogram(out.latency(probe.fileName() + ".hlog"), random, rtt);
                    out.append(probe.value(Metrics.RTT_P50, rtt)
                            .value(Metrics.RTT_P90, rtt * 1.2)
                            .value(Metrics.RTT_P99, rtt * 2.1)
                            .value(Metrics.RTT_P999, rtt * 5)
                            .value(Metrics.RTT_MAX, rtt * 30)
                            .value(Metrics.LOSSES, 0));
                    for (int size : new int[] {64, 128, 256, 512, 1024, 1280, 1518}) {
                        Run run = new Run(
                                        "macro", "frame-rate", fabric, "10gbit", Params.of("size", "" + size), block, 0)
                                .value(Metrics.FRAME_RATE, 900_000 / slow * noise / (1 + size / 4000.0))
                                .value(Metrics.CPU_PER_MFRAMES, 1.1 * slow * noise)
                                .value(Metrics.MESSAGES, 2e6)
                                .value(Metrics.PAYLOAD_BYTES, 2e6 * size);
                        if (fabric.equals("tinc") && size == 64) {
                            run.ended(Status.FAILED, "tincd died: no buffer space");
                        }
                        out.append(run);
                    }
                }
            }
        }
        return directory;
    }

    private static void histogram(Path file, Random random, double rtt) throws IOException {
        Histogram histogram = new Histogram(3);
        for (int i = 0; i < 5000; i++) {
            histogram.recordValue((long) (rtt * (0.9 + 0.1 / (1 - random.nextDouble()))));
        }
        HistogramLogWriter writer = new HistogramLogWriter(file.toFile());
        writer.outputLogFormatVersion();
        writer.outputLegend();
        writer.outputIntervalHistogram(0, 1000, histogram, 1);
        writer.close();
    }

    public static Path micro(Path directory) throws IOException {
        try (ResultDirectory out = ResultDirectory.create(directory, info("micro"))) {
            StringBuilder json = new StringBuilder("[");
            for (int size : new int[] {64, 256, 1500, 9000, 65000}) {
                entry(
                        json,
                        "encap.VnetCodecBenchmark.encapsulate",
                        "\"frameBytes\": \"" + size + "\"",
                        9.5 + size / 9000.0,
                        0.1,
                        0);
                entry(
                        json,
                        "encap.VnetCodecBenchmark.copyBaseline",
                        "\"frameBytes\": \"" + size + "\"",
                        2 + size / 20.0,
                        0.2,
                        0);
            }
            for (int rules : new int[] {10, 1000, 100000, 1000000}) {
                entry(
                        json,
                        "route.FlowCacheBenchmark.hit",
                        "\"rules\": \"" + rules + "\"",
                        5.2 + Math.log10(rules) / 10,
                        0.1,
                        0);
                entry(json, "route.FlowCacheBenchmark.miss", "\"rules\": \"" + rules + "\"", 30 + rules / 1e5, 1.5, 24);
            }
            for (int batch : new int[] {1, 4, 16, 64}) {
                entry(
                        json,
                        "dispatch.LoopBenchmark.forward",
                        "\"batch\": \"" + batch + "\"",
                        90 + 25.0 * batch,
                        3,
                        0.0004);
            }
            Files.writeString(
                    out.path().resolve("jmh.json"), json.append("\n]\n").toString());
        }
        return directory;
    }

    private static void entry(StringBuilder json, String name, String param, double score, double error, double bytes) {
        json.append(json.length() > 1 ? "," : "")
                .append("\n  {\"jmhVersion\": \"1.37\", \"benchmark\": \"org.vnetp.microbench.")
                .append(name)
                .append("\", \"mode\": \"avgt\", \"params\": {")
                .append(param)
                .append("}, \"primaryMetric\": {\"score\": ")
                .append(score)
                .append(", \"scoreError\": ")
                .append(error)
                .append(", \"scoreUnit\": \"ns/op\"}, \"secondaryMetrics\": {\"gc.alloc.rate.norm\": {\"score\": ")
                .append(bytes)
                .append(", \"scoreUnit\": \"B/op\"}}}");
    }
}

package org.vnetp.overlay.stats;

import java.util.Arrays;
import org.vnetp.overlay.frame.MacAddress;

/// A snapshot in Prometheus' text format 0.0.4.
public final class PrometheusText {
    /// The media type to serve it under.
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder out = new StringBuilder();

    private PrometheusText() {}

    /// All counters of a snapshot.
    public static String of(Snapshot snapshot) {
        PrometheusText text = new PrometheusText();
        String node = label("node", snapshot.node());
        for (PortCounter counter : PortCounter.values()) {
            String name = "vnetp_port_" + counter.label() + "_total";
            text.head(name, counter.description(), "counter");
            for (Snapshot.Port port : snapshot.ports()) {
                String labels = node + "," + label("kind", port.port().kind()) + ","
                        + label("port", port.port().name());
                text.sample(name, labels, port.get(counter));
            }
        }
        text.head("vnetp_drops_total", "frames and datagrams discarded, by reason", "counter");
        for (DropReason reason : DropReason.values()) {
            text.sample("vnetp_drops_total", node + "," + label("reason", reason.label()), snapshot.drops(reason));
        }
        for (LoopCounter counter : LoopCounter.values()) {
            String name = "vnetp_loop_" + counter.label() + "_total";
            text.head(name, counter.description(), "counter");
            for (Snapshot.Loop loop : snapshot.loops()) {
                text.sample(name, node + "," + label("loop", loop.name()), loop.get(counter));
            }
        }
        text.head("vnetp_batch_frames", "frames that a round of a loop moved", "histogram");
        for (Snapshot.Loop loop : snapshot.loops()) {
            String labels = node + "," + label("loop", loop.name());
            long rounds = 0;
            for (int i = 0; i < loop.batches().length - 1; i++) {
                rounds += loop.batches()[i];
                text.sample(
                        "vnetp_batch_frames_bucket",
                        labels + "," + label("le", Integer.toString(BatchHistogram.upperBound(i))),
                        rounds);
            }
            long all = Arrays.stream(loop.batches()).sum();
            text.sample("vnetp_batch_frames_bucket", labels + "," + label("le", "+Inf"), all);
            text.sample("vnetp_batch_frames_sum", labels, loop.batchFrames());
            text.sample("vnetp_batch_frames_count", labels, all);
        }
        text.head("vnetp_traffic_frames_total", "frames by pair of MAC addresses", "counter");
        for (TrafficMatrix.Row row : snapshot.matrix()) {
            text.sample("vnetp_traffic_frames_total", node + "," + pair(row), row.frames());
        }
        text.sample(
                "vnetp_traffic_frames_total",
                node + "," + OTHER,
                snapshot.other().frames());
        text.head("vnetp_traffic_bytes_total", "bytes of frames by pair of MAC addresses", "counter");
        for (TrafficMatrix.Row row : snapshot.matrix()) {
            text.sample("vnetp_traffic_bytes_total", node + "," + pair(row), row.bytes());
        }
        text.sample(
                "vnetp_traffic_bytes_total",
                node + "," + OTHER,
                snapshot.other().bytes());
        return text.out.toString();
    }

    private static final String OTHER = label("source", "other") + "," + label("destination", "other");

    private static String pair(TrafficMatrix.Row row) {
        return label("source", MacAddress.format(row.source())) + ","
                + label("destination", MacAddress.format(row.destination()));
    }

    private void head(String name, String help, String type) {
        out.append("# HELP ")
                .append(name)
                .append(' ')
                .append(help.replace("\\", "\\\\").replace("\n", "\\n"));
        out.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String labels, long value) {
        out.append(name).append('{').append(labels).append("} ").append(value).append('\n');
    }

    /// A label and its value, escaped.
    public static String label(String name, String value) {
        String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return name + "=\"" + escaped + "\"";
    }
}

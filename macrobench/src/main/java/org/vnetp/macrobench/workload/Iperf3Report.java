package org.vnetp.macrobench.workload;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `iperf3 --json` says at a run's end, read strictly: what is missing is an error, never a
/// zero.
///
/// @param seconds that data was received
/// @param bytes that arrived
/// @param bitsPerSecond of payload as it arrived
/// @param retransmits of the sender, -1 for UDP
/// @param packets sent, lost ones included; 0 for TCP
/// @param lostPackets of those
/// @param senderCpuSeconds CPU time of the sending iperf3
/// @param receiverCpuSeconds CPU time of the receiving one
record Iperf3Report(
        double seconds,
        long bytes,
        double bitsPerSecond,
        long retransmits,
        long packets,
        long lostPackets,
        double senderCpuSeconds,
        double receiverCpuSeconds) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// @throws IllegalArgumentException saying what iperf3 complained of, or what is missing
    static Iperf3Report parse(String text) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("iperf3's output is not JSON: " + e.getOriginalMessage(), e);
        }
        if (root.has("error")) {
            String error = root.get("error").asString("").strip();
            throw new IllegalArgumentException(
                    error.isEmpty() ? "iperf3 ended with an error that it does not name" : "iperf3: " + error);
        }
        JsonNode start = at(at(root, "start"), "test_start");
        boolean udp = at(start, "protocol").asString().equals("UDP");
        boolean reverse = number(start, "reverse") != 0;
        JsonNode end = at(root, "end");
        JsonNode cpu = at(end, "cpu_utilization_percent");
        double local = number(cpu, "host_total") / 100;
        double remote = number(cpu, "remote_total") / 100;
        // Of UDP, 'sum' tells what was sent and the losses that the receiver noticed; a gap shows by the next datagram
        // only, and where a stream's end is lost there is none.
        JsonNode received = at(end, "sum_received");
        double seconds = number(received, "seconds");
        double rate = number(received, "bits_per_second");
        long bytes = (long) number(received, "bytes");
        long packets = 0;
        long lost = 0;
        if (udp) {
            packets = (long) number(at(end, "sum_sent"), "packets");
            long missed = (long) number(received, "lost_packets");
            long arrived = (long) number(received, "packets") - missed;
            if (arrived < 0 || arrived > packets) {
                throw new IllegalArgumentException("iperf3 says that " + arrived + " packets arrived and " + missed
                        + " did not, of " + packets + " that were sent");
            }
            lost = packets - arrived;
        }
        long retransmits = udp ? -1 : (long) number(at(end, "sum_sent"), "retransmits");
        return new Iperf3Report(
                seconds,
                bytes,
                rate,
                retransmits,
                packets,
                lost,
                (reverse ? remote : local) * seconds,
                (reverse ? local : remote) * seconds);
    }

    private static JsonNode at(JsonNode node, String name) {
        JsonNode child = node.get(name);
        if (child == null) {
            throw new IllegalArgumentException("iperf3's output has no '" + name + "'");
        }
        return child;
    }

    private static double number(JsonNode node, String name) {
        JsonNode child = at(node, name);
        if (!child.isNumber()) {
            throw new IllegalArgumentException("iperf3's '" + name + "' is no number: " + child);
        }
        double value = child.asDouble();
        if (!(value >= 0) || value == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("iperf3's '" + name + "' is " + child + "; expected 0 or more");
        }
        return value;
    }
}

package org.vnetp.reports.result;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The metrics that our runners record. A runner may record others, whose name and unit say what
/// they are ([#named]).
///
/// Seconds of CPU time are sums over all processors and hosts between the start and the end of one
/// run. Bytes and frames are those of one run.
public final class Metrics {
    private static final Map<String, Metric> ALL = new LinkedHashMap<>();

    // What a kernel or a workload achieved.
    public static final Metric MOPS = add(Metric.rate("mops", "Mop/s", "Mop/s"));
    public static final Metric TIME = add(Metric.cost("time_s", "s", "time"));
    public static final Metric THROUGHPUT = add(Metric.rate("throughput_bps", "bit/s", "throughput"));
    public static final Metric FRAME_RATE = add(Metric.rate("frames_per_s", "frames/s", "frame rate"));
    public static final Metric MESSAGE_RATE = add(Metric.rate("messages_per_s", "messages/s", "message rate"));
    public static final Metric LOSS_FREE_RATE =
            add(Metric.rate("loss_free_frames_per_s", "frames/s", "loss-free rate"));
    public static final Metric GUPS = add(Metric.rate("gups", "Gup/s", "RandomAccess"));
    public static final Metric GFLOPS = add(Metric.rate("gflops", "Gflop/s", "FFT"));

    // Latency of one run; "rtt" is there and back, "latency" one way (or half a round trip, as MPI benchmarks count).
    public static final Metric LATENCY = add(Metric.cost("latency_ns", "ns", "latency"));
    public static final Metric RTT_MIN = add(Metric.cost("rtt_min_ns", "ns", "RTT min"));
    public static final Metric RTT_MEAN = add(Metric.cost("rtt_mean_ns", "ns", "RTT mean"));
    public static final Metric RTT_P50 = add(Metric.cost("rtt_p50_ns", "ns", "RTT p50"));
    public static final Metric RTT_P90 = add(Metric.cost("rtt_p90_ns", "ns", "RTT p90"));
    public static final Metric RTT_P99 = add(Metric.cost("rtt_p99_ns", "ns", "RTT p99"));
    public static final Metric RTT_P999 = add(Metric.cost("rtt_p999_ns", "ns", "RTT p99.9"));
    public static final Metric RTT_MAX = add(Metric.cost("rtt_max_ns", "ns", "RTT max"));
    public static final Metric RTT_RAW_P50 = add(Metric.cost("rtt_uncorrected_p50_ns", "ns", "RTT p50 uncorrected"));
    public static final Metric RTT_RAW_P90 = add(Metric.cost("rtt_uncorrected_p90_ns", "ns", "RTT p90 uncorrected"));
    public static final Metric RTT_RAW_P99 = add(Metric.cost("rtt_uncorrected_p99_ns", "ns", "RTT p99 uncorrected"));
    public static final Metric RTT_RAW_P999 =
            add(Metric.cost("rtt_uncorrected_p999_ns", "ns", "RTT p99.9 uncorrected"));
    public static final Metric RTT_RAW_MAX = add(Metric.cost("rtt_uncorrected_max_ns", "ns", "RTT max uncorrected"));
    // One way, from when a frame was meant to be sent; both ends have one clock.
    public static final Metric DELAY_P50 = add(Metric.cost("delay_p50_ns", "ns", "delay p50"));
    public static final Metric DELAY_P99 = add(Metric.cost("delay_p99_ns", "ns", "delay p99"));
    public static final Metric OUTAGE = add(Metric.cost("outage_ms", "ms", "outage"));

    // Of quanta of fixed work: how long they take beside the fastest, and how long single ones do.
    public static final Metric STRETCH =
            add(Metric.cost("quantum_stretch", "", "mean quantum of work, in the fastest"));
    public static final Metric NOISE = add(Metric.cost("noise_percent", "%", "noise"));
    public static final Metric QUANTUM_MIN = add(Metric.fact("quantum_min_ns", "ns", "quantum min"));
    public static final Metric QUANTUM_P50 = add(Metric.fact("quantum_p50_ns", "ns", "quantum p50"));
    public static final Metric QUANTUM_P99 = add(Metric.cost("quantum_p99_ns", "ns", "quantum p99"));
    public static final Metric QUANTUM_P999 = add(Metric.cost("quantum_p999_ns", "ns", "quantum p99.9"));
    public static final Metric QUANTUM_MAX = add(Metric.cost("quantum_max_ns", "ns", "quantum max"));

    // What it cost.
    public static final Metric CPU_PER_GIB = add(Metric.cost("cpu_s_per_gib", "s/GiB", "CPU per GiB"));
    public static final Metric CPU_PER_MFRAMES =
            add(Metric.cost("cpu_s_per_mframes", "s/Mframe", "CPU per million frames"));
    public static final Metric NODE_CPU_PER_GIB =
            add(Metric.cost("node_cpu_s_per_gib", "s/GiB", "CPU of nodes per GiB"));
    public static final Metric NODE_CPU_PER_MFRAMES =
            add(Metric.cost("node_cpu_s_per_mframes", "s/Mframe", "CPU of nodes per million frames"));
    public static final Metric CPU_RANKS = add(Metric.cost("cpu_ranks_s", "s", "CPU of ranks"));
    public static final Metric CPU_SENDER = add(Metric.cost("cpu_sender_s", "s", "CPU of sender"));
    public static final Metric CPU_RECEIVER = add(Metric.cost("cpu_receiver_s", "s", "CPU of receiver"));
    public static final Metric CPU_NODES = add(Metric.cost("cpu_nodes_s", "s", "CPU of nodes"));
    /// Of endpoints that are virtual machines, with all that runs in them.
    public static final Metric CPU_GUESTS = add(Metric.cost("cpu_guests_s", "s", "CPU of guests"));
    public static final Metric SOFTIRQ = add(Metric.cost("softirq_s", "s", "softirq"));
    public static final Metric STEAL = add(Metric.fact("steal_s", "s", "steal"));
    public static final Metric CONTEXT_SWITCHES = add(Metric.fact("context_switches", "", "context switches"));

    // What happened on the way.
    public static final Metric COMM_SHARE = add(Metric.fact("comm_share", "", "communication share"));
    public static final Metric BYTES_ON_WIRE = add(Metric.fact("bytes_on_wire", "B", "bytes on the wire"));
    public static final Metric FRAMES_ON_WIRE = add(Metric.fact("frames_on_wire", "", "frames on the wire"));
    public static final Metric BYTES_ON_FABRIC = add(Metric.fact("bytes_on_fabric", "B", "bytes on the fabric"));
    public static final Metric FRAMES_ON_FABRIC = add(Metric.fact("frames_on_fabric", "", "frames on the fabric"));
    /// What ranks handed to MPI for ranks on other hosts: no headers, no retransmissions.
    public static final Metric PAYLOAD_BYTES = add(Metric.fact("payload_bytes", "B", "payload between hosts"));
    /// The same in one timed region, without what warm-up sent.
    public static final Metric TIMED_PAYLOAD =
            add(Metric.fact("timed_payload_bytes", "B", "payload between hosts while timed"));
    /// Datagrams or messages that the workload counted as arrived.
    public static final Metric MESSAGES = add(Metric.fact("messages", "", "messages that arrived"));
    /// What nodes took from their guests; in frames a superframe counts once.
    public static final Metric NODE_BYTES = add(Metric.fact("node_bytes", "B", "bytes counted by nodes"));
    public static final Metric NODE_FRAMES = add(Metric.fact("node_frames", "", "frames counted by nodes"));
    public static final Metric NODE_DATAGRAMS = add(Metric.fact("node_datagrams", "", "datagrams sent by nodes"));
    public static final Metric NODE_DROPS = add(Metric.fact("node_drops", "", "frames dropped by nodes"));
    public static final Metric NODE_CALLS = add(Metric.fact("node_calls", "", "system calls counted by nodes"));
    public static final Metric NODE_WAITS = add(Metric.fact("node_waits", "", "wake-ups of nodes"));
    /// Frames that virtual machines put into their NICs' rings.
    public static final Metric RING_FRAMES = add(Metric.fact("ring_frames", "", "frames in rings of guests"));
    /// How often they woke the node that serves the rings, each an exit, and how often it woke them.
    public static final Metric KICKS = add(Metric.fact("kicks", "", "kicks of guests"));

    public static final Metric GUEST_CALLS = add(Metric.fact("guest_calls", "", "calls of guests"));
    /// Of the loops' directions that were VMM-driven when the run ended.
    public static final Metric POLLING_SHARE = add(Metric.fact("polling_share", "", "share of directions polling"));
    public static final Metric MODE_SWITCHES = add(Metric.fact("mode_switches", "", "changes of mode"));
    public static final Metric HELD_BACK = add(Metric.fact("held_back", "", "polling held back: no idle processor"));
    public static final Metric RETRANSMITS = add(Metric.fact("retransmits", "", "retransmits"));
    public static final Metric LOSSES = add(Metric.fact("losses", "", "losses"));
    /// Of numbered datagrams: that came after one with a higher number, and that came again.
    public static final Metric REORDERED = add(Metric.fact("reordered", "", "reordered"));

    public static final Metric REPEATED = add(Metric.fact("repeated", "", "repeated"));
    public static final Metric FLOOD_RATE =
            add(Metric.fact("flood_frames_per_s", "frames/s", "delivered without pause"));
    /// 1 where the loss-free rate is what the source could send, and the fabric lost nothing: it may carry more.
    public static final Metric SOURCE_LIMITED = add(Metric.fact("source_limited", "", "source was the limit (1: yes)"));
    public static final Metric BACKGROUND_RATE =
            add(Metric.fact("background_frames_per_s", "frames/s", "background load"));
    public static final Metric BACKGROUND_LOSSES = add(Metric.fact("background_losses", "", "background losses"));
    public static final Metric GAP_BEFORE = add(Metric.fact("gap_before_ms", "ms", "longest gap before the move"));
    public static final Metric MOVE_TIME = add(Metric.fact("move_ms", "ms", "statements of the move"));
    /// Of a virtual machine that moved whole: that it stood still, and its memory that was copied, in part again.
    public static final Metric PAUSE = add(Metric.fact("pause_ms", "ms", "guest's pause"));

    public static final Metric MEMORY_MOVED = add(Metric.fact("memory_bytes", "bytes", "memory copied"));
    /// Of a controller: changes of links and routes, those that it took back, seconds from the cause to the first.
    public static final Metric CHANGES = add(Metric.fact("changes", "", "changes"));

    public static final Metric TAKEN_BACK = add(Metric.fact("taken_back", "", "changes taken back"));
    public static final Metric REACTION = add(Metric.fact("reaction_s", "s", "reaction"));
    public static final Metric CONTROLLER_CPU = add(Metric.fact("controller_cpu_s", "s", "controller's CPU"));
    public static final Metric PREDICTED_GAIN = add(Metric.fact("predicted_gain_percent", "%", "predicted gain"));
    public static final Metric MEASURED_GAIN = add(Metric.fact("measured_gain_percent", "%", "measured gain"));
    public static final Metric SENT = add(Metric.fact("sent", "", "sent"));
    public static final Metric WALL = add(Metric.fact("wall_s", "s", "wall time with start and end"));

    /// Of the launch that the run is the first of, with all arms that are launched together.
    public static final Metric LAUNCH_TIME = add(Metric.fact("launch_s", "s", "wall time of the launch before"));
    /// How often the timed region was run in the one opening of the gate that makes a run; the mean counts.
    public static final Metric PASSES = add(Metric.fact("passes", "", "passes of the timed region"));

    private Metrics() {}

    private static Metric add(Metric metric) {
        ALL.put(metric.name(), metric);
        return metric;
    }

    /// All of them, in the order of this file, which is the order of columns in tables.
    public static Collection<Metric> all() {
        return Collections.unmodifiableCollection(ALL.values());
    }

    /// The metric of that name, if it is one of ours.
    public static Optional<Metric> find(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    /// The metric of that name, or one made from name and unit, as results tell no more of it: so
    /// many a second (`connections_per_s`, connections/s) is a rate, nanoseconds (`connect_p50_ns`,
    /// ns) are a time of which less is better, and all else is a fact, from which no ratio is
    /// formed.
    public static Metric named(String name, String unit) {
        Metric known = ALL.get(name);
        if (known != null) {
            return known;
        }
        if (name.endsWith("_per_s") && unit.endsWith("/s")) {
            return Metric.rate(name, unit, name.replace('_', ' '));
        }
        if (name.endsWith("_ns") && unit.equals("ns")) {
            return Metric.cost(
                    name,
                    unit,
                    name.substring(0, name.length() - "_ns".length()).replace('_', ' '));
        }
        return Metric.fact(name, unit, name);
    }
}

package org.vnetp.macrobench.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.workload.ResidentPair;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.tune.Goal;

/// What is tuned for, with the workloads that tell.
///
/// @param goal what settings are judged by
/// @param workloads all that are measured
/// @param confirmed the goal's, the one that is held out, and those that a table of settings shows
/// @param heldOut a workload that has no say, with the metric that is reported; empty for none
public record Task(Goal goal, List<LiveWorkload> workloads, List<String> confirmed, Optional<Goal.Part> heldOut) {
    /// The goals by name.
    public static final List<String> NAMES = List.of("latency", "throughput", "frames", "nas", "cpu", "balanced");

    private static final int MIDDLING = 470;
    private static final double COST_RATE = 20_000;
    private static final double OTHER_COST_RATE = 5_000;

    /// Makes workloads.
    ///
    /// @param seconds of a region
    /// @param halfLoad frames a second that are half of what gets through
    public record Workloads(double seconds, double halfLoad) {
        NetworkLoad roundTrips() {
            return NetworkLoad.roundTrips("rtt-idle", 0, seconds);
        }

        NetworkLoad loadedRoundTrips() {
            return NetworkLoad.roundTrips("rtt-load", halfLoad, seconds);
        }

        NetworkLoad stream() {
            return NetworkLoad.stream("tcp", seconds);
        }

        NetworkLoad frames() {
            return NetworkLoad.frames("frames", 0, ResidentPair.SMALL, seconds);
        }
    }

    /// The task of one of [#NAMES].
    ///
    /// @param kernels the goal's NAS kernel and another one, that is held out for `nas`; only asked where needed
    /// @param quick without the kernels where the goal is not theirs
    /// @throws IllegalArgumentException for another name
    public static Task of(String name, Workloads make, Kernels kernels, boolean quick) {
        NetworkLoad idle = make.roundTrips();
        NetworkLoad load = make.loadedRoundTrips();
        NetworkLoad tcp = make.stream();
        NetworkLoad frames = make.frames();
        return switch (name) {
            case "latency" ->
                task(
                        name,
                        List.of(part(idle, Metrics.RTT_P50), part(load, Metrics.RTT_P50)),
                        NetworkLoad.roundTrips("rtt-quarter", make.halfLoad() / 2, make.seconds()),
                        Metrics.RTT_P50,
                        List.of(idle, load, tcp, frames));
            case "throughput" ->
                task(
                        name,
                        List.of(part(tcp, Metrics.THROUGHPUT)),
                        NetworkLoad.frames("frames-512", 0, MIDDLING, make.seconds()),
                        Metrics.FRAME_RATE,
                        List.of(tcp, idle, frames));
            case "frames" ->
                task(
                        name,
                        List.of(part(frames, Metrics.FRAME_RATE)),
                        NetworkLoad.frames("frames-512", 0, MIDDLING, make.seconds()),
                        Metrics.FRAME_RATE,
                        List.of(frames, idle, tcp));
            case "nas" -> {
                LiveWorkload ranks = kernels.first();
                yield task(
                        name,
                        List.of(part(ranks, Metrics.MOPS)),
                        kernels.second(),
                        Metrics.MOPS,
                        List.of(ranks, idle, tcp, frames));
            }
            case "cpu" -> {
                NetworkLoad some = NetworkLoad.frames("frames-20k", COST_RATE, ResidentPair.SMALL, make.seconds());
                yield task(
                        name,
                        List.of(part(tcp, Metrics.NODE_CPU_PER_GIB), part(some, Metrics.NODE_CPU_PER_MFRAMES)),
                        NetworkLoad.frames("frames-5k", OTHER_COST_RATE, ResidentPair.SMALL, make.seconds()),
                        Metrics.NODE_CPU_PER_MFRAMES,
                        List.of(tcp, some, idle, frames));
            }
            case "balanced" -> {
                List<Goal.Part> parts = new ArrayList<>(List.of(
                        part(idle, Metrics.RTT_P50),
                        part(load, Metrics.RTT_P50),
                        part(tcp, Metrics.THROUGHPUT),
                        part(frames, Metrics.FRAME_RATE)));
                List<LiveWorkload> loads = new ArrayList<>(List.of(idle, load, tcp, frames));
                if (!quick) {
                    LiveWorkload ranks = kernels.first();
                    parts.add(part(ranks, Metrics.MOPS));
                    loads.add(ranks);
                }
                yield task(
                        name,
                        parts,
                        NetworkLoad.roundTrips("rtt-quarter", make.halfLoad() / 2, make.seconds()),
                        Metrics.RTT_P50,
                        loads);
            }
            default ->
                throw new IllegalArgumentException("--for '" + name + "': expected one of " + String.join(", ", NAMES));
        };
    }

    /// For the user's own command; round trips and the stream are shown beside it.
    public static Task of(CommandLoad command, Workloads make) {
        List<LiveWorkload> loads = List.of(command, make.roundTrips(), make.stream());
        return new Task(
                new Goal("the command", List.of(new Goal.Part(command.name(), command.metric(), 1))),
                loads,
                loads.stream().map(LiveWorkload::name).toList(),
                Optional.empty());
    }

    /// NAS kernels as workloads, which another module has.
    public interface Kernels {
        LiveWorkload first();

        LiveWorkload second();
    }

    private static Goal.Part part(LiveWorkload workload, Metric metric) {
        return new Goal.Part(workload.name(), metric, 1);
    }

    private static Task task(
            String name, List<Goal.Part> parts, LiveWorkload held, Metric metric, List<LiveWorkload> shown) {
        Map<String, LiveWorkload> all = new LinkedHashMap<>();
        shown.forEach(workload -> all.put(workload.name(), workload));
        all.put(held.name(), held);
        return new Task(
                new Goal(name, parts),
                List.copyOf(all.values()),
                List.copyOf(all.keySet()),
                Optional.of(new Goal.Part(held.name(), metric, 1)));
    }
}

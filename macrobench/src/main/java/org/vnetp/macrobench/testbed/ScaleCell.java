package org.vnetp.macrobench.testbed;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What a lab of many nodes took: one line of the table of `vnetp lab scale`.
///
/// @param hosts       hosts, each with a node and a guest
/// @param topology    how the nodes are linked
/// @param labSeconds  from nothing to hosts on one network
/// @param nodeSeconds from the start of the first node until the last was ready
/// @param sweep       which guests reached which
/// @param pssKb       memory of each node, where shared pages count in parts (`Pss` of smaps_rollup)
/// @param rssKb       the same with shared pages whole (`Rss`)
/// @param idleCpuMs   CPU milliseconds a second of each node while its guests were silent
/// @param idleFrames  frames a second that each host sent and received meanwhile
/// @param askSeconds  asking each node one thing through its control socket, one after the other
/// @param downSeconds removing it all
record ScaleCell(
        int hosts,
        String topology,
        double labSeconds,
        double nodeSeconds,
        Sweep.Outcome sweep,
        double[] pssKb,
        double[] rssKb,
        double[] idleCpuMs,
        double[] idleFrames,
        double askSeconds,
        double downSeconds) {
    static final String CSV_HEAD = "hosts,topology,lab_s,nodes_s,pairs,answered,asked_again,sweep_s,"
            + "pss_median_mb,pss_max_mb,rss_median_mb,rss_max_mb,idle_cpu_median_ms_per_s,idle_cpu_max_ms_per_s,"
            + "idle_frames_median_per_s,idle_frames_max_per_s,ask_s,down_s";

    private static final double KB = 1024;

    static List<String> tableHead() {
        return List.of(
                row("", "", "nodes", "pairs", "asked", "sweep", "PSS of a node,", "CPU of a node", "asking", "down"),
                row(
                        "hosts",
                        "topology",
                        "up, s",
                        "answered",
                        "again",
                        "s",
                        "median/max, MB",
                        "silent, ms/s",
                        "all, s",
                        "s"));
    }

    String tableRow() {
        return row(
                String.valueOf(hosts),
                topology,
                text(nodeSeconds, 1),
                sweep.answered() + "/" + sweep.pairs(),
                String.valueOf(sweep.again()),
                text(sweep.seconds(), 1),
                text(median(pssKb) / KB, 1) + "/" + text(max(pssKb) / KB, 1),
                text(median(idleCpuMs), 1) + "/" + text(max(idleCpuMs), 1),
                text(askSeconds, 2),
                text(downSeconds, 1));
    }

    private static String row(String... cells) {
        return String.format(Locale.ROOT, "%5s  %-8s  %6s  %11s  %5s  %6s  %14s  %13s  %6s  %5s", (Object[]) cells);
    }

    String csvRow() {
        return String.join(
                ",",
                String.valueOf(hosts),
                topology,
                text(labSeconds, 3),
                text(nodeSeconds, 3),
                String.valueOf(sweep.pairs()),
                String.valueOf(sweep.answered()),
                String.valueOf(sweep.again()),
                text(sweep.seconds(), 3),
                text(median(pssKb) / KB, 2),
                text(max(pssKb) / KB, 2),
                text(median(rssKb) / KB, 2),
                text(max(rssKb) / KB, 2),
                text(median(idleCpuMs), 2),
                text(max(idleCpuMs), 2),
                text(median(idleFrames), 1),
                text(max(idleFrames), 1),
                text(askSeconds, 3),
                text(downSeconds, 3));
    }

    private static String text(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    static double max(double[] values) {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }
}

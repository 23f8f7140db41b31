package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// What frames of guests that are virtual machines cost: exits, calls, CPU time in the guests and outside. So where the
/// overlay runs, in the guest or beside it, can be compared.
final class MachineTables {
    private static final String METHOD =
            "Medians of runs. A frame is one that the guests' programs caused on this fabric;"
                    + " a superframe is one. In rings: frames that crossed the rings of the virtual machines' NICs out of the guests;"
                    + " an overlay in the guest cuts superframes before. Kicks: how often guests woke the node that serves the rings,"
                    + " an exit each. Calls: how often it woke them. Guests: the virtual machines' processes with all that runs in"
                    + " them, an overlay's node included. Nodes: the fabric's processes outside of them. Million frames are those that"
                    + " arrived, where the workload counts them, or else those that were sent.";

    private final Study study;

    MachineTables(Study study) {
        this.study = study;
    }

    /// Whether a run has virtual machines for guests.
    boolean any() {
        return study.metrics().containsKey(Metrics.CPU_GUESTS.name());
    }

    Table table(String link) {
        String frame = "of a frame";
        String seconds = "CPU seconds";
        List<Column> columns = List.of(
                Column.text("workload", "workload"),
                Column.text("fabric", "fabric"),
                Column.number(frame, "in rings", "ring_frames_per_frame"),
                Column.number(frame, "kicks", "kicks_per_frame"),
                Column.number(frame, "calls", "calls_per_frame"),
                Column.text("per", "per"),
                Column.number(seconds, "guests", "cpu_guests_s"),
                Column.number(seconds, "nodes", "cpu_nodes_s"),
                Column.number(seconds, "whole machine", "cpu_s"));
        List<Row> rows = new ArrayList<>();
        for (Study.Cell cell : study.cells()) {
            if (cell.link().equals(link)) {
                study.fabrics().forEach(fabric -> row(cell, fabric).ifPresent(rows::add));
            }
        }
        return new Table(
                "machines-" + link.replaceAll("[^a-z0-9]", "-"),
                "Virtual machines: exits, calls and CPU time, " + Names.links(link),
                2,
                false,
                columns,
                rows,
                List.of(METHOD));
    }

    private Optional<Row> row(Study.Cell cell, String fabric) {
        if (study.status(cell, fabric).orElse(Status.FAILED) != Status.OK
                || study.values(cell, fabric, Metrics.CPU_GUESTS.name()).length == 0) {
            return Optional.empty();
        }
        boolean frames = study.values(cell, fabric, Metrics.PAYLOAD_BYTES.name()).length == 0
                || study.values(cell, fabric, Metrics.MESSAGES.name()).length > 0;
        return Optional.of(new Row(
                false,
                List.of(
                        Cell.of(Names.row(cell)),
                        Cell.of(fabric),
                        perFrame(cell, fabric, Metrics.RING_FRAMES),
                        perFrame(cell, fabric, Metrics.KICKS),
                        perFrame(cell, fabric, Metrics.GUEST_CALLS),
                        Cell.of(frames ? "million frames" : "GiB"),
                        cost(cell, fabric, Metrics.CPU_GUESTS),
                        cost(cell, fabric, Metrics.CPU_NODES),
                        median(cell, fabric, run -> of(run, frames ? Metrics.CPU_PER_MFRAMES : Metrics.CPU_PER_GIB)))));
    }

    private Cell perFrame(Study.Cell cell, String fabric, Metric count) {
        return median(cell, fabric, run -> of(run, count) / of(run, Metrics.FRAMES_ON_FABRIC));
    }

    private Cell cost(Study.Cell cell, String fabric, Metric seconds) {
        return median(cell, fabric, run -> of(run, seconds) / amount(run));
    }

    /// What a run's costs are divided by.
    private static double amount(Map<String, Double> run) {
        if (run.containsKey(Metrics.MESSAGES.name())) {
            return of(run, Metrics.MESSAGES) / 1e6;
        }
        double bytes = of(run, Metrics.PAYLOAD_BYTES);
        return Double.isNaN(bytes) ? of(run, Metrics.FRAMES_ON_FABRIC) / 1e6 : bytes / (1 << 30);
    }

    private Cell median(Study.Cell cell, String fabric, ToDoubleFunction<Map<String, Double>> of) {
        double median = study.median(cell, fabric, of);
        return Cell.number(Numbers.value(median), median);
    }

    private static double of(Map<String, Double> run, Metric metric) {
        return run.getOrDefault(metric.name(), Double.NaN);
    }
}

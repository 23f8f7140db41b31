package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// Where the time of a NAS result went.
public final class CostTable {
    private static final List<Metric> COSTS = List.of(
            Metrics.TIME,
            Metrics.COMM_SHARE,
            Metrics.CPU_RANKS,
            Metrics.CPU_NODES,
            Metrics.CPU_GUESTS,
            Metrics.SOFTIRQ,
            Metrics.STEAL,
            Metrics.CONTEXT_SWITCHES,
            Metrics.BYTES_ON_WIRE,
            Metrics.FRAMES_ON_WIRE,
            Metrics.TIMED_PAYLOAD,
            Metrics.NODE_CALLS,
            Metrics.NODE_WAITS,
            Metrics.NODE_DROPS,
            Metrics.RING_FRAMES,
            Metrics.KICKS,
            Metrics.GUEST_CALLS,
            Metrics.RETRANSMITS);

    private CostTable() {}

    /// Where the time went: medians a run.
    static Table of(Study study) {
        List<Metric> recorded = COSTS.stream()
                .filter(m -> study.metrics().containsKey(m.name()))
                .toList();
        List<Column> columns = new ArrayList<>(List.of(
                Column.text("kernel.class.ranks", "benchmark"),
                Column.text("link", "link"),
                Column.text("fabric", "fabric")));
        for (Metric m : recorded) {
            String unit = unit(m);
            columns.add(Column.number("", m.label() + (unit.isEmpty() ? "" : " " + unit), m.name()));
        }
        boolean rate = recorded.contains(Metrics.BYTES_ON_WIRE) && recorded.contains(Metrics.TIME);
        if (rate) {
            columns.add(Column.number("", "MB/s between hosts", "bytes_per_s"));
        }
        List<Row> rows = new ArrayList<>();
        Collection<String> fabrics = study.fabrics();
        for (Study.Cell cell : study.cells()) {
            for (String fabric : fabrics) {
                if (study.status(cell, fabric).orElse(Status.FAILED) != Status.OK) {
                    continue;
                }
                List<Cell> cells = new ArrayList<>(
                        List.of(Cell.of(Names.row(cell)), Cell.of(Names.link(cell.link())), Cell.of(fabric)));
                for (Metric m : recorded) {
                    double value = study.median(cell, fabric, m.name());
                    cells.add(Cell.number(costText(m, value), value));
                }
                if (rate) {
                    double perSecond = bytesPerSecond(study, cell, fabric);
                    cells.add(Cell.number(Numbers.fixed(perSecond / 1e6, 1), perSecond));
                }
                rows.add(new Row(false, cells));
            }
        }
        return new Table(
                "costs",
                "Where the time went: medians of one run",
                3,
                true,
                columns,
                rows,
                List.of(
                        "CPU seconds are sums over all processors. Softirq is the kernel's network work, counted for the whole machine."));
    }

    /// Bytes a second that ranks sent to other hosts while they were timed. Of programs that do not count
    /// them, all that crossed the wire in the run, over the timed seconds: a little too much.
    public static double bytesPerSecond(Study study, Study.Cell cell, String fabric) {
        double timed = study.median(cell, fabric, Metrics.TIMED_PAYLOAD.name());
        double bytes = Double.isNaN(timed) ? study.median(cell, fabric, Metrics.BYTES_ON_WIRE.name()) : timed;
        return bytes / study.median(cell, fabric, Metrics.TIME.name());
    }

    private static String unit(Metric m) {
        return switch (m.unit()) {
            case "B" -> "MB";
            default -> m.equals(Metrics.COMM_SHARE) ? "%" : m.unit();
        };
    }

    private static String costText(Metric m, double value) {
        if (m.equals(Metrics.COMM_SHARE)) {
            return Numbers.fixed(100 * value, 0);
        }
        return switch (m.unit()) {
            case "B" -> Numbers.fixed(value / 1e6, 1);
            case "" -> Numbers.fixed(value, 0);
            default -> Numbers.fixed(value, 2);
        };
    }
}

package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// The main table of a NAS result in one row a fabric.
final class SummaryTable {
    private SummaryTable() {}

    /// Geometric mean, median and worst, ours beside the published ones.
    static Table of(Study study, Metric metric) {
        List<Column> columns = List.of(
                Column.text("link", "link"),
                Column.text("fabric", "fabric"),
                Column.number("", "rows", "rows"),
                Column.number("", "geometric mean %", "geometric_mean_percent"),
                Column.csv("geometric_mean_low"),
                Column.csv("geometric_mean_high"),
                Column.number("", "median %", "median_percent"),
                Column.number("", "worst %", "worst_percent"),
                Column.number("", "worst row", "worst_row"),
                Column.number("", "rows at 95 % or more", "rows_at_least_95"));
        List<Row> rows = new ArrayList<>();
        for (String link : study.links()) {
            for (String overlay : study.overlays()) {
                Summary s = study.summary(link, overlay, Fabrics.NATIVE, metric);
                if (s.cells() > 0) {
                    rows.add(new Row(
                            false,
                            List.of(
                                    Cell.of(Names.link(link)),
                                    Cell.of(overlay),
                                    Cell.of(Integer.toString(s.cells())),
                                    Cell.number(
                                            Numbers.plusMinus(s.geometricMean(), s.halfWidth()),
                                            100 * s.geometricMean()),
                                    Cell.number("", 100 * s.low()),
                                    Cell.number("", 100 * s.high()),
                                    percentCell(s.median()),
                                    percentCell(s.worst()),
                                    Cell.of(s.worstName()),
                                    Cell.of(Integer.toString(s.atLeast95())))));
                }
            }
            if (Published.has(link)) {
                List<Published.Row> all = Published.rows(link);
                Published.Row worst = all.stream()
                        .min(java.util.Comparator.comparingDouble(Published.Row::ratio))
                        .orElseThrow();
                rows.add(new Row(
                        false,
                        List.of(
                                Cell.of(Names.link(link)),
                                Cell.of("published VNET/P"),
                                Cell.of(Integer.toString(all.size())),
                                percentCell(Published.geometricMean(all)),
                                Cell.EMPTY,
                                Cell.EMPTY,
                                percentCell(Published.median(all)),
                                percentCell(worst.ratio()),
                                Cell.of(worst.benchmark()),
                                Cell.of(Long.toString(all.stream()
                                        .filter(row -> row.ratio() >= 0.95)
                                        .count())))));
            }
        }
        return new Table(
                "summary",
                "Percent of native: summary",
                2,
                false,
                columns,
                rows,
                List.of(
                        "The interval of a geometric mean is about the rows that were run, not about all kernels there could be. Published: "
                                + Published.SOURCE + "."));
    }

    private static Cell percentCell(double factor) {
        return Cell.number(Numbers.percent(factor), 100 * factor);
    }
}

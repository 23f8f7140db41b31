package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// Runs that did not end well, with their reasons.
final class Troubles {
    private Troubles() {}

    static Table table(Study study) {
        List<Row> rows = new ArrayList<>();
        for (Study.Cell cell : study.cells()) {
            for (String fabric : study.fabrics()) {
                for (Study.RunValues run : study.runs(cell, fabric)) {
                    if (run.status() != Status.OK) {
                        rows.add(new Row(
                                false,
                                List.of(
                                        Cell.of(Names.row(cell)),
                                        Cell.of(Names.link(cell.link())),
                                        Cell.of(fabric),
                                        Cell.of(Integer.toString(run.block())),
                                        Cell.word(NasTables.word(run.status())),
                                        Cell.of(run.reason()))));
                    }
                }
            }
        }
        return new Table(
                "troubles",
                "Runs that did not end well",
                3,
                false,
                List.of(
                        Column.text("benchmark", "benchmark"),
                        Column.text("link", "link"),
                        Column.text("fabric", "fabric"),
                        Column.number("", "block", "block"),
                        Column.text("status", "status"),
                        Column.text("reason", "reason")),
                rows,
                List.of());
    }
}

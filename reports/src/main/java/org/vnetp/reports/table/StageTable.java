package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// Whether the benchmarks of single stages explain the benchmark of the whole way: their sum beside it, for every
/// size and batch that both have, in the `vnet` format.
///
/// A frame passes two nodes: it is encapsulated and decapsulated once, and passes two loops.
final class StageTable {
    private static final String WHOLE = "WholeWayBenchmark.wholeWay";
    private static final int NODES = 2;

    /// Of the benchmark of one loop, which moves frames from guest to guest.
    private static final int COPIES = 2;

    private StageTable() {}

    static Optional<Table> of(List<JmhResult> results) {
        OptionalDouble copy = find(results, "CopyBaseline.copy", Map.of(MicroTables.FRAME_BYTES, "64"));
        List<Row> rows = new ArrayList<>();
        for (JmhResult whole : results) {
            if (!whole.benchmark().endsWith(WHOLE)
                    || !"vnet".equals(whole.params().get("format"))) {
                continue;
            }
            Map<String, String> cell = Map.of(
                    MicroTables.FRAME_BYTES,
                    whole.params().getOrDefault(MicroTables.FRAME_BYTES, ""),
                    MicroTables.BATCH,
                    whole.params().getOrDefault(MicroTables.BATCH, ""));
            OptionalDouble edges = find(results, "EdgesBaseline.edges", cell);
            OptionalDouble local =
                    find(results, "LocalWayBenchmark.localWay", Map.of(MicroTables.BATCH, cell.get(MicroTables.BATCH)));
            OptionalDouble codec = find(results, "VnetFormatBenchmark.encapsulateDecapsulate", cell);
            if (copy.isEmpty() || local.isEmpty() || edges.isEmpty() || codec.isEmpty()) {
                continue;
            }
            double batch = whole.param(MicroTables.BATCH, 1);
            double[] stages = {
                edges.getAsDouble() / batch,
                codec.getAsDouble() / batch,
                NODES * (local.getAsDouble() / batch - COPIES * copy.getAsDouble())
            };
            double sum = 0;
            List<Cell> cells = new ArrayList<>(
                    List.of(Cell.of(cell.get(MicroTables.FRAME_BYTES)), Cell.of(cell.get(MicroTables.BATCH))));
            for (double stage : stages) {
                cells.add(Cell.number(Numbers.fixed(stage, 1), stage));
                sum += stage;
            }
            double all = whole.nanosPerOp() / batch;
            cells.add(Cell.number(Numbers.fixed(sum, 1), sum));
            cells.add(Cell.number(Numbers.fixed(all, 1), all));
            cells.add(Cell.number(Numbers.fixed(100 * sum / all, 0), 100 * sum / all));
            rows.add(new Row(false, cells));
        }
        return rows.isEmpty() ? Optional.empty() : Optional.of(table(rows));
    }

    private static Table table(List<Row> rows) {
        return new Table(
                "micro-stages",
                "Stages and the whole way, ns a frame, guest to guest through two nodes",
                2,
                false,
                List.of(
                        Column.number("", "frameBytes", MicroTables.FRAME_BYTES),
                        Column.number("", "batch", MicroTables.BATCH),
                        Column.number("", "four copies at the edges", "edges_ns"),
                        Column.number("", "encapsulate, decapsulate", "codec_ns"),
                        Column.number("", "2 loops, lookups, counters", "loops_ns"),
                        Column.number("", "sum", "sum_ns"),
                        Column.number("", "whole way", "whole_ns"),
                        Column.number("", "sum in % of it", "sum_percent")),
                rows,
                List.of("Format vnet, underlay MTU 1500. Loops: LocalWayBenchmark of that batch less its two copies."));
    }

    /// Nanoseconds an operation of the first result of that benchmark with those parameters. An underlay's MTU, where
    /// there is one, must be 1500.
    private static OptionalDouble find(List<JmhResult> results, String benchmark, Map<String, String> params) {
        return results.stream()
                .filter(result -> result.benchmark().endsWith("." + benchmark))
                .filter(result -> result.params().entrySet().containsAll(params.entrySet()))
                .filter(result ->
                        result.params().getOrDefault("underlayMtu", "1500").equals("1500"))
                .mapToDouble(JmhResult::nanosPerOp)
                .filter(Double::isFinite)
                .findFirst();
    }
}

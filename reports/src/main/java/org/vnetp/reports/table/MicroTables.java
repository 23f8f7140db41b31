package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// The tables of the microbenchmarks, one a class.
///
/// Two parameters have a meaning: `frameBytes` is the size of a frame, `batch` the number of frames that one operation
/// handles (1 where it is absent).
public final class MicroTables {
    public static final String FRAME_BYTES = "frameBytes";
    public static final String BATCH = "batch";

    /// Of what perf counts, what a reader of a data plane asks for first; the rest is in JMH's file.
    private static final List<String> EVENTS =
            List.of("cycles", "instructions", "branch-misses", "L1-dcache-load-misses", "LLC-load-misses");

    private MicroTables() {}

    /// Results by class, classes by name.
    public static Map<String, List<JmhResult>> byClass(List<JmhResult> results) {
        Map<String, List<JmhResult>> classes = new TreeMap<>();
        results.forEach(result -> classes.computeIfAbsent(result.className(), _ -> new ArrayList<>())
                .add(result));
        return classes;
    }

    public static List<Table> all(List<JmhResult> results) {
        List<Table> tables = new ArrayList<>();
        byClass(results).forEach((name, own) -> tables.add(table(name, own)));
        StageTable.of(results).ifPresent(tables::add);
        return tables;
    }

    private static Table table(String name, List<JmhResult> results) {
        Set<String> params = new LinkedHashSet<>();
        results.forEach(result -> params.addAll(result.params().keySet()));
        boolean sizes = params.contains(FRAME_BYTES);
        List<Column> columns = new ArrayList<>(List.of(Column.text("benchmark", "benchmark")));
        params.forEach(param -> columns.add(Column.number("", param, param)));
        columns.add(Column.number("", "ns/op", "ns_per_op"));
        columns.add(Column.number("", "±", "ns_per_op_error"));
        columns.add(Column.number("", "ns/frame", "ns_per_frame"));
        columns.add(Column.number("", "Mframes/s", "frames_per_s"));
        if (sizes) {
            columns.add(Column.number("", "GB/s", "bytes_per_s"));
        }
        columns.add(Column.number("", "B/op", "bytes_allocated_per_op"));
        List<String> events = EVENTS.stream()
                .filter(event ->
                        results.stream().anyMatch(result -> result.counters().containsKey(event)))
                .toList();
        events.forEach(event -> columns.add(Column.number("", event + "/op", event.replace('-', '_') + "_per_op")));
        Map<String, Integer> order = new LinkedHashMap<>();
        results.forEach(result -> order.putIfAbsent(result.method(), order.size()));
        List<Row> rows = new ArrayList<>();
        results.stream()
                .sorted(Comparator.comparingInt((JmhResult result) -> order.get(result.method())))
                .forEach(result -> rows.add(row(result, params, sizes, events)));
        return new Table(
                "micro-" + name.toLowerCase(java.util.Locale.ROOT),
                name,
                1 + params.size(),
                false,
                columns,
                rows,
                List.of(
                        "±: half of JMH's 99.9 % interval. B/op: bytes allocated, by JMH's gc profiler; 0 means no more than the 16 KiB an iteration that JMH itself may allocate (CSV has the raw value)."));
    }

    private static Row row(JmhResult result, Set<String> params, boolean sizes, List<String> events) {
        double nanos = result.nanosPerOp();
        double perFrame = nanos / result.param(BATCH, 1);
        List<Cell> cells = new ArrayList<>(List.of(Cell.of(result.method())));
        params.forEach(param -> cells.add(Cell.of(result.params().getOrDefault(param, ""))));
        cells.add(
                Double.isFinite(nanos)
                        ? Cell.number(time(nanos), nanos)
                        : Cell.of(Numbers.value(result.score()) + " " + result.unit()));
        cells.add(Cell.number(time(result.errorNanosPerOp()), result.errorNanosPerOp()));
        cells.add(Cell.number(time(perFrame), perFrame));
        cells.add(Cell.number(Numbers.value(1e3 / perFrame), 1e9 / perFrame));
        if (sizes) {
            double bytesPerSecond = result.param(FRAME_BYTES, Double.NaN) * 1e9 / perFrame;
            cells.add(Cell.number(Numbers.fixed(bytesPerSecond / 1e9, 2), bytesPerSecond));
        }
        double bytes = result.bytesPerOp();
        cells.add(Cell.number(result.allocatesNothing() ? "0" : Numbers.value(bytes), bytes));
        for (String event : events) {
            double count = result.counters().getOrDefault(event, Double.NaN);
            cells.add(Double.isNaN(count) ? Cell.EMPTY : Cell.number(Numbers.value(count), count));
        }
        return new Row(false, cells);
    }

    private static String time(double nanos) {
        return Numbers.fixed(nanos, nanos >= 1000 ? 0 : nanos >= 100 ? 1 : 2);
    }
}

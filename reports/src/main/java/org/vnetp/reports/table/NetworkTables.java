package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.CpuSplit;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// The tables of network workloads: one that sets the fabrics side by side, and one a workload with everything
/// measured.
public final class NetworkTables {
    private static final List<Metric> BESIDE = List.of(
            Metrics.RTT_P50,
            Metrics.RTT_P90,
            Metrics.RTT_P99,
            Metrics.RTT_P999,
            Metrics.RTT_MAX,
            Metrics.RTT_RAW_P50,
            Metrics.RTT_RAW_P90,
            Metrics.RTT_RAW_P99,
            Metrics.RTT_RAW_P999,
            Metrics.RTT_RAW_MAX,
            Metrics.FLOOD_RATE,
            Metrics.SOURCE_LIMITED,
            Metrics.BACKGROUND_RATE,
            Metrics.BACKGROUND_LOSSES,
            Metrics.GAP_BEFORE,
            Metrics.MOVE_TIME,
            Metrics.PAUSE,
            Metrics.MEMORY_MOVED,
            Metrics.THROUGHPUT,
            Metrics.GUPS,
            Metrics.GFLOPS,
            Metrics.CPU_PER_GIB,
            Metrics.CPU_PER_MFRAMES,
            Metrics.CPU_RANKS,
            Metrics.CPU_SENDER,
            Metrics.CPU_RECEIVER,
            Metrics.CPU_NODES,
            Metrics.CPU_GUESTS,
            Metrics.RING_FRAMES,
            Metrics.KICKS,
            Metrics.GUEST_CALLS,
            Metrics.SOFTIRQ,
            Metrics.RETRANSMITS,
            Metrics.SENT,
            Metrics.LOSSES,
            Metrics.REPEATED,
            Metrics.REORDERED,
            Metrics.NODE_DROPS);

    /// Parameters that are no sizes.
    private static final List<String> WAYS = List.of("streams", "direction", "protocol");

    private static final String CPU_METHOD =
            "Medians of runs of workloads that keep the fabric busy. Whole machine: all"
                    + " that was not idle in /proc/stat during the run. Sender and receiver: the measuring programs, by their"
                    + " own account (getrusage). Nodes: the fabric's processes, by /proc/PID/stat. Rest: the first less those"
                    + " three, which is softirq outside of them, kernel threads and the suite itself. Softirq in all: that"
                    + " column of /proc/stat, whichever process it interrupted; no summand, since kernels that count by ticks"
                    + " book it to that process too. TCP's frames are not counted: a superframe would be one.";

    private final Study study;

    public NetworkTables(Study study) {
        this.study = study;
    }

    public List<Table> all() {
        List<Table> tables = new ArrayList<>();
        for (String link : study.links()) {
            tables.add(overview(link));
        }
        for (String benchmark : benchmarks()) {
            study.primary(benchmark).ifPresent(metric -> tables.add(workload(benchmark, metric)));
        }
        tables.addAll(AdaptationTable.all(study));
        MachineTables machines = new MachineTables(study);
        if (machines.any()) {
            study.links().forEach(link -> tables.add(machines.table(link)));
        }
        for (String link : study.links()) {
            Table cpu = cpu(link);
            if (!cpu.rows().isEmpty()) {
                tables.add(cpu);
            }
        }
        Table troubles = Troubles.table(study);
        if (!troubles.rows().isEmpty()) {
            tables.add(troubles);
        }
        return tables;
    }

    /// The workloads, in order.
    public Collection<String> benchmarks() {
        Set<String> names = new LinkedHashSet<>();
        study.cells().forEach(cell -> names.add(cell.benchmark()));
        return names;
    }

    /// The cell that stands for a workload in the overview: the largest size for rates, the smallest for times.
    private Optional<Study.Cell> headline(String benchmark, String link, Metric metric) {
        List<Study.Cell> cells = plain(benchmark, link);
        if (cells.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                metric.direction() == Metric.Direction.HIGHER_IS_BETTER ? cells.getLast() : cells.getFirst());
    }

    /// The last cell that has the metric: that of the largest size.
    private Optional<Study.Cell> last(String benchmark, String link, Metric metric) {
        return plain(benchmark, link).stream()
                .filter(cell -> hasValues(cell, metric))
                .reduce((_, later) -> later);
    }

    /// A workload's cells that differ in nothing but size from its first: one stream, forward.
    private List<Study.Cell> plain(String benchmark, String link) {
        List<Study.Cell> cells = study.cells().stream()
                .filter(cell ->
                        cell.benchmark().equals(benchmark) && cell.link().equals(link))
                .toList();
        return cells.stream()
                .filter(cell -> WAYS.stream().allMatch(way -> param(cell, way).equals(param(cells.getFirst(), way))))
                .toList();
    }

    private static String param(Study.Cell cell, String name) {
        return Params.parse(cell.params()).get(name);
    }

    private record Headline(Study.Cell cell, Metric metric, Numbers.Scale scale) {}

    private Table overview(String link) {
        List<Headline> headlines = new ArrayList<>();
        for (String benchmark : benchmarks()) {
            study.primary(benchmark)
                    .ifPresent(metric -> headline(benchmark, link, metric).ifPresent(cell -> {
                        headlines.add(new Headline(cell, metric, scale(List.of(cell), metric)));
                        if (!metric.equals(Metrics.THROUGHPUT)) {
                            last(benchmark, link, Metrics.THROUGHPUT)
                                    .ifPresent(best -> headlines.add(new Headline(
                                            best, Metrics.THROUGHPUT, scale(List.of(best), Metrics.THROUGHPUT))));
                        }
                        last(benchmark, link, Metrics.CPU_PER_GIB)
                                .ifPresent(whole -> headlines.add(
                                        new Headline(whole, Metrics.CPU_PER_GIB, new Numbers.Scale(1, "s/GiB"))));
                    }));
        }
        List<Column> columns = new ArrayList<>(List.of(Column.text("fabric", "fabric")));
        for (Headline h : headlines) {
            String params = h.cell().params().isEmpty() ? "" : " (" + h.cell().params() + ")";
            columns.add(Column.number(
                    h.cell().benchmark() + params,
                    h.metric().label() + " " + h.scale().unit(),
                    h.cell().benchmark() + "_" + h.metric().name()));
            for (String part : List.of("_percent", "_percent_low", "_percent_high")) {
                columns.add(Column.csv(h.cell().benchmark() + "_" + h.metric().name() + part));
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String fabric : study.fabrics()) {
            List<Cell> cells = new ArrayList<>(List.of(Cell.of(shown(fabric))));
            headlines.forEach(h -> cells.addAll(beside(h, fabric)));
            if (cells.stream().skip(1).anyMatch(cell -> !cell.equals(Cell.EMPTY))) {
                rows.add(new Row(false, cells));
            }
        }
        return new Table(
                "overview-" + link.replaceAll("[^a-z0-9]", "-"),
                "Fabrics side by side, " + Names.link(link),
                1,
                false,
                columns,
                rows,
                List.of(
                        "Medians. Where a workload has several sizes, rates are of the largest and times of the smallest.",
                        "In brackets: percent of native from paired blocks (100 is native, more is better) with half of its 95 % interval; native is the mean of both its runs of a block where there are two."));
    }

    /// A figure with how it compares with native, and the latter's parts for programs.
    private List<Cell> beside(Headline h, String fabric) {
        Cell value = value(h.cell(), fabric, h.metric(), h.scale());
        Optional<PairedRatio> ratio = fabric.equals(Fabrics.NATIVE) || value.word()
                ? Optional.empty()
                : study.ratio(h.cell(), fabric, Fabrics.NATIVE, h.metric());
        return ratio.map(r -> List.of(
                        new Cell(
                                value.text() + " (" + Numbers.plusMinus(r.estimate(), r.halfWidth()) + ")",
                                value.csv(),
                                false),
                        Cell.number("", 100 * r.estimate()),
                        Cell.number("", 100 * r.low()),
                        Cell.number("", 100 * r.high())))
                .orElseGet(() -> List.of(value, Cell.EMPTY, Cell.EMPTY, Cell.EMPTY));
    }

    /// Where the CPU time went, by workload and fabric.
    private Table cpu(String link) {
        List<Column> columns = new ArrayList<>(List.of(
                Column.text("workload", "workload"),
                Column.text("fabric", "fabric"),
                Column.text("per", "per"),
                Column.number("CPU seconds", "whole machine", "cpu_s"),
                Column.number("CPU seconds", "sender", "cpu_sender_s"),
                Column.number("CPU seconds", "receiver", "cpu_receiver_s"),
                Column.number("CPU seconds", "nodes", "cpu_nodes_s"),
                Column.number("CPU seconds", "rest", "cpu_rest_s"),
                Column.number("", "softirq in all", "softirq_s")));
        List<Row> rows = new ArrayList<>();
        for (Study.Cell cell : study.cells()) {
            if (!cell.link().equals(link)) {
                continue;
            }
            for (CpuSplit.Per per : CpuSplit.Per.values()) {
                for (String fabric : study.fabrics()) {
                    CpuSplit.of(study, cell, fabric, per)
                            .ifPresent(split -> rows.add(new Row(
                                    false,
                                    List.of(
                                            Cell.of(Names.row(cell)),
                                            Cell.of(shown(fabric)),
                                            Cell.of(per.text()),
                                            seconds(split.total()),
                                            seconds(split.sender()),
                                            seconds(split.receiver()),
                                            seconds(split.nodes()),
                                            seconds(split.rest()),
                                            seconds(split.softirq())))));
                }
            }
        }
        return new Table(
                "cpu-" + link.replaceAll("[^a-z0-9]", "-"),
                "CPU seconds per GiB of payload and per million frames that arrived, " + Names.links(link),
                3,
                true,
                columns,
                rows,
                List.of(CPU_METHOD));
    }

    private static Cell seconds(double value) {
        return Cell.number(Numbers.value(value), value);
    }

    private static String shown(String fabric) {
        return fabric.equals(Fabrics.LOOPBACK) ? fabric + " (floor)" : fabric;
    }

    private boolean hasValues(Study.Cell cell, Metric metric) {
        return study.fabrics().stream().anyMatch(fabric -> study.values(cell, fabric, metric.name()).length > 0);
    }

    private Numbers.Scale scale(Collection<Study.Cell> cells, Metric metric) {
        double largest = 0;
        for (Study.Cell cell : cells) {
            for (String fabric : study.fabrics()) {
                largest = Math.max(
                        largest,
                        Arrays.stream(study.values(cell, fabric, metric.name()))
                                .max()
                                .orElse(0));
            }
        }
        return Numbers.scale(metric.unit(), largest);
    }

    private Cell value(Study.Cell cell, String fabric, Metric metric, Numbers.Scale scale) {
        Optional<Status> status = study.status(cell, fabric);
        if (status.isEmpty()) {
            return Cell.EMPTY;
        }
        if (status.get() != Status.OK) {
            return Cell.word(NasTables.word(status.get()));
        }
        double median = study.median(cell, fabric, metric.name());
        return Cell.number(Numbers.value(scale.of(median)), median);
    }

    /// Everything measured of one workload.
    private Table workload(String benchmark, Metric metric) {
        List<Study.Cell> cells = study.cells().stream()
                .filter(cell -> cell.benchmark().equals(benchmark))
                .toList();
        Set<String> params = new LinkedHashSet<>();
        cells.forEach(cell -> params.addAll(Params.parse(cell.params()).values().keySet()));
        Numbers.Scale scale = scale(cells, metric);
        boolean vxlan = study.fabrics().contains(Fabrics.VXLAN);
        Stream<Metric> others = study.metrics().values().stream()
                .filter(m -> Metrics.find(m.name()).isEmpty());
        List<Metric> beside = Stream.concat(BESIDE.stream(), others)
                .filter(m -> !m.equals(metric) && cells.stream().anyMatch(cell -> hasValues(cell, m)))
                .toList();
        List<Numbers.Scale> scales = beside.stream().map(m -> scale(cells, m)).toList();
        List<Column> columns = new ArrayList<>();
        params.forEach(param -> columns.add(new Column("", param, param, true, Table.Shown.EVERYWHERE)));
        columns.add(Column.text("link", "link"));
        columns.add(Column.text("fabric", "fabric"));
        columns.add(Column.number("", metric.label() + " " + scale.unit(), metric.name()));
        columns.add(Column.readers("", "min–max"));
        columns.add(Column.csv("min"));
        columns.add(Column.csv("max"));
        columns.add(Column.csv("runs"));
        for (String reference : references(vxlan)) {
            columns.add(Column.number("", "% of " + reference, "percent_of_" + reference));
            columns.add(Column.readers("", "95 %"));
            columns.add(Column.csv("percent_of_" + reference + "_low"));
            columns.add(Column.csv("percent_of_" + reference + "_high"));
        }
        for (int i = 0; i < beside.size(); i++) {
            columns.add(Column.number(
                    "",
                    (beside.get(i).label() + " " + scales.get(i).unit()).strip(),
                    beside.get(i).name()));
        }
        List<Row> rows = new ArrayList<>();
        for (Study.Cell cell : cells) {
            for (String fabric : study.fabrics()) {
                if (study.status(cell, fabric).isEmpty()) {
                    continue;
                }
                List<Cell> row = new ArrayList<>();
                Params values = Params.parse(cell.params());
                params.forEach(param -> row.add(Cell.of(values.get(param))));
                row.add(Cell.of(Names.link(cell.link())));
                row.add(Cell.of(shown(fabric)));
                row.add(value(cell, fabric, metric, scale));
                double[] all = study.values(cell, fabric, metric.name());
                boolean ok = study.status(cell, fabric).orElseThrow() == Status.OK && all.length > 0;
                double min = ok ? Arrays.stream(all).min().orElseThrow() : Double.NaN;
                double max = ok ? Arrays.stream(all).max().orElseThrow() : Double.NaN;
                row.add(ok ? Cell.of(Numbers.value(scale.of(min)) + "–" + Numbers.value(scale.of(max))) : Cell.EMPTY);
                row.add(Cell.number("", min));
                row.add(Cell.number("", max));
                row.add(Cell.of(Integer.toString(all.length)));
                for (String reference : references(vxlan)) {
                    addRatio(
                            row,
                            fabric.equals(reference) ? Optional.empty() : study.ratio(cell, fabric, reference, metric));
                }
                for (int i = 0; i < beside.size(); i++) {
                    double median =
                            ok ? study.median(cell, fabric, beside.get(i).name()) : Double.NaN;
                    row.add(Cell.number(Numbers.value(scales.get(i).of(median)), median));
                }
                rows.add(new Row(false, row));
            }
        }
        return new Table(
                "workload-" + benchmark.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]", "-"),
                benchmark,
                params.size() + 2,
                false,
                columns,
                rows,
                List.of(
                        "Medians of runs. "
                                + NasNotes.METHOD.replaceFirst(
                                        "Percent of native: 100 is native", "Percent: 100 is the reference"),
                        NasNotes.noise(study, metric)));
    }

    private List<String> references(boolean vxlan) {
        return vxlan ? List.of(Fabrics.NATIVE, Fabrics.VXLAN) : List.of(Fabrics.NATIVE);
    }

    private static void addRatio(List<Cell> row, Optional<PairedRatio> ratio) {
        if (ratio.isPresent()) {
            PairedRatio r = ratio.get();
            row.add(Cell.number(Numbers.percent(r.estimate()), 100 * r.estimate()));
            row.add(Cell.of(Numbers.interval(r.low(), r.high())));
            row.add(Cell.number("", 100 * r.low()));
            row.add(Cell.number("", 100 * r.high()));
        } else {
            row.addAll(List.of(Cell.EMPTY, Cell.EMPTY, Cell.EMPTY, Cell.EMPTY));
        }
    }
}

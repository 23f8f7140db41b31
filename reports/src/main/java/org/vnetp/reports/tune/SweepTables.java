package org.vnetp.reports.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Numbers;
import org.vnetp.reports.table.Table;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// VNET/P's experiment: the modes of dispatch over the offered rate, each rate's runs side by side.
public final class SweepTables {
    /// The benchmark of a sweep's observations.
    public static final String BENCHMARK = "sweep";

    /// The parameter that has the offered rate.
    public static final String RATE = "rate";

    public static final String GUEST = "guest";
    public static final String VMM = "vmm";
    public static final String ADAPTIVE = "adaptive";

    /// The modes, in the order of tables and plots.
    public static final List<String> MODES = List.of(GUEST, VMM, ADAPTIVE);

    private final Study study;

    public SweepTables(List<Observation> rows) {
        this.study = new Study(rows, Contest.SUITE);
    }

    public Study study() {
        return study;
    }

    /// The offered rate of a cell, frames/s.
    public static double rate(Study.Cell cell) {
        return Double.parseDouble(Params.parse(cell.params()).get(RATE));
    }

    /// The cells, by their rate.
    public List<Study.Cell> cells() {
        return study.cells().stream()
                .filter(cell -> cell.benchmark().equals(BENCHMARK))
                .sorted(java.util.Comparator.comparingDouble(SweepTables::rate))
                .toList();
    }

    /// A mode's value in a cell with its interval over blocks.
    public Optional<PairedRatio> value(Study.Cell cell, String mode, Metric metric) {
        double[] logs = java.util.Arrays.stream(study.values(cell, mode, metric.name()))
                .filter(v -> v > 0)
                .map(Math::log)
                .toArray();
        return logs.length == 0
                ? Optional.empty()
                : Optional.of(PairedRatio.of(logs, (cell.params() + mode + metric.name()).hashCode()));
    }

    /// The offered rate from which on one mode is better than another by a metric, between the rates that were
    /// measured, on logarithmic scales; empty where the order never changes. The last change counts.
    public OptionalDouble crossing(String mode, String other, Metric metric) {
        OptionalDouble found = OptionalDouble.empty();
        double lastRate = Double.NaN;
        double lastLog = Double.NaN;
        for (Study.Cell cell : cells()) {
            Optional<PairedRatio> ratio = study.ratio(cell, mode, other, metric);
            if (ratio.isEmpty()) {
                continue;
            }
            double log = Math.log(ratio.get().estimate());
            if (lastLog <= 0 && log > 0) {
                double share = lastLog / (lastLog - log);
                found = OptionalDouble.of(lastRate * Math.pow(rate(cell) / lastRate, share));
            }
            lastRate = rate(cell);
            lastLog = log;
        }
        return found;
    }

    /// What the modes have in common and where they part, in a sentence.
    public String sentence() {
        List<String> parts = new ArrayList<>();
        crossing(VMM, GUEST, Metrics.DELAY_P50)
                .ifPresentOrElse(
                        r -> parts.add("polling has the lower delay from " + frames(r) + " on"),
                        () -> parts.add("the order of polling and blocking by delay does not change once"));
        crossing(VMM, GUEST, Metrics.NODE_CPU_PER_MFRAMES)
                .ifPresentOrElse(
                        r -> parts.add("it costs less processor time a frame from " + frames(r) + " on"),
                        () -> parts.add("its processor time a frame is never the lower one"));
        polls().ifPresentOrElse(
                        r -> parts.add("adaptive dispatch polls from " + frames(r) + " on"),
                        () -> parts.add("adaptive dispatch never polls"));
        return "Modes of dispatch over the offered rate: " + String.join("; ", parts) + ".";
    }

    private static String frames(double rate) {
        return String.format(Locale.ROOT, "%.0f frames/s", rate);
    }

    /// The least offered rate at which adaptive dispatch polled in half of its directions or more.
    public OptionalDouble polls() {
        return cells().stream()
                .filter(cell -> study.median(cell, ADAPTIVE, Metrics.POLLING_SHARE.name()) >= 0.5)
                .mapToDouble(SweepTables::rate)
                .min();
    }

    /// All of them.
    public List<Table> all() {
        List<Column> columns = new ArrayList<>();
        columns.add(Column.number("", "offered frames/s", "rate"));
        for (String mode : MODES) {
            columns.add(Column.number(mode, "delay p50, us", mode + "_delay_p50_ns"));
            columns.add(Column.number(mode, "p99, us", mode + "_delay_p99_ns"));
            columns.add(Column.number(mode, "node CPU us/frame", mode + "_node_cpu_s_per_mframes"));
            columns.add(Column.number(mode, "lost, %", mode + "_lost_percent"));
        }
        columns.add(Column.number("adaptive", "polling", "adaptive_polling_share"));
        List<Row> rows = new ArrayList<>();
        for (Study.Cell cell : cells()) {
            List<Cell> row = new ArrayList<>();
            row.add(Cell.number(String.format(Locale.ROOT, "%.0f", rate(cell)), rate(cell)));
            for (String mode : MODES) {
                row.add(cell(value(cell, mode, Metrics.DELAY_P50), 1e3));
                row.add(cell(value(cell, mode, Metrics.DELAY_P99), 1e3));
                row.add(cell(value(cell, mode, Metrics.NODE_CPU_PER_MFRAMES), 1));
                double sent = study.median(cell, mode, Metrics.SENT.name());
                double lost = 100 * study.median(cell, mode, Metrics.LOSSES.name()) / sent;
                row.add(Cell.number(Numbers.fixed(lost, 1), lost));
            }
            double polling = study.median(cell, ADAPTIVE, Metrics.POLLING_SHARE.name());
            row.add(Cell.number(Numbers.fixed(polling, 2), polling));
            rows.add(new Row(false, row));
        }
        return List.of(new Table(
                "sweep",
                sentence(),
                1,
                false,
                columns,
                rows,
                List.of("One way from guest to guest, from when a frame was meant to be sent; half of the 95 % interval"
                        + " over blocks. Polling: share of the adaptive nodes' directions that were VMM-driven when"
                        + " a region ended, median.")));
    }

    private static Cell cell(Optional<PairedRatio> value, double divisor) {
        return value.map(v -> Cell.number(
                        v.hasInterval()
                                ? Numbers.value(v.estimate() / divisor) + " ± " + Numbers.value(v.halfWidth() / divisor)
                                : Numbers.value(v.estimate() / divisor),
                        v.estimate()))
                .orElse(Cell.EMPTY);
    }
}

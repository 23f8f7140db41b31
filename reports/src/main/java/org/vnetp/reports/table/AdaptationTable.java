package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// What networks that adapt gained and what they did: each arm against the static star, and against the best of the
/// static arms, which is the oracle as far as the arms that were run can tell.
final class AdaptationTable {
    private static final String METHOD =
            "Medians of runs; ratios of paired blocks with their 95 % interval. An arm is static where no controller"
                    + " leads it. Against star: how many times as good as the static arm of that name. Regret: how much"
                    + " worse than the best static arm of the row's workload, native aside; that arm was found by"
                    + " search over the static arms that were run, so a better one that was not run is not known."
                    + " Below 0 it was better than each of them. Reaction: from the cause to the first change. Lost,"
                    + " repeated, reordered: numbered datagrams of the whole run, a link that dies included.";

    private final Study study;

    AdaptationTable(Study study) {
        this.study = study;
    }

    /// A table for each link rate at which a controller led an arm.
    static List<Table> all(Study study) {
        AdaptationTable adaptation = new AdaptationTable(study);
        return !adaptation.any()
                ? List.of()
                : study.links().stream()
                        .map(adaptation::table)
                        .filter(table -> !table.rows().isEmpty())
                        .toList();
    }

    /// Whether a controller led an arm of a run.
    boolean any() {
        return study.metrics().containsKey(Metrics.CHANGES.name());
    }

    Table table(String link) {
        String datagrams = "datagrams";
        String gain = "gain %";
        List<Column> columns = List.of(
                Column.text("workload", "workload"),
                Column.text("fabric", "fabric"),
                Column.text("measure", "measure"),
                Column.number("", "median", "median"),
                Column.number("", "times " + Fabrics.STAR, "times_star"),
                Column.readers("", "95 %"),
                Column.csv("times_star_low"),
                Column.csv("times_star_high"),
                Column.number("", "regret %", "regret_percent"),
                Column.readers("", "95 %"),
                Column.csv("regret_percent_low"),
                Column.csv("regret_percent_high"),
                Column.text("best static", "best_static"),
                Column.number("", "reaction s", Metrics.REACTION.name()),
                Column.number("", "changes", Metrics.CHANGES.name()),
                Column.number("", "taken back", Metrics.TAKEN_BACK.name()),
                Column.number(datagrams, "lost", Metrics.LOSSES.name()),
                Column.number(datagrams, "repeated", Metrics.REPEATED.name()),
                Column.number(datagrams, "reordered", Metrics.REORDERED.name()),
                Column.number(gain, "predicted", Metrics.PREDICTED_GAIN.name()),
                Column.number(gain, "measured", Metrics.MEASURED_GAIN.name()),
                Column.number("", "controller CPU s", Metrics.CONTROLLER_CPU.name()));
        List<Row> rows = new ArrayList<>();
        for (Study.Cell cell : study.cells()) {
            Optional<Metric> primary = study.primary(cell.benchmark());
            if (cell.link().equals(link) && primary.isPresent() && isAdaptive(cell)) {
                study.fabrics()
                        .forEach(fabric -> row(cell, fabric, primary.get()).ifPresent(rows::add));
            }
        }
        return new Table(
                "adaptation-" + link.replaceAll("[^a-z0-9]", "-"),
                "Networks that adapt, " + Names.links(link),
                2,
                false,
                columns,
                rows,
                List.of(METHOD));
    }

    private boolean isAdaptive(Study.Cell cell) {
        return study.fabrics().stream().anyMatch(fabric -> !isStatic(cell, fabric));
    }

    private boolean isStatic(Study.Cell cell, String fabric) {
        return study.runs(cell, fabric).stream().noneMatch(run -> run.values().containsKey(Metrics.CHANGES.name()));
    }

    /// The best of the static arms.
    private Optional<String> oracle(Study.Cell cell, Metric metric) {
        Comparator<String> by = Comparator.comparingDouble(fabric -> study.median(cell, fabric, metric.name()));
        return study.overlays().stream()
                .filter(fabric -> !fabric.equals(Fabrics.LOOPBACK))
                .filter(fabric -> isStatic(cell, fabric) && isOk(cell, fabric))
                .filter(fabric -> Double.isFinite(study.median(cell, fabric, metric.name())))
                .min(metric.direction() == Metric.Direction.HIGHER_IS_BETTER ? by.reversed() : by);
    }

    private boolean isOk(Study.Cell cell, String fabric) {
        return study.status(cell, fabric).orElse(Status.FAILED) == Status.OK;
    }

    private Optional<Row> row(Study.Cell cell, String fabric, Metric metric) {
        Optional<Status> status = study.status(cell, fabric);
        if (status.isEmpty()) {
            return Optional.empty();
        }
        boolean ok = status.get() == Status.OK;
        double median = study.median(cell, fabric, metric.name());
        List<Cell> cells = new ArrayList<>(List.of(
                Cell.of(Names.row(cell)),
                Cell.of(fabric),
                Cell.of(measure(metric)),
                ok ? Cell.number(Numbers.value(median), median) : Cell.word(NasTables.word(status.get()))));
        Optional<PairedRatio> star = ok && !fabric.equals(Fabrics.STAR) && isStatic(cell, Fabrics.STAR)
                ? study.ratio(cell, fabric, Fabrics.STAR, metric)
                : Optional.empty();
        cells.addAll(star.map(r -> List.of(
                        Cell.number(Numbers.fixed(r.estimate(), 2), r.estimate()),
                        Cell.of(interval(r.low(), r.high())),
                        Cell.number("", r.low()),
                        Cell.number("", r.high())))
                .orElseGet(AdaptationTable::nothing));
        Optional<String> oracle = oracle(cell, metric);
        Optional<PairedRatio> worse = ok && !isStatic(cell, fabric)
                ? oracle.flatMap(best -> study.ratio(cell, fabric, best, metric))
                : Optional.empty();
        cells.addAll(worse.map(r -> {
                    double low = regret(r.high());
                    double high = regret(r.low());
                    return List.of(
                            Cell.number(Numbers.fixed(regret(r.estimate()), 1), regret(r.estimate())),
                            Cell.of(Double.isFinite(low) ? interval(low, high) : ""),
                            Cell.number("", low),
                            Cell.number("", high));
                })
                .orElseGet(AdaptationTable::nothing));
        cells.add(worse.isPresent() ? Cell.of(oracle.orElseThrow()) : Cell.EMPTY);
        for (Metric each : List.of(
                Metrics.REACTION,
                Metrics.CHANGES,
                Metrics.TAKEN_BACK,
                Metrics.LOSSES,
                Metrics.REPEATED,
                Metrics.REORDERED,
                Metrics.PREDICTED_GAIN,
                Metrics.MEASURED_GAIN,
                Metrics.CONTROLLER_CPU)) {
            double value = study.median(cell, fabric, each.name());
            cells.add(Cell.number(Numbers.value(value), value));
        }
        return Optional.of(new Row(false, cells));
    }

    private static String measure(Metric metric) {
        return metric.label().equals(metric.unit()) ? metric.unit() : (metric.label() + " " + metric.unit()).strip();
    }

    private static List<Cell> nothing() {
        return List.of(Cell.EMPTY, Cell.EMPTY, Cell.EMPTY, Cell.EMPTY);
    }

    /// In percent, of how many times as good an arm is as the oracle.
    private static double regret(double ratio) {
        return 100 * (1 / ratio - 1);
    }

    private static String interval(double low, double high) {
        return Double.isFinite(low) && Double.isFinite(high)
                ? "[" + Numbers.fixed(low, 2) + ", " + Numbers.fixed(high, 2) + "]"
                : "";
    }
}

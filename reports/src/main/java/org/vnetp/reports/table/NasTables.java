package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Alike;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;
import org.vnetp.reports.table.Table.Shown;

/// The tables of the NAS suite: percent of native in the published table's form, its summary, and where the time went.
public final class NasTables {
    private final Study study;
    private final Metric metric = Metrics.MOPS;

    public NasTables(Study study) {
        this.study = study;
    }

    public List<Table> all() {
        List<Table> tables = new ArrayList<>();
        tables.add(percent());
        tables.add(SummaryTable.of(study, metric));
        tables.add(mops());
        Table costs = CostTable.of(study);
        if (!costs.rows().isEmpty()) {
            tables.add(costs);
        }
        tables.addAll(AdaptationTable.all(study));
        Table troubles = Troubles.table(study);
        if (!troubles.rows().isEmpty()) {
            tables.add(troubles);
        }
        return tables;
    }

    /// Names of the rows, in order; a row has all link rates.
    private Set<String> rowNames() {
        Set<String> names = new LinkedHashSet<>();
        study.cells().forEach(cell -> names.add(Names.row(cell)));
        return names;
    }

    private Optional<Study.Cell> cell(String row, String link) {
        return study.cells().stream()
                .filter(cell -> cell.link().equals(link) && Names.row(cell).equals(row))
                .findFirst();
    }

    /// What is compared with native: the overlays, or native itself where the run was for that alone.
    private List<String> compared() {
        return !study.overlays().isEmpty() || !study.fabrics().contains(Fabrics.NATIVE_AGAIN)
                ? study.overlays()
                : List.of(Fabrics.NATIVE_AGAIN);
    }

    /// What columns the main table has.
    ///
    /// @param published links with published rows
    /// @param otherClasses whether these are named, being of other classes
    /// @param alikes whether it is said what cannot be told apart
    /// @param shares whether ranks' shares of communication are known
    private record Layout(
            List<String> links,
            List<String> overlays,
            List<String> published,
            boolean otherClasses,
            boolean alikes,
            boolean shares) {}

    private Layout layout() {
        List<String> links = study.links();
        List<String> published = links.stream()
                .filter(link -> study.cells().stream()
                        .anyMatch(cell ->
                                Published.nearest(cell.benchmark(), link).isPresent()))
                .toList();
        return new Layout(
                links,
                compared(),
                published,
                otherClasses(published),
                study.cells().stream().anyMatch(cell -> !alike(cell).isEmpty()),
                study.metrics().containsKey(Metrics.COMM_SHARE.name()));
    }

    /// The main table.
    public Table percent() {
        Layout layout = layout();
        List<Column> columns = new ArrayList<>();
        columns.add(Column.text("kernel.class.ranks", "benchmark"));
        for (String link : layout.links()) {
            String group = Names.link(link);
            columns.add(Column.number(group, "native Mop/s", link + "_native_mops"));
            for (String overlay : layout.overlays()) {
                String prefix = link + "_" + overlay;
                columns.add(Column.csv(prefix + "_mops"));
                columns.add(Column.number(group, overlay + " %", prefix + "_percent"));
                columns.add(Column.csv(prefix + "_percent_low"));
                columns.add(Column.csv(prefix + "_percent_high"));
                columns.add(Column.csv(prefix + "_pairs"));
                columns.add(Column.csv(prefix + "_launches"));
                columns.add(Column.csv(prefix + "_p"));
                columns.add(Column.csv(prefix + "_status"));
            }
            if (layout.alikes()) {
                columns.add(new Column(group, "cannot be told apart", link + "_alike", false, Shown.EVERYWHERE));
            }
            if (layout.shares()) {
                columns.add(Column.number(group, "comm", link + "_native_comm_share"));
            }
        }
        if (layout.otherClasses()) {
            columns.add(Column.text("published row", "published_row"));
        }
        for (String link : layout.published()) {
            String group = "published " + Names.link(link);
            columns.add(Column.number(group, "native", "published_" + link + "_native_mops"));
            columns.add(Column.number(group, "VNET/P", "published_" + link + "_vnetp_mops"));
            columns.add(Column.number(group, "%", "published_" + link + "_percent"));
        }
        List<Row> rows = new ArrayList<>();
        for (String name : rowNames()) {
            rows.add(new Row(false, dataRow(name, layout)));
        }
        if (study.cells().size() > 1) {
            rows.add(summaryRow("geometric mean", layout, Summary::geometricMean, Published::geometricMean));
            rows.add(summaryRow("median", layout, Summary::median, Published::median));
            rows.add(summaryRow("worst", layout, Summary::worst, Published::worst));
        }
        return new Table(
                "percent-of-native",
                "NAS kernels: Mop/s and percent of native",
                1,
                false,
                columns,
                rows,
                NasNotes.of(study, metric, compared(), !layout.published().isEmpty(), layout.shares()));
    }

    /// Whether a row has only one of another class to stand beside, which is then named.
    private boolean otherClasses(List<String> published) {
        return published.stream()
                .anyMatch(link -> study.cells().stream()
                        .anyMatch(cell -> Published.row(cell.benchmark(), link).isEmpty()
                                && Published.nearest(cell.benchmark(), link).isPresent()));
    }

    private List<Cell> dataRow(String name, Layout layout) {
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.of(name));
        for (String link : layout.links()) {
            Optional<Study.Cell> cell = cell(name, link);
            cells.add(cell.map(c -> rate(c, Fabrics.NATIVE)).orElse(Cell.EMPTY));
            for (String overlay : layout.overlays()) {
                cells.add(cell.map(c -> rate(c, overlay)).orElse(Cell.EMPTY));
                addPercent(cells, cell, overlay);
            }
            if (layout.alikes()) {
                cells.add(cell.map(c -> Cell.of(alike(c))).orElse(Cell.EMPTY));
            }
            if (layout.shares()) {
                double share = cell.map(c -> study.median(c, Fabrics.NATIVE, Metrics.COMM_SHARE.name()))
                        .orElse(Double.NaN);
                cells.add(Cell.number(Numbers.fixed(100 * share, 0) + " %", share));
            }
        }
        String benchmark = name.split(" ", 2)[0];
        if (layout.otherClasses()) {
            cells.add(Cell.of(Published.nearest(benchmark, layout.published().getFirst())
                    .map(Published.Row::benchmark)
                    .orElse("")));
        }
        for (String link : layout.published()) {
            Optional<Published.Row> row = Published.nearest(benchmark, link);
            cells.add(row.map(r -> Cell.number(Numbers.mops(r.nativeMops()), r.nativeMops()))
                    .orElse(Cell.EMPTY));
            cells.add(row.map(r -> Cell.number(Numbers.mops(r.overlayMops()), r.overlayMops()))
                    .orElse(Cell.EMPTY));
            cells.add(row.map(r -> Cell.number(Numbers.percent(r.ratio()), 100 * r.ratio()))
                    .orElse(Cell.EMPTY));
        }
        return cells;
    }

    /// The median rate of an arm, or the word for why there is none.
    private Cell rate(Study.Cell cell, String fabric) {
        Optional<Status> status = study.status(cell, fabric);
        if (status.isEmpty()) {
            return Cell.EMPTY;
        }
        if (status.get() != Status.OK) {
            return Cell.word(word(status.get()));
        }
        double value = study.median(cell, fabric, metric.name());
        return Double.isNaN(value) ? Cell.word("no value") : Cell.number(Numbers.mops(value), value);
    }

    static String word(Status status) {
        return status.text().replace('-', ' ');
    }

    private void addPercent(List<Cell> cells, Optional<Study.Cell> cell, String overlay) {
        Optional<PairedRatio> ratio = cell.flatMap(c -> study.ratio(c, overlay, Fabrics.NATIVE, metric));
        Optional<Status> status = cell.flatMap(c -> study.status(c, overlay));
        if (ratio.isPresent()) {
            PairedRatio r = ratio.get();
            cells.add(Cell.number(Numbers.plusMinus(r.estimate(), r.halfWidth()), 100 * r.estimate()));
            cells.add(Cell.number("", 100 * r.low()));
            cells.add(Cell.number("", 100 * r.high()));
            cells.add(new Cell("", Integer.toString(r.pairs()), false));
            cells.add(new Cell("", r.launches() == 0 ? "" : Integer.toString(r.launches()), false));
            cells.add(Cell.number("", r.pValue()));
        } else {
            cells.add(status.filter(s -> s != Status.OK)
                    .map(s -> new Cell(word(s), "", true))
                    .orElse(Cell.EMPTY));
            for (int i = 0; i < 5; i++) {
                cells.add(Cell.EMPTY);
            }
        }
        cells.add(status.map(s -> Cell.of(s.text())).orElse(Cell.EMPTY));
    }

    /// Which fabrics, native among them, this cell cannot tell apart, in words.
    private String alike(Study.Cell cell) {
        List<String> fabrics = study.fabrics().stream()
                .filter(fabric -> !fabric.equals(Fabrics.NATIVE_AGAIN))
                .toList();
        return Alike.words(Alike.sets(fabrics, (a, b) -> study.ratio(cell, a, b, metric)));
    }

    private Row summaryRow(
            String name, Layout layout, ToDoubleFunction<Summary> ours, ToDoubleFunction<List<Published.Row>> theirs) {
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.of(name));
        for (String link : layout.links()) {
            cells.add(Cell.EMPTY);
            for (String overlay : layout.overlays()) {
                Summary summary = study.summary(link, overlay, Fabrics.NATIVE, metric);
                double value = ours.applyAsDouble(summary);
                boolean mean = name.startsWith("geometric");
                cells.add(Cell.EMPTY);
                cells.add(Cell.number(
                        mean
                                ? Numbers.plusMinus(value, summary.halfWidth())
                                : Numbers.percent(value) + (name.equals("worst") ? worstKernel(summary) : ""),
                        100 * value));
                cells.add(mean ? Cell.number("", 100 * summary.low()) : Cell.EMPTY);
                cells.add(mean ? Cell.number("", 100 * summary.high()) : Cell.EMPTY);
                cells.add(Cell.EMPTY);
                cells.add(Cell.EMPTY);
                cells.add(Cell.EMPTY);
                cells.add(Cell.EMPTY);
            }
            if (layout.alikes()) {
                cells.add(Cell.EMPTY);
            }
            if (layout.shares()) {
                cells.add(Cell.EMPTY);
            }
        }
        if (layout.otherClasses()) {
            cells.add(Cell.EMPTY);
        }
        for (String link : layout.published()) {
            double value = theirs.applyAsDouble(Published.rows(link));
            cells.add(Cell.EMPTY);
            cells.add(Cell.EMPTY);
            cells.add(Cell.number(Numbers.percent(value), 100 * value));
        }
        return new Row(true, cells);
    }

    private static String worstKernel(Summary summary) {
        return summary.worstName().isEmpty() ? "" : " (" + summary.worstName().split("[. ]", 2)[0] + ")";
    }

    /// The rates themselves: the median of each arm's regions.
    public Table mops() {
        List<String> fabrics = study.fabrics().stream()
                .filter(fabric -> !fabric.equals(Fabrics.NATIVE_AGAIN))
                .toList();
        List<Column> columns = new ArrayList<>(List.of(Column.text("kernel.class.ranks", "benchmark")));
        for (String link : study.links()) {
            fabrics.forEach(
                    fabric -> columns.add(Column.number(Names.link(link), fabric, link + "_" + fabric + "_mops")));
        }
        List<Row> rows = new ArrayList<>();
        for (String name : rowNames()) {
            List<Cell> cells = new ArrayList<>(List.of(Cell.of(name)));
            for (String link : study.links()) {
                Optional<Study.Cell> cell = cell(name, link);
                fabrics.forEach(
                        fabric -> cells.add(cell.map(c -> rate(c, fabric)).orElse(Cell.EMPTY)));
            }
            rows.add(new Row(false, cells));
        }
        return new Table(
                "mops",
                "Mop/s: medians of all regions",
                1,
                true,
                columns,
                rows,
                List.of(
                        "Medians of different hours of a machine: compare by the percentages above, which are of pairs."));
    }
}

package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Alike;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.NoiseFloor;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;
import org.vnetp.reports.table.Table.Shown;

/// The tables of the NAS suite: percent of native in the published table's form, its summary, and where the time went.
public final class NasTables {
    /// The words of the notes below the main table; also used by the page.
    public static final String METHOD =
            "Percent of native: 100 is native, more is better; after the sign: half of the 95 % interval. Estimate: Hodges-Lehmann of the "
                    + "log ratios of paired blocks, to the mean of both native regions of a block where there are two. Interval: from the spread of regions and, where several regions come of one launch, the spread of launches "
                    + "(a variance component of the whole run); else an expanded percentile bootstrap (from 6 pairs on; Student's t below).";

    private final Study study;
    private final Metric metric = Metrics.MOPS;

    public NasTables(Study study) {
        this.study = study;
    }

    public List<Table> all() {
        List<Table> tables = new ArrayList<>();
        tables.add(percent());
        tables.add(summary());
        tables.add(mops());
        Table costs = costs();
        if (!costs.rows().isEmpty()) {
            tables.add(costs);
        }
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
                notes(!layout.published().isEmpty(), layout.shares()));
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

    private List<String> notes(boolean published, boolean shares) {
        List<String> notes = new ArrayList<>();
        notes.add(METHOD);
        notes.add(noise(study, metric));
        detectable().ifPresent(notes::add);
        if (shares) {
            notes.add("comm: share of native run time that ranks spent in MPI.");
        }
        if (published) {
            notes.add("Published: " + Published.SOURCE
                    + "; its summary rows are over all 19 published rows, not only those shown.");
        }
        if (study.cells().stream()
                .anyMatch(cell -> study.overlays().stream()
                        .anyMatch(fabric -> study.status(cell, fabric).orElse(Status.OK) != Status.OK))) {
            notes.add(
                    "A cell with a run that was not verified, failed or not on path shows that word and counts in no mean.");
        }
        if (study.replacedRuns() > 0) {
            notes.add(study.replacedRuns() + " run(s) were repeated later; the repetition counts.");
        }
        return notes;
    }

    /// What difference this run could have seen.
    private Optional<String> detectable() {
        double[] cells = study.cells().stream()
                .flatMap(cell -> compared().stream()
                        .flatMap(overlay -> study.ratio(cell, overlay, Fabrics.NATIVE, metric).stream()))
                .mapToDouble(PairedRatio::detectable)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (cells.length == 0) {
            return Optional.empty();
        }
        double[] means = study.links().stream()
                .flatMap(link ->
                        compared().stream().map(overlay -> study.summary(link, overlay, Fabrics.NATIVE, metric)))
                .mapToDouble(Summary::detectable)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return Optional.of(String.format(
                Locale.ROOT,
                "Detectable effect (found in 4 of 5 such runs): %.1f %% in a cell (median; %.1f %% in the widest)%s.",
                100 * cells[cells.length / 2],
                100 * cells[cells.length - 1],
                means.length == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, ", %.1f %% of a geometric mean (widest)", 100 * means[means.length - 1])));
    }

    /// A sentence on the noise floor, or on its absence.
    public static String noise(Study study, Metric metric) {
        Optional<NoiseFloor> floor = study.noiseFloor(metric);
        if (floor.isPresent()) {
            NoiseFloor f = floor.get();
            StringBuilder text = new StringBuilder(String.format(
                    Locale.ROOT,
                    "Noise floor (native against native, %d cells): typically %.1f %%, at most %.1f %%; single pairs vary by %s",
                    f.cells(),
                    100 * f.typical(),
                    100 * f.largest(),
                    Double.isNaN(f.singlePair())
                            ? "an unknown amount"
                            : Numbers.fixed(100 * f.singlePair(), 1) + " %"));
            study.launchDeviation(metric)
                    .ifPresent(deviation ->
                            text.append(String.format(Locale.ROOT, ", launches by %.1f %%", 100 * deviation)));
            study.coverage(metric)
                    .ifPresent(coverage -> text.append(String.format(
                            Locale.ROOT,
                            "; its 95 %% interval holds 100 in %d of %d cells",
                            coverage.holding(),
                            coverage.cells())));
            return text.append('.').toString();
        }
        return "Noise floor: not measured in this run (needs native against native, A/A).";
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

    /// Geometric mean, median and worst, ours beside the published ones.
    public Table summary() {
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

    /// Where the time went: medians a run.
    public Table costs() {
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

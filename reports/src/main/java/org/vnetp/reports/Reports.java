package org.vnetp.reports;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.vnetp.reports.chart.Fonts;
import org.vnetp.reports.chart.MicroCharts;
import org.vnetp.reports.chart.NasCharts;
import org.vnetp.reports.chart.NetworkCharts;
import org.vnetp.reports.chart.Picture;
import org.vnetp.reports.chart.TimeLineCharts;
import org.vnetp.reports.chart.TrafficCharts;
import org.vnetp.reports.chart.TuneCharts;
import org.vnetp.reports.gate.GateFormats;
import org.vnetp.reports.gate.GateResult;
import org.vnetp.reports.gate.GateTable;
import org.vnetp.reports.page.Page;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.result.LatencyLog;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TimeLineFile;
import org.vnetp.reports.result.TrafficFile;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.LatexTable;
import org.vnetp.reports.table.MicroTables;
import org.vnetp.reports.table.NasTables;
import org.vnetp.reports.table.NetworkTables;
import org.vnetp.reports.table.Table;
import org.vnetp.reports.table.TableFormat;
import org.vnetp.reports.table.TerminalTable;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.SweepTables;
import org.vnetp.reports.tune.TuneTables;

/// The one entry for runners: everything that is computed from a result directory.
///
/// The same directory always gives the same bytes: nothing here reads a clock, the locale or the time zone. Works on a
/// directory that is still being written.
public final class Reports {
    private static final int WIDTH = 120;

    private Reports() {}

    /// Writes `tables.md`, `tables.csv`, `tables.tex`, `plots/*` and `report.html` into the result directory.
    ///
    /// A file that cannot be written does not keep the others from it, and no half of it stays.
    ///
    /// @throws ResultException after all else is written, naming what could not be
    public static void write(Path directory) throws IOException {
        Results results = ResultDirectory.read(directory);
        List<Table> tables = tables(results);
        Output output = new Output();
        output.text(directory.resolve("tables.md"), markdown(tables));
        output.text(directory.resolve("tables.csv"), csv(tables));
        output.text(directory.resolve("tables.tex"), latex(tables));
        Optional<String> noFonts = Fonts.lacking();
        List<String> troubles = new ArrayList<>();
        noFonts.ifPresent(System.err::println);
        List<Picture> pictures = noFonts.isPresent() ? List.of() : pictures(results, troubles);
        troubles.forEach(System.err::println);
        Study study = new Study(results.observations(), results.info().suite());
        List<String> headline = new ArrayList<>(
                results.info().suite().equals(Contest.SUITE)
                        ? List.of(
                                isSweep(results)
                                        ? new SweepTables(results.observations()).sentence()
                                        : tune(results).sentence())
                        : Words.headline(study, results.info()));
        noFonts.ifPresent(headline::add);
        headline.addAll(troubles);
        output.text(
                directory.resolve("report.html"), Page.html(results, headline, tables, pictures, Words.proof(study)));
        output.plots(directory.resolve("plots"), pictures);
        output.requireWhole(directory);
    }

    /// The tables as a terminal shows them, without colour, for a width of 120.
    public static String terminalTable(Path directory) throws IOException {
        return terminal(tables(ResultDirectory.read(directory)), WIDTH, false, false);
    }

    /// The tables as one JSON array.
    public static String jsonTables(Path directory) throws IOException {
        return json(tables(ResultDirectory.read(directory)));
    }

    /// All tables of a result, the main one first.
    static List<Table> tables(Results results) throws IOException {
        String suite = results.info().suite();
        return switch (suite) {
            case "nas" -> new NasTables(new Study(results.observations(), suite)).all();
            case "macro" -> new NetworkTables(new Study(results.observations(), suite)).all();
            case "micro" -> MicroTables.all(JmhResult.read(results.directory().resolve(JmhResult.FILE)));
            case Contest.SUITE ->
                isSweep(results)
                        ? new SweepTables(results.observations()).all()
                        : tune(results).all();
            default ->
                throw new ResultException(
                        results.directory().resolve("run.json"),
                        "suite '" + suite + "' is none of nas, macro, micro, tune");
        };
    }

    private static boolean isSweep(Results results) {
        return !results.info().settings().containsKey(TuneTables.GOAL);
    }

    private static TuneTables tune(Results results) throws ResultException {
        try {
            return new TuneTables(results.info(), results.observations());
        } catch (IllegalArgumentException e) {
            throw new ResultException(results.directory().resolve("run.json"), e.getMessage(), e);
        }
    }

    /// A number among the settings of a run; 0 where it is not there.
    private static double number(Results results, String setting) {
        String text = results.info().settings().getOrDefault(setting, "");
        return text.matches("\\d{1,9}") ? Double.parseDouble(text) : 0;
    }

    /// All plots of a result, the most telling first.
    static List<Picture> pictures(Results results) throws IOException {
        return pictures(results, new ArrayList<>());
    }

    private static List<Picture> pictures(Results results, List<String> troubles) throws IOException {
        String suite = results.info().suite();
        Study study = new Study(results.observations(), suite);
        return switch (suite) {
            case "nas" -> nas(results.directory(), study, troubles);
            case "macro" -> macro(results.directory(), study, troubles);
            case Contest.SUITE ->
                isSweep(results)
                        ? TuneCharts.sweep(
                                new SweepTables(results.observations()),
                                number(results, "alpha-l"),
                                number(results, "alpha-u"))
                        : TuneCharts.race(tune(results));
            default -> MicroCharts.of(JmhResult.read(results.directory().resolve(JmhResult.FILE)));
        };
    }

    private static List<Picture> macro(Path directory, Study study, List<String> troubles) throws IOException {
        List<Picture> pictures = new ArrayList<>(NetworkCharts.of(study, curves(directory, study, troubles)));
        pictures.addAll(timeLines(directory, study, troubles));
        return pictures;
    }

    private static List<Picture> timeLines(Path directory, Study study, List<String> troubles) throws IOException {
        return TimeLineCharts.of(study, (cell, fabric, run) -> timeLine(directory, cell, fabric, run, troubles));
    }

    /// What a run's own files begin with.
    private static String fileName(Study.Cell cell, String fabric, Study.RunValues run) {
        return Run.fileName(cell.benchmark(), fabric, cell.link(), cell.params(), run.block(), run.repetition());
    }

    /// What hosts sent over a run's time.
    ///
    /// @param troubles gets a sentence where it cannot be understood
    private static Optional<TimeLineFile> timeLine(
            Path directory, Study.Cell cell, String fabric, Study.RunValues run, List<String> troubles)
            throws IOException {
        Path file = directory.resolve("raw").resolve(fileName(cell, fabric, run) + TimeLineFile.SUFFIX);
        try {
            return Files.exists(file) ? Optional.of(TimeLineFile.read(file)) : Optional.empty();
        } catch (ResultException e) {
            troubles.add("Left out of the pictures of time lines: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static List<Picture> nas(Path directory, Study study, List<String> troubles) throws IOException {
        List<Picture> pictures = new ArrayList<>(NasCharts.of(study));
        pictures.addAll(timeLines(directory, study, troubles));
        pictures.addAll(TrafficCharts.of(study, (cell, fabric) -> traffic(directory, study, cell, fabric, troubles)));
        return pictures;
    }

    /// Who talked to whom in the good runs of an arm.
    ///
    /// @param troubles gets a sentence for each file that cannot be understood
    private static List<TrafficFile> traffic(
            Path directory, Study study, Study.Cell cell, String fabric, List<String> troubles) throws IOException {
        List<TrafficFile> all = new ArrayList<>();
        for (Study.RunValues run : study.runs(cell, fabric)) {
            Path file = directory.resolve("raw").resolve(fileName(cell, fabric, run) + TrafficFile.SUFFIX);
            if (run.status() == Status.OK && Files.exists(file)) {
                try {
                    all.add(TrafficFile.read(file));
                } catch (ResultException e) {
                    troubles.add("Left out of the pictures of traffic: " + e.getMessage());
                }
            }
        }
        return all;
    }

    /// Percentile curves of every cell that kept histograms: all good runs of an arm added up.
    /// A log that cannot be read takes part in none.
    ///
    /// @param troubles gets a sentence for each such log
    private static Map<String, Map<String, NetworkCharts.PercentileCurve>> curves(
            Path directory, Study study, List<String> troubles) throws IOException {
        Map<String, Map<String, NetworkCharts.PercentileCurve>> curves = new LinkedHashMap<>();
        for (Study.Cell cell : study.cells()) {
            for (String fabric : study.fabrics()) {
                Histogram sum = new Histogram(3);
                for (Study.RunValues run : study.runs(cell, fabric)) {
                    Path file = directory.resolve("latency").resolve(fileName(cell, fabric, run) + ".hlog");
                    if (run.status() == Status.OK && Files.exists(file)) {
                        try {
                            LatencyLog.addTo(sum, file);
                        } catch (ResultException e) {
                            troubles.add("Left out of the latency plots: " + e.getMessage());
                        }
                    }
                }
                if (sum.getTotalCount() > 0) {
                    curves.computeIfAbsent(Names.row(cell) + ", " + Names.link(cell.link()), _ -> new LinkedHashMap<>())
                            .put(fabric, curve(sum));
                }
            }
        }
        return curves;
    }

    private static NetworkCharts.PercentileCurve curve(Histogram histogram) {
        List<double[]> points = new ArrayList<>();
        for (HistogramIterationValue value : histogram.percentiles(10)) {
            points.add(new double[] {value.getPercentileLevelIteratedTo(), value.getValueIteratedTo()});
        }
        return new NetworkCharts.PercentileCurve(
                points.stream().mapToDouble(p -> p[0]).toArray(),
                points.stream().mapToDouble(p -> p[1]).toArray());
    }

    /// A gate's result; programs are shown all of it.
    ///
    /// @param all whether series that pass or only inform are shown to people too
    public static String gate(GateResult result, boolean all, Format format) {
        List<Table> tables = List.of(GateTable.of(result, all || format == Format.csv));
        return switch (format) {
            case text -> terminal(tables, WIDTH, false, true);
            case md -> markdown(tables);
            case csv -> csv(tables);
            case tex -> latex(tables);
            case json -> GateFormats.json(result);
        };
    }

    static String terminal(List<Table> tables, int width, boolean colour, boolean details) {
        return tables.stream()
                .filter(table -> details || !table.detail())
                .map(table -> TerminalTable.of(table, width, colour))
                .collect(Collectors.joining("\n"));
    }

    static String markdown(List<Table> tables) {
        return tables.stream().map(TableFormat::markdown).collect(Collectors.joining("\n"));
    }

    static String csv(List<Table> tables) {
        return tables.stream().map(TableFormat::csv).collect(Collectors.joining("\n"));
    }

    static String latex(List<Table> tables) {
        return tables.stream().map(LatexTable::of).collect(Collectors.joining("\n"));
    }

    /// An array of tables; each row is an object by the names of the CSV columns, numbers as numbers.
    static String json(List<Table> tables) {
        return TableFormat.json(tables);
    }
}

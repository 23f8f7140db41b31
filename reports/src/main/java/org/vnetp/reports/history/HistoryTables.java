package org.vnetp.reports.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.vnetp.reports.steps.Step;
import org.vnetp.reports.table.Numbers;
import org.vnetp.reports.table.Table;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// The tables of a timeline.
final class HistoryTables {
    private HistoryTables() {}

    /// How many runs, from when to when.
    static String span(Timeline timeline) {
        if (timeline.runs().isEmpty()) {
            return "no runs";
        }
        HistoryRun first = timeline.runs().getFirst();
        HistoryRun last = timeline.runs().getLast();
        long unfinished =
                timeline.runs().stream().filter(run -> !run.complete()).count();
        return timeline.runs().size() + " runs from " + Instants.minutes(first.started()) + " ("
                + first.shortCommit() + ") to " + Instants.minutes(last.started()) + " (" + last.shortCommit() + ")"
                + (timeline.older() == 0 ? "" : ", " + timeline.older() + " older ones not looked at")
                + (unfinished == 0 ? "" : ", " + unfinished + " that did not come to their end (gaps)") + "; "
                + timeline.series().size() + " series";
    }

    private record Found(Series series, Series.Change change) {}

    /// The steps that both detectors found, and that are more than chance; news first, the worst of them first.
    static Table steps(Timeline timeline) {
        List<String> notes = new ArrayList<>();
        timeline.markers()
                .forEach(marker -> notes.add("From "
                        + timeline.runs().get(marker.run()).shortCommit() + " on ("
                        + Instants.minutes(timeline.runs().get(marker.run()).started()) + "): " + marker.text() + "."));
        return table(timeline, "Steps", change -> change.step().sure(), notes);
    }

    /// What one detector alone found, or chance may have given.
    static Table possible(Timeline timeline) {
        return table(
                timeline,
                "Possible steps",
                change -> !change.step().sure(),
                List.of("One detector alone found these, or chance gives as much among so many series (Benjamini and"
                        + " Hochberg, 5 %): most of them are noise."));
    }

    private static Table table(Timeline timeline, String title, Predicate<Series.Change> which, List<String> markers) {
        List<Found> all = new ArrayList<>();
        for (Series series : timeline.series()) {
            series.steps().stream().filter(which).forEach(change -> all.add(new Found(series, change)));
        }
        all.sort(Comparator.comparing((Found f) -> !(f.change().news()
                        && HistoryWords.recent(timeline, f.change().step())))
                .thenComparing(f -> f.change().accepted().isPresent())
                .thenComparing(f -> f.change().step().grade())
                .thenComparing(f -> f.series().gain(f.change().step().change())));
        List<Column> columns = List.of(
                Column.text("series", "series"),
                Column.text("step", "grade"),
                Column.number("", "better by", "gain"),
                Column.number("", "before", "before"),
                Column.number("", "after", "after"),
                Column.text("commits", "commits"),
                Column.text("seen", "seen"),
                Column.number("", "p", "p"),
                Column.text("note", "note"));
        List<Row> rows = new ArrayList<>();
        for (Found found : all) {
            Step step = found.change().step();
            double gain = found.series().gain(step.change());
            rows.add(new Row(
                    false,
                    List.of(
                            Cell.of(found.series().name()),
                            Cell.of(
                                    found.change().accepted().isPresent()
                                            ? "accepted"
                                            : step.grade().text()),
                            Cell.number(HistoryWords.change(gain), gain),
                            Cell.number(HistoryWords.value(found.series(), step.before()), step.before()),
                            Cell.number(HistoryWords.value(found.series(), step.after()), step.after()),
                            Cell.of(timeline.range(step.from(), step.to())),
                            Cell.of(Instants.minutes(
                                    timeline.runs().get(step.to()).started())),
                            Cell.number(HistoryWords.pValue(step.pValue()), step.pValue()),
                            Cell.of(HistoryWords.note(found.change())))));
        }
        List<String> notes = new ArrayList<>();
        if (rows.isEmpty()) {
            notes.add("None.");
        }
        notes.addAll(markers);
        return new Table(
                title.toLowerCase(Locale.ROOT).replace(' ', '-') + "-" + timeline.suite(),
                title + " of " + timeline.suite() + " on " + timeline.machineKey(),
                1,
                false,
                columns,
                rows,
                notes);
    }

    /// All series, with their present epoch.
    static Table series(Timeline timeline) {
        List<Column> columns = List.of(
                Column.text("series", "series"),
                Column.number("", "runs", "runs"),
                Column.number("", "in epoch", "runs_in_epoch"),
                Column.text("epoch since", "epoch_since"),
                Column.number("", "median", "median"),
                Column.number("", "last", "last"),
                Column.number("", "noise", "noise"),
                Column.number("", "steps", "steps"),
                Column.text("note", "note"));
        List<Row> rows = new ArrayList<>();
        for (Series series : timeline.series()) {
            int[] runs = series.runs();
            if (runs.length == 0) {
                continue; // all its values were troubles, and are told there
            }
            double[] epoch = IntStream.of(runs)
                    .filter(run -> run >= series.epoch())
                    .mapToDouble(run -> series.entries().get(run).value())
                    .sorted()
                    .toArray();
            double median =
                    epoch.length == 0 ? Double.NaN : (epoch[(epoch.length - 1) / 2] + epoch[epoch.length / 2]) / 2;
            double last = series.entries().get(runs[runs.length - 1]).value();
            rows.add(new Row(
                    false,
                    List.of(
                            Cell.of(series.name()),
                            Cell.number(Integer.toString(runs.length), runs.length),
                            Cell.number(Integer.toString(epoch.length), epoch.length),
                            Cell.of(timeline.runs().get(series.epoch()).shortCommit()),
                            Cell.number(HistoryWords.value(series, median), median),
                            Cell.number(HistoryWords.value(series, last), last),
                            Cell.number(Numbers.percent(series.noise()) + " %", series.noise()),
                            Cell.number(
                                    Integer.toString(series.steps().size()),
                                    series.steps().size()),
                            Cell.of(HistoryWords.drift(series)))));
        }
        return new Table(
                "series-" + timeline.suite(),
                "Series of " + timeline.suite() + " on " + timeline.machineKey(),
                1,
                true,
                columns,
                rows,
                List.of(span(timeline) + "."));
    }
}

package org.vnetp.reports.history;

import static org.vnetp.reports.table.TableFormat.escape;

import java.util.Arrays;
import java.util.Locale;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.steps.Step;

/// The small chart of one series: its values along the runs with their intervals, its levels, and where they
/// stepped.
///
/// All charts of a timeline have one horizontal axis, so that what happened at one commit stands below each
/// other. Colours are those of Okabe and Ito; a step's direction is told by its label too, never by colour
/// alone.
///
/// Written by hand, as the libraries that draw the other charts ([org.vnetp.reports.chart]) cannot
/// do this: they know shapes with colours, no elements. A point or a step would have no title of
/// its own, which tells its commit and values under the pointer, and no class, by which the page's
/// style gives a hundred charts their colours once. XChart also draws words as outlines, which no
/// search in the page finds.
final class HistoryChart {
    static final int WIDTH = 380;
    static final int HEIGHT = 170;

    private static final int LEFT = 46;
    private static final int RIGHT = 10;
    private static final int TOP = 24;
    private static final int BOTTOM = 24;
    private static final double ROOM = 0.08; // of the range, above and below

    private final Timeline timeline;
    private final Series series;
    private final int first;
    private final StringBuilder out = new StringBuilder();
    private double least;
    private double most;

    private HistoryChart(Timeline timeline, Series series, int first) {
        this.timeline = timeline;
        this.series = series;
        this.first = first;
    }

    /// The chart as an SVG element.
    ///
    /// @param last how many runs are shown
    static String svg(Timeline timeline, Series series, int last) {
        HistoryChart chart =
                new HistoryChart(timeline, series, Math.max(0, timeline.runs().size() - last));
        return chart.draw();
    }

    private String draw() {
        range();
        out.append("<svg viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\" role=\"img\"><title>")
                .append(escape(SeriesName.parse(series.name()).title()))
                .append("</title>\n");
        axes();
        markers();
        series.steps().forEach(this::step);
        band();
        line();
        points();
        return out.append("</svg>\n").toString();
    }

    /// From the least to the most value, intervals too unless they would flatten the rest; and 100 % of
    /// native where that is near.
    private void range() {
        least = Double.POSITIVE_INFINITY;
        most = Double.NEGATIVE_INFINITY;
        for (int i = first; i < series.entries().size(); i++) {
            Entry entry = series.entries().get(i);
            if (entry != null) {
                least = Math.min(least, entry.value());
                most = Math.max(most, entry.value());
            }
        }
        if (least > most) {
            least = 0; // nothing among the runs shown
            most = 1;
        }
        double span = Math.max(most - least, 0.02 * Math.abs(most));
        double low = least - span;
        double high = most + span;
        for (int i = first; i < series.entries().size(); i++) {
            Entry entry = series.entries().get(i);
            if (entry != null && !Double.isNaN(entry.low())) {
                least = Math.max(low, Math.min(least, entry.low()));
                most = Math.min(high, Math.max(most, entry.high()));
            }
        }
        if (series.ofNative() && 1 - most < 2 * span && least - 1 < 2 * span) {
            least = Math.min(least, 1);
            most = Math.max(most, 1);
        }
        double room = ROOM * Math.max(most - least, 0.01 * Math.abs(most));
        least -= room;
        most += room;
    }

    private double x(double run) {
        int runs = timeline.runs().size() - first;
        return LEFT + (run - first + 0.5) * (WIDTH - LEFT - RIGHT) / runs;
    }

    private double y(double value) {
        double inside = Math.max(least, Math.min(most, value));
        return TOP + (most - inside) / (most - least) * (HEIGHT - TOP - BOTTOM);
    }

    private static String n(double coordinate) {
        return String.format(Locale.ROOT, "%.1f", coordinate);
    }

    private void axes() {
        for (double part : new double[] {0.06, 0.5, 0.94}) {
            double value = least + part * (most - least);
            hline("grid", value, LEFT, WIDTH - RIGHT);
            text("end", LEFT - 4, y(value) + 3, tick(value));
        }
        if (series.ofNative()) {
            if (1 >= least && 1 <= most) {
                hline("native", 1, LEFT, WIDTH - RIGHT);
            } else {
                text(
                        "end",
                        WIDTH - RIGHT,
                        1 > most ? TOP - 2 : HEIGHT - BOTTOM - 3,
                        1 > most ? "native is above" : "native is below");
            }
        }
        HistoryRun begin = timeline.runs().get(first);
        HistoryRun end = timeline.runs().getLast();
        text("start", LEFT, HEIGHT - 6, begin.shortCommit() + " " + day(begin));
        text("end", WIDTH - RIGHT, HEIGHT - 6, end.shortCommit() + " " + day(end));
    }

    private String tick(double value) {
        if (series.ofNative()) {
            return String.format(Locale.ROOT, most - least < 0.05 ? "%.1f %%" : "%.0f %%", 100 * value);
        }
        String text = HistoryWords.value(series, value);
        return text.substring(0, Math.max(text.indexOf(' '), 0) == 0 ? text.length() : text.indexOf(' '));
    }

    private static String day(HistoryRun run) {
        return Instants.minutes(run.started()).substring(0, 10);
    }

    private void hline(String type, double value, double from, double to) {
        out.append("<line class=\"")
                .append(type)
                .append("\" x1=\"")
                .append(n(from))
                .append("\" x2=\"")
                .append(n(to))
                .append("\" y1=\"")
                .append(n(y(value)))
                .append("\" y2=\"")
                .append(n(y(value)))
                .append("\"/>\n");
    }

    private void text(String anchor, double x, double y, String text) {
        out.append("<text text-anchor=\"")
                .append(anchor)
                .append("\" x=\"")
                .append(n(x))
                .append("\" y=\"")
                .append(n(y))
                .append("\">")
                .append(escape(text))
                .append("</text>\n");
    }

    private void markers() {
        for (Timeline.Marker marker : timeline.markers()) {
            if (marker.run() > first) {
                double x = x(marker.run() - 0.5);
                out.append("<g class=\"marker\"><title>")
                        .append(escape(marker.text()))
                        .append("</title><line x1=\"")
                        .append(n(x))
                        .append("\" x2=\"")
                        .append(n(x))
                        .append("\" y1=\"")
                        .append(TOP)
                        .append("\" y2=\"")
                        .append(HEIGHT - BOTTOM)
                        .append("\"/><path d=\"M")
                        .append(n(x))
                        .append(' ')
                        .append(HEIGHT - BOTTOM - 7)
                        .append("l4 7h-8z\"/></g>\n");
            }
        }
    }

    /// A step as a strip over the commits that it may have come with, with the levels before and after.
    private void step(Series.Change change) {
        Step step = change.step();
        if (step.to() <= first) {
            return;
        }
        boolean better = series.gain(step.change()) > 0;
        String type = change.accepted().isPresent()
                ? "accepted"
                : step.grade() != Step.Grade.CONFIRMED ? "possible" : better ? "better" : "worse";
        double from = x(Math.max(first, step.from()));
        double to = x(step.to());
        String range = timeline.range(step.from(), step.to());
        String words = HistoryWords.change(step.change()) + " in " + range + ", "
                + HistoryWords.value(series, step.before()) + " to " + HistoryWords.value(series, step.after())
                + ", p " + HistoryWords.pValue(step.pValue()) + ", "
                + step.grade().text();
        String note = HistoryWords.note(change);
        out.append("<g class=\"step ")
                .append(type)
                .append("\"><title>")
                .append(escape(note.isEmpty() ? words : words + "; " + note))
                .append("</title><rect x=\"")
                .append(n(from))
                .append("\" y=\"")
                .append(TOP)
                .append("\" width=\"")
                .append(n(Math.max(1.5, to - from)))
                .append("\" height=\"")
                .append(HEIGHT - TOP - BOTTOM)
                .append("\"/>\n");
        int before = series.steps().stream()
                .mapToInt(other -> other.step().to())
                .filter(run -> run < step.to())
                .max()
                .orElse(0);
        int after = series.steps().stream()
                .mapToInt(other -> other.step().from())
                .filter(run -> run > step.from())
                .min()
                .orElse(timeline.runs().size() - 1);
        if (step.grade() == Step.Grade.CONFIRMED) {
            hline("level", step.before(), x(Math.max(first, before)), from);
            hline("level", step.after(), to, x(Math.max(step.to(), after)));
        }
        boolean left = to > WIDTH / 2.0;
        text(
                left ? "end" : "start",
                left ? to : from,
                TOP - 4 - 9 * row(change),
                HistoryWords.change(step.change()) + (step.grade() == Step.Grade.CONFIRMED ? " " + range : "?"));
        out.append("</g>\n");
    }

    /// Labels of steps that follow each other closely stand in two rows.
    private int row(Series.Change change) {
        return series.steps().indexOf(change) % 2;
    }

    private void band() {
        int from = -1;
        for (int i = first; i <= series.entries().size(); i++) {
            Entry entry = i < series.entries().size() ? series.entries().get(i) : null;
            boolean there = entry != null && !Double.isNaN(entry.low());
            if (there && from < 0) {
                from = i;
            } else if (!there && from >= 0) {
                polygon(from, i);
                from = -1;
            }
        }
    }

    private void polygon(int from, int to) {
        out.append("<polygon class=\"band\" points=\"");
        // One run alone has a band as wide as its place.
        double wide = to - from == 1 ? 0.3 : 0;
        for (int i = from; i < to; i++) {
            double high = series.entries().get(i).high();
            out.append(n(x(i - wide))).append(',').append(n(y(high))).append(' ');
        }
        if (wide > 0) {
            out.append(n(x(from + wide)))
                    .append(',')
                    .append(n(y(series.entries().get(from).high())))
                    .append(' ');
            out.append(n(x(from + wide)))
                    .append(',')
                    .append(n(y(series.entries().get(from).low())))
                    .append(' ');
        }
        for (int i = to - 1; i >= from; i--) {
            double low = series.entries().get(i).low();
            out.append(n(x(i - wide))).append(',').append(n(y(low))).append(' ');
        }
        out.setLength(out.length() - 1);
        out.append("\"/>\n");
    }

    /// Broken where a run has no value.
    private void line() {
        StringBuilder path = new StringBuilder();
        boolean down = false;
        for (int i = first; i < series.entries().size(); i++) {
            Entry entry = series.entries().get(i);
            if (entry != null) {
                path.append(down ? 'L' : 'M').append(n(x(i))).append(' ').append(n(y(entry.value())));
            }
            down = entry != null;
        }
        out.append("<path class=\"line\" d=\"").append(path).append("\"/>\n");
    }

    private void points() {
        int[] runs = Arrays.stream(series.runs()).filter(i -> i >= first).toArray();
        String radius = runs.length > 60 ? "1.6" : "2.2";
        for (int i : runs) {
            Entry entry = series.entries().get(i);
            HistoryRun run = timeline.runs().get(i);
            boolean outlier = series.outliers().contains(i);
            out.append("<circle")
                    .append(outlier ? " class=\"outlier\"" : "")
                    .append(" cx=\"")
                    .append(n(x(i)))
                    .append("\" cy=\"")
                    .append(n(y(entry.value())))
                    .append("\" r=\"")
                    .append(radius)
                    .append("\"><title>")
                    .append(escape(run.shortCommit()
                            + (run.dirty() ? " with changes" : "")
                            + ", " + Instants.minutes(run.started()) + ": "
                            + HistoryWords.value(series, entry.value())
                            + (Double.isNaN(entry.low())
                                    ? ""
                                    : " [" + HistoryWords.value(series, entry.low()) + ", "
                                            + HistoryWords.value(series, entry.high()) + "]")
                            + ", " + entry.blocks() + " blocks"
                            + (outlier ? ", far from its neighbours" : "")))
                    .append("</title></circle>\n");
        }
    }
}

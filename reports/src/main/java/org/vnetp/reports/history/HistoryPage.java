package org.vnetp.reports.history;

import static org.vnetp.reports.table.TableFormat.escape;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.vnetp.reports.table.HtmlTable;

/// One HTML file of a history, whole in itself: what got worse first, then a small chart of every series.
/// Readable without its script, which only hides what a reader does not ask for, by words that stand in the
/// address.
///
/// Whatever came from a file is escaped; the page's content security policy allows its own style and script
/// alone.
public final class HistoryPage {
    /// How many runs a chart shows.
    private static final int SHOWN = 100;

    private HistoryPage() {}

    /// @param timelines all of the history, or some
    /// @param note a sentence for the head of the page, may be empty
    /// @param repository where commits can be looked at, such as `https://example.org/owner/name`; may be
    ///     empty
    public static String html(List<Timeline> timelines, String note, String repository) {
        String script = resource("history.js");
        StringBuilder out = new StringBuilder();
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
                .append("style-src 'unsafe-inline'; script-src 'sha256-")
                .append(sha256(script))
                .append("'\">\n<title>vnetp history</title>\n<style>\n")
                .append(resource("/org/vnetp/reports/page/page.css"))
                .append(resource("history.css"))
                .append("</style>\n</head>\n<body>\n<header>\n<h1>vnetp history</h1>\n");
        if (!note.isEmpty()) {
            out.append("<p class=\"when\">").append(escape(note)).append("</p>\n");
        }
        for (Timeline timeline : timelines) {
            out.append("<p class=\"headline\">")
                    .append(escape(HistoryWords.verdict(timeline)))
                    .append("</p>\n");
        }
        if (timelines.stream().allMatch(timeline -> timeline.series().isEmpty())) {
            out.append("<p class=\"warning\">There is nothing to look at: no run has a value.</p>\n");
        }
        out.append("</header>\n<main>\n");
        troubles(out, timelines);
        filters(out, timelines);
        for (Timeline timeline : timelines) {
            timeline(out, timeline, repository);
        }
        out.append(resource("history-method.html"));
        machines(out, timelines);
        return out.append("</main>\n<script>")
                .append(script)
                .append("</script>\n</body>\n</html>\n")
                .toString();
    }

    private static void troubles(StringBuilder out, List<Timeline> timelines) {
        List<String> troubles = timelines.stream()
                .flatMap(t -> t.troubles().stream())
                .distinct()
                .toList();
        if (!troubles.isEmpty()) {
            out.append("<div class=\"warning\"><p>")
                    .append(troubles.size())
                    .append(troubles.size() == 1 ? " file or value" : " files or values")
                    .append(" of the history could not be used:</p>\n<ul>\n");
            troubles.forEach(
                    trouble -> out.append("<li>").append(escape(trouble)).append("</li>\n"));
            out.append("</ul></div>\n");
        }
    }

    private static void filters(StringBuilder out, List<Timeline> timelines) {
        out.append("<form id=\"filters\" hidden>\n");
        select(out, timelines, "suite", "suite", SeriesName::suite);
        select(out, timelines, "fabric", "fabric", SeriesName::fabric);
        select(out, timelines, "link", "link", SeriesName::link);
        select(out, timelines, "metric", "metric", SeriesName::metric);
        out.append("<label>what <select name=\"state\"><option value=\"\">all</option>")
                .append("<option value=\"worse\">got worse</option><option value=\"better\">got better</option>")
                .append("<option value=\"unsure\">may have changed</option>")
                .append("<option value=\"steps\">any step</option></select></label>\n")
                .append("<label>name has <input name=\"text\" type=\"search\"></label>\n")
                .append("<output id=\"count\"></output>\n</form>\n");
    }

    private static void select(
            StringBuilder out, List<Timeline> timelines, String name, String label, Function<SeriesName, String> part) {
        TreeSet<String> values = new TreeSet<>(HistoryOrder.BY_NAME);
        timelines.forEach(timeline ->
                timeline.series().forEach(series -> values.add(part.apply(SeriesName.parse(series.name())))));
        values.remove("");
        if (values.size() < 2) {
            return; // nothing to choose
        }
        out.append("<label>")
                .append(label)
                .append(" <select name=\"")
                .append(name)
                .append("\"><option value=\"\">all</option>");
        values.forEach(value -> out.append("<option>").append(escape(value)).append("</option>"));
        out.append("</select></label>\n");
    }

    private static void timeline(StringBuilder out, Timeline timeline, String repository) {
        out.append("<section>\n<h2>")
                .append(escape(timeline.suite() + " on " + timeline.machineKey()))
                .append("</h2>\n");
        if (timeline.runs().isEmpty()) {
            out.append("<p>No run.</p>\n</section>\n");
            return;
        }
        out.append("<p class=\"note\">")
                .append(escape(HistoryTables.span(timeline)))
                .append("</p>\n");
        out.append(HtmlTable.of(HistoryTables.steps(timeline)));
        if (!repository.isEmpty()) {
            links(out, timeline, repository);
        }
        List<Series> sorted = timeline.series().stream()
                .sorted(Comparator.comparingDouble(series -> rank(timeline, series)))
                .toList();
        out.append("<div class=\"history\">\n");
        for (Series series : sorted) {
            figure(out, timeline, series);
        }
        out.append("</div>\n<details><summary>Possible steps, and all series</summary>\n")
                .append(HtmlTable.of(HistoryTables.possible(timeline)))
                .append(HtmlTable.of(HistoryTables.series(timeline)))
                .append("</details>\n</section>\n");
    }

    /// Worst first, then what got better, what may have changed, and the rest in its order.
    private static double rank(Timeline timeline, Series series) {
        List<Series.Change> news = HistoryWords.news(timeline, series);
        if (!news.isEmpty()) {
            double gain = series.gain(news.getLast().step().change());
            return gain < 0 ? -2 + Math.max(-0.999, gain) : -1.5 + 1 / (3 + gain);
        }
        return HistoryWords.unsure(timeline, series) ? -0.5 : 0;
    }

    private static void figure(StringBuilder out, Timeline timeline, Series series) {
        SeriesName name = SeriesName.parse(series.name());
        String state = HistoryWords.worse(timeline, series)
                ? "worse"
                : HistoryWords.better(timeline, series)
                        ? "better"
                        : HistoryWords.unsure(timeline, series) ? "unsure" : "";
        out.append("<figure class=\"plot ")
                .append(state)
                .append("\" data-suite=\"")
                .append(escape(name.suite()))
                .append("\" data-fabric=\"")
                .append(escape(name.fabric()))
                .append("\" data-link=\"")
                .append(escape(name.link()))
                .append("\" data-metric=\"")
                .append(escape(name.metric()))
                .append("\" data-state=\"")
                .append(state)
                .append("\" data-steps=\"")
                .append(series.steps().size())
                .append("\" data-text=\"")
                .append(escape(series.name().toLowerCase(java.util.Locale.ROOT)))
                .append("\">\n<figcaption title=\"")
                .append(escape(series.name()))
                .append("\">")
                .append(escape(name.title()))
                .append(series.ofNative() ? ", percent of native" : "")
                .append("</figcaption>\n")
                .append(HistoryChart.svg(timeline, series, SHOWN));
        series.steps().stream()
                .filter(change ->
                        change.accepted().isPresent() || !change.coincides().isEmpty())
                .forEach(change -> out.append("<p class=\"note\">")
                        .append(escape(timeline.range(
                                        change.step().from(), change.step().to())
                                + ": " + HistoryWords.note(change)))
                        .append("</p>\n"));
        if (series.drift().isPresent()) {
            out.append("<p class=\"note\">")
                    .append(escape(HistoryWords.drift(series)))
                    .append("</p>\n");
        }
        out.append("</figure>\n");
    }

    private static void links(StringBuilder out, Timeline timeline, String repository) {
        TreeSet<String> ranges = new TreeSet<>();
        for (Series series : timeline.series()) {
            for (Series.Change change : series.steps()) {
                String from = timeline.runs().get(change.step().from()).commit();
                String to = timeline.runs().get(change.step().to()).commit();
                if (!from.isEmpty() && !to.isEmpty()) {
                    ranges.add(from + "..." + to);
                }
            }
        }
        if (!ranges.isEmpty()) {
            out.append("<p class=\"note\">Commits: ");
            for (String range : ranges) {
                out.append("<a href=\"")
                        .append(escape(repository + "/compare/" + range))
                        .append("\">")
                        .append(escape(range.replaceAll("([0-9a-f]{8})[0-9a-f]*", "$1")))
                        .append("</a> ");
            }
            out.append("</p>\n");
        }
    }

    private static void machines(StringBuilder out, List<Timeline> timelines) {
        out.append("<section id=\"machines\"><h2>Machines</h2>\n");
        TreeSet<String> seen = new TreeSet<>();
        for (Timeline timeline : timelines) {
            if (!timeline.runs().isEmpty() && seen.add(timeline.machineKey())) {
                out.append("<h3>").append(escape(timeline.machineKey())).append("</h3>\n<dl>\n");
                HistoryRun last = timeline.runs().getLast();
                last.machine().forEach((name, value) -> definition(out, name, value));
                last.soft().forEach((name, value) -> definition(out, name + " (now)", value));
                out.append("</dl>\n");
            }
        }
        out.append("</section>\n");
    }

    private static void definition(StringBuilder out, String name, String value) {
        out.append("<div><dt>")
                .append(escape(name))
                .append("</dt><dd>")
                .append(escape(value))
                .append("</dd></div>\n");
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = HistoryPage.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("our own resource", e);
        }
    }
}

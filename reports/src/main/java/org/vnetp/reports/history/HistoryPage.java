package org.vnetp.reports.history;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.vnetp.reports.table.HtmlTable;
import org.vnetp.reports.table.HtmlTemplate;

/// One HTML file of a history, whole in itself: what got worse first, then a small chart of every series.
/// Readable without its script, which only hides what a reader does not ask for, by words that stand in the
/// address.
///
/// Whatever came from a file is escaped; the page's content security policy allows its own style and script
/// alone.
public final class HistoryPage {
    /// How many runs a chart shows.
    private static final int SHOWN = 100;

    private static final HtmlTemplate TEMPLATE = HtmlTemplate.beside(HistoryPage.class, "history.html");

    /// @param scriptHash what the security policy knows the script by: SHA-256, in Base64
    /// @param unusable how many files or values are in `troubles`, in words
    /// @param method as HTML
    private record Content(
            String style,
            String script,
            String scriptHash,
            String note,
            List<String> verdicts,
            boolean nothing,
            String unusable,
            List<String> troubles,
            List<Choice> choices,
            List<Section> sections,
            String method,
            List<Machine> machines) {}

    /// A part of the series' names, and what a reader may choose of it.
    private record Choice(String name, Set<String> options) {}

    /// A timeline; without a run, only its title.
    ///
    /// @param steps table as HTML, as `possible` and `series` are
    private record Section(
            String title,
            boolean ran,
            String span,
            String steps,
            List<Commits> commits,
            List<Figure> figures,
            String possible,
            String series) {}

    private record Commits(String address, String range) {}

    /// @param state `worse`, `better`, `unsure` or empty
    /// @param searched what a search looks at
    /// @param chart as SVG
    private record Figure(
            String series,
            SeriesName name,
            String state,
            int steps,
            String searched,
            boolean ofNative,
            String chart,
            List<String> notes) {}

    private record Machine(String key, List<Fact> facts) {}

    private record Fact(String name, String value) {}

    private HistoryPage() {}

    /// @param timelines all of the history, or some
    /// @param note a sentence for the head of the page, may be empty
    /// @param repository where commits can be looked at, such as `https://example.org/owner/name`; may be
    ///     empty
    public static String html(List<Timeline> timelines, String note, String repository) {
        String script = HtmlTemplate.text(HistoryPage.class, "history.js");
        List<String> troubles = timelines.stream()
                .flatMap(t -> t.troubles().stream())
                .distinct()
                .toList();
        return TEMPLATE.fill(new Content(
                HtmlTemplate.text(HistoryPage.class, "/org/vnetp/reports/page/page.css")
                        + HtmlTemplate.text(HistoryPage.class, "history.css"),
                script,
                sha256(script),
                note,
                timelines.stream().map(HistoryWords::verdict).toList(),
                timelines.stream().allMatch(timeline -> timeline.series().isEmpty()),
                troubles.size() + (troubles.size() == 1 ? " file or value" : " files or values"),
                troubles,
                choices(timelines),
                timelines.stream()
                        .map(timeline -> section(timeline, repository))
                        .toList(),
                HtmlTemplate.text(HistoryPage.class, "history-method.html"),
                machines(timelines)));
    }

    /// What there is nothing to choose of is left out.
    private static List<Choice> choices(List<Timeline> timelines) {
        return Stream.of(
                        choice(timelines, "suite", SeriesName::suite),
                        choice(timelines, "fabric", SeriesName::fabric),
                        choice(timelines, "link", SeriesName::link),
                        choice(timelines, "metric", SeriesName::metric))
                .filter(choice -> choice.options().size() > 1)
                .toList();
    }

    private static Choice choice(List<Timeline> timelines, String name, Function<SeriesName, String> part) {
        TreeSet<String> values = new TreeSet<>(HistoryOrder.BY_NAME);
        timelines.forEach(timeline ->
                timeline.series().forEach(series -> values.add(part.apply(SeriesName.parse(series.name())))));
        values.remove("");
        return new Choice(name, values);
    }

    private static Section section(Timeline timeline, String repository) {
        String title = timeline.suite() + " on " + timeline.machineKey();
        if (timeline.runs().isEmpty()) {
            return new Section(title, false, "", "", List.of(), List.of(), "", "");
        }
        return new Section(
                title,
                true,
                HistoryTables.span(timeline),
                HtmlTable.of(HistoryTables.steps(timeline)),
                repository.isEmpty() ? List.of() : commits(timeline, repository),
                timeline.series().stream()
                        .sorted(Comparator.comparingDouble(series -> rank(timeline, series)))
                        .map(series -> figure(timeline, series))
                        .toList(),
                HtmlTable.of(HistoryTables.possible(timeline)),
                HtmlTable.of(HistoryTables.series(timeline)));
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

    private static Figure figure(Timeline timeline, Series series) {
        String state = HistoryWords.worse(timeline, series)
                ? "worse"
                : HistoryWords.better(timeline, series)
                        ? "better"
                        : HistoryWords.unsure(timeline, series) ? "unsure" : "";
        List<String> notes = new ArrayList<>();
        for (Series.Change change : series.steps()) {
            if (change.accepted().isPresent() || !change.coincides().isEmpty()) {
                notes.add(timeline.range(change.step().from(), change.step().to()) + ": " + HistoryWords.note(change));
            }
        }
        if (series.drift().isPresent()) {
            notes.add(HistoryWords.drift(series));
        }
        return new Figure(
                series.name(),
                SeriesName.parse(series.name()),
                state,
                series.steps().size(),
                series.name().toLowerCase(Locale.ROOT),
                series.ofNative(),
                HistoryChart.svg(timeline, series, SHOWN),
                notes);
    }

    private static List<Commits> commits(Timeline timeline, String repository) {
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
        return ranges.stream()
                .map(range ->
                        new Commits(repository + "/compare/" + range, range.replaceAll("([0-9a-f]{8})[0-9a-f]*", "$1")))
                .toList();
    }

    private static List<Machine> machines(List<Timeline> timelines) {
        List<Machine> machines = new ArrayList<>();
        TreeSet<String> seen = new TreeSet<>();
        for (Timeline timeline : timelines) {
            if (!timeline.runs().isEmpty() && seen.add(timeline.machineKey())) {
                HistoryRun last = timeline.runs().getLast();
                List<Fact> facts = new ArrayList<>();
                last.machine().forEach((name, value) -> facts.add(new Fact(name, value)));
                last.soft().forEach((name, value) -> facts.add(new Fact(name + " (now)", value)));
                machines.add(new Machine(timeline.machineKey(), facts));
            }
        }
        return machines;
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

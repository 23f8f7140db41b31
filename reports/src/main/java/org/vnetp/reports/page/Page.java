package org.vnetp.reports.page;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.vnetp.reports.chart.Picture;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.table.HtmlTable;
import org.vnetp.reports.table.HtmlTemplate;
import org.vnetp.reports.table.Table;

/// Puts the page together: what was run, the tables, the pictures, how it was measured, where, and how to repeat it.
/// `page.html` says in which order; this class says what stands there.
public final class Page {
    private static final HtmlTemplate TEMPLATE = HtmlTemplate.beside(Page.class, "page.html");

    /// @param unfinished state of a run that did not come to its end, or empty
    /// @param tables as HTML
    /// @param method as HTML
    /// @param command as a shell takes it
    private record Content(
            String title,
            String style,
            String when,
            List<String> headline,
            boolean cutOff,
            boolean budgetSpent,
            String unfinished,
            List<String> tables,
            List<Plot> plots,
            List<Detail> details,
            String method,
            List<String> proof,
            List<String> notes,
            List<Terms> run,
            List<Term> machine,
            String commit,
            boolean dirty,
            long seed,
            String command) {}

    private record Plot(String name, String svg) {}

    private record Detail(String title, String table) {}

    private record Terms(String title, List<Term> terms) {}

    private record Term(String name, String value) {}

    private Page() {}

    /// The page as HTML.
    ///
    /// @param headline sentences that say the result in words, may be empty
    /// @param proof sentences on the proof that the traffic took the path under test, may be empty
    public static String html(
            Results results, List<String> headline, List<Table> tables, List<Picture> pictures, List<String> proof) {
        RunInfo info = results.info();
        boolean budgetSpent = info.state().equals("budget-spent");
        return TEMPLATE.fill(new Content(
                "vnetp " + info.suite() + ": " + info.name(),
                HtmlTemplate.text(Page.class, "page.css"),
                when(info),
                headline,
                results.cutOffLines() > 0,
                budgetSpent,
                budgetSpent || info.state().equals("complete") ? "" : info.state(),
                tables.stream()
                        .filter(table -> !table.detail())
                        .map(HtmlTable::of)
                        .toList(),
                pictures.stream()
                        .map(picture -> new Plot(picture.name(), picture.svg(true)))
                        .toList(),
                tables.stream()
                        .filter(Table::detail)
                        .map(table -> new Detail(table.title(), HtmlTable.of(table)))
                        .toList(),
                HtmlTemplate.text(
                        Page.class,
                        switch (info.suite()) {
                            case "micro" -> "method-micro.html";
                            case "tune" -> "method-tune.html";
                            default -> "method.html";
                        }),
                proof,
                info.notes(),
                Stream.of(
                                new Terms("Fabrics", terms(info.fabrics())),
                                new Terms("Settings", terms(info.settings())),
                                new Terms("Programs", terms(info.versions())))
                        .filter(terms -> !terms.terms().isEmpty())
                        .toList(),
                terms(info.environment().facts()),
                info.gitCommit(),
                info.gitDirty(),
                info.seed(),
                shell(info.command())));
    }

    private static String when(RunInfo info) {
        String ended = info.ended().isEmpty() ? "" : ", " + info.state() + " " + toSeconds(info.ended());
        return "started " + toSeconds(info.started()) + ended + " (UTC)";
    }

    /// An instant without the fractions of its second, which say nothing to a reader.
    private static String toSeconds(String instant) {
        return instant.replaceFirst("\\.[0-9]+Z$", "Z");
    }

    private static List<Term> terms(Map<String, String> entries) {
        return entries.entrySet().stream()
                .map(entry -> new Term(entry.getKey(), entry.getValue()))
                .toList();
    }

    /// The command as a shell takes it.
    static String shell(List<String> command) {
        StringBuilder line = new StringBuilder();
        for (String word : command) {
            line.append(line.isEmpty() ? "" : " ");
            line.append(word.matches("[A-Za-z0-9_./:=,@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return line.toString();
    }
}

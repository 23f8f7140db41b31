package org.vnetp.reports.page;

import static org.vnetp.reports.table.TableFormat.escape;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.vnetp.reports.chart.Picture;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.table.HtmlTable;
import org.vnetp.reports.table.Table;

/// Puts the page together: what was run, the tables, the pictures, how it was measured, where, and how to repeat it.
public final class Page {
    private Page() {}

    /// The page as HTML.
    ///
    /// @param headline sentences that say the result in words, may be empty
    /// @param proof sentences on the proof that the traffic took the path under test, may be empty
    public static String html(
            Results results, List<String> headline, List<Table> tables, List<Picture> pictures, List<String> proof) {
        RunInfo info = results.info();
        String title = "vnetp " + info.suite() + ": " + info.name();
        StringBuilder out = new StringBuilder();
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append(
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n")
                .append("<title>")
                .append(escape(title))
                .append("</title>\n<style>\n")
                .append(resource("page.css"))
                .append("</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(escape(title))
                .append("</h1>\n<p class=\"when\">")
                .append(escape(when(info)))
                .append("</p>\n");
        headline.forEach(sentence ->
                out.append("<p class=\"headline\">").append(escape(sentence)).append("</p>\n"));
        out.append("<nav><a href=\"#results\">Results</a> <a href=\"#plots\">Plots</a> <a href=\"#method\">Method</a> ")
                .append(
                        "<a href=\"#run\">What was run</a> <a href=\"#machine\">Machine</a> <a href=\"#repeat\">Repeat it</a></nav>\n</header>\n<main>\n");
        if (results.cutOffLines() > 0) {
            out.append(
                    "<p class=\"warning\">The last line of observations.csv was cut off (a crash or a full disk) and left out.</p>\n");
        }
        if (info.state().equals("budget-spent")) {
            out.append(
                    "<p class=\"note\">The run ended when its time was spent: every cell has at least its first block, and as many more as fitted.</p>\n");
        } else if (!info.state().equals("complete")) {
            out.append("<p class=\"warning\">State of this run: ")
                    .append(escape(info.state()))
                    .append(". The figures are of what was measured so far.</p>\n");
        }
        out.append("<section id=\"results\"><h2>Results</h2>\n");
        tables.stream().filter(table -> !table.detail()).forEach(table -> out.append(HtmlTable.of(table)));
        out.append("</section>\n<section id=\"plots\"><h2>Plots</h2>\n<div class=\"plots\">\n");
        for (Picture picture : pictures) {
            out.append("<figure class=\"plot\" id=\"plot-")
                    .append(escape(picture.name()))
                    .append("\">\n")
                    .append(picture.svg(true))
                    .append("</figure>\n");
        }
        out.append("</div></section>\n");
        if (tables.stream().anyMatch(Table::detail)) {
            out.append("<section id=\"details\"><h2>Details</h2>\n");
            tables.stream()
                    .filter(Table::detail)
                    .forEach(table -> out.append("<details open><summary>")
                            .append(escape(table.title()))
                            .append("</summary>")
                            .append(HtmlTable.of(table))
                            .append("</details>\n"));
            out.append("</section>\n");
        }
        out.append("<section id=\"method\"><h2>Method</h2>\n")
                .append(resource(
                        switch (info.suite()) {
                            case "micro" -> "method-micro.html";
                            case "tune" -> "method-tune.html";
                            default -> "method.html";
                        }));
        if (!proof.isEmpty()) {
            out.append("<h3>Proof of path</h3>\n");
            proof.forEach(sentence -> out.append("<p>").append(escape(sentence)).append("</p>\n"));
        }
        out.append("</section>\n<section id=\"run\"><h2>What was run</h2>\n");
        info.notes().forEach(note -> out.append("<p>").append(escape(note)).append("</p>\n"));
        definitions(out, "Fabrics", info.fabrics());
        definitions(out, "Settings", info.settings());
        definitions(out, "Programs", info.versions());
        out.append("</section>\n<section id=\"machine\"><h2>Machine</h2>\n");
        definitions(out, "", info.environment().facts());
        out.append("</section>\n<section id=\"repeat\"><h2>Repeat it</h2>\n");
        if (!info.gitCommit().isEmpty()) {
            out.append("<p>Sources: commit <code>")
                    .append(escape(info.gitCommit()))
                    .append("</code>")
                    .append(info.gitDirty() ? ", with changes that were not committed" : "")
                    .append(". Seed: ")
                    .append(info.seed())
                    .append(".</p>\n");
        }
        out.append("<pre>").append(escape(shell(info.command()))).append("</pre>\n");
        out.append(
                        "<p>Every single value is in <code>observations.csv</code>, every program's own output in <code>raw/</code>. ")
                .append("This page: <code>./vnetp report DIR</code>.</p>\n</section>\n</main>\n</body>\n</html>\n");
        return out.toString();
    }

    private static String when(RunInfo info) {
        return "started " + info.started() + (info.ended().isEmpty() ? "" : ", " + info.state() + " " + info.ended())
                + " (UTC)";
    }

    private static void definitions(StringBuilder out, String title, Map<String, String> entries) {
        if (entries.isEmpty()) {
            return;
        }
        if (!title.isEmpty()) {
            out.append("<h3>").append(title).append("</h3>\n");
        }
        out.append("<dl>\n");
        entries.forEach((name, value) -> out.append("<div><dt>")
                .append(escape(name))
                .append("</dt><dd>")
                .append(escape(value))
                .append("</dd></div>\n"));
        out.append("</dl>\n");
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

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("our own resource", e);
        }
    }
}

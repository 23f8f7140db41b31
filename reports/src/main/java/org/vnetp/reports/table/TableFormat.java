package org.vnetp.reports.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes tables. Every format escapes what would mean something to its reader; control characters never pass.
public final class TableFormat {
    private static final String BOLD = "\u001b[1m";
    private static final String RED = "\u001b[31m";
    private static final String RESET = "\u001b[0m";

    private static final int HTML_COLUMNS = 10; // more than these are cut
    private static final int HTML_WIDTH = 150; // in characters

    private TableFormat() {}

    /// For a terminal of `width` columns. A table that is wider is cut between groups of columns
    /// and the parts are set below each other, each with the columns that name the row.
    ///
    /// @param colour whether escape sequences may be used (a terminal, and no `NO_COLOR`)
    public static String terminal(Table table, int width, boolean colour) {
        StringBuilder out = new StringBuilder();
        out.append(bold(clean(table.title()), colour)).append("\n\n");
        for (List<Integer> part : parts(table, width)) {
            terminalPart(out, table, part, colour);
            out.append('\n');
        }
        for (String note : table.notes()) {
            out.append(wrapped(clean(note), width)).append('\n');
        }
        return out.toString();
    }

    private static List<List<Integer>> parts(Table table, int width) {
        List<Integer> visible = table.visible(false);
        List<List<Integer>> groups = new ArrayList<>();
        String last = null;
        List<Integer> keys = visible.subList(0, table.keys());
        for (int i : visible.subList(table.keys(), visible.size())) {
            String group = table.columns().get(i).group();
            if (!group.equals(last) || group.isEmpty()) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(i);
            last = group;
        }
        List<List<Integer>> parts = new ArrayList<>();
        List<Integer> part = new ArrayList<>(keys);
        for (List<Integer> group : groups) {
            List<Integer> more = new ArrayList<>(part);
            more.addAll(group);
            if (part.size() > keys.size() && lineWidth(table, more) > width) {
                parts.add(part);
                part = new ArrayList<>(keys);
            }
            part.addAll(group);
        }
        parts.add(part);
        return parts;
    }

    /// The rows that a part shows: of a table that is cut, those that have something there.
    private static List<Row> rows(Table table, List<Integer> part) {
        if (part.size() == table.visible(false).size()) {
            return table.rows();
        }
        return table.rows().stream()
                .filter(row -> part.stream()
                        .skip(table.keys())
                        .anyMatch(i -> !row.cells().get(i).equals(Cell.EMPTY)))
                .toList();
    }

    private static int lineWidth(Table table, List<Integer> part) {
        int width = 0;
        for (int i : part) {
            width += columnWidth(table, i) + 2;
        }
        return width - 2;
    }

    private static int columnWidth(Table table, int column) {
        int width = length(table.columns().get(column).header());
        for (Row row : table.rows()) {
            width = Math.max(width, length(shown(row.cells().get(column))));
        }
        return width;
    }

    private static void terminalPart(StringBuilder out, Table table, List<Integer> part, boolean colour) {
        int[] widths = part.stream().mapToInt(i -> columnWidth(table, i)).toArray();
        List<int[]> spans = spans(table, part); // from, to (inclusive), in indices of part
        for (int[] span : spans) { // a group's name may be wider than its columns
            int inner = -2;
            for (int k = span[0]; k <= span[1]; k++) {
                inner += widths[k] + 2;
            }
            int lack = length(table.columns().get(part.get(span[0])).group()) - inner;
            widths[span[1]] += Math.max(0, lack);
        }
        if (!spans.isEmpty()) {
            StringBuilder line = new StringBuilder();
            for (int k = 0; k < widths.length; k++) {
                int at = k;
                int[] span = spans.stream().filter(s -> s[0] == at).findFirst().orElse(null);
                if (span == null) {
                    line.append(" ".repeat(widths[k])).append("  ");
                    continue;
                }
                int inner = -2;
                for (; k <= span[1]; k++) {
                    inner += widths[k] + 2;
                }
                k--;
                String name = clean(table.columns().get(part.get(span[0])).group());
                int left = (inner - length(name)) / 2;
                line.append("-".repeat(Math.max(0, left - 1)))
                        .append(left > 0 ? " " : "")
                        .append(name)
                        .append(inner - length(name) - left > 0 ? " " : "")
                        .append("-".repeat(Math.max(0, inner - length(name) - left - 1)))
                        .append("  ");
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        out.append(bold(
                        line(
                                        table,
                                        part,
                                        widths,
                                        i -> clean(table.columns().get(i).header()))
                                .stripTrailing(),
                        colour))
                .append('\n');
        int total = -2;
        for (int width : widths) {
            total += width + 2;
        }
        out.append("-".repeat(total)).append('\n');
        boolean before = false;
        for (Row row : rows(table, part)) {
            if (row.summary() && !before) {
                out.append("-".repeat(total)).append('\n');
            }
            before = row.summary();
            StringBuilder line = new StringBuilder();
            for (int k = 0; k < widths.length; k++) {
                Cell cell = row.cells().get(part.get(k));
                String text = pad(
                        shown(cell), widths[k], table.columns().get(part.get(k)).number());
                line.append(k == 0 ? "" : "  ").append(cell.word() && colour ? RED + text + RESET : text);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private static String line(Table table, List<Integer> part, int[] widths, IntFunction<String> text) {
        StringBuilder line = new StringBuilder();
        for (int k = 0; k < widths.length; k++) {
            line.append(k == 0 ? "" : "  ")
                    .append(pad(
                            text.apply(part.get(k)),
                            widths[k],
                            table.columns().get(part.get(k)).number()));
        }
        return line.toString();
    }

    private static List<int[]> spans(Table table, List<Integer> part) {
        List<int[]> spans = new ArrayList<>();
        for (int k = 0; k < part.size(); k++) {
            String group = table.columns().get(part.get(k)).group();
            if (group.isEmpty()) {
                continue;
            }
            int to = k;
            while (to + 1 < part.size()
                    && table.columns().get(part.get(to + 1)).group().equals(group)) {
                to++;
            }
            spans.add(new int[] {k, to});
            k = to;
        }
        return spans;
    }

    private static String pad(String text, int width, boolean right) {
        String space = " ".repeat(Math.max(0, width - length(text)));
        return right ? space + text : text + space;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String bold(String text, boolean colour) {
        return colour ? BOLD + text + RESET : text;
    }

    private static String wrapped(String text, int width) {
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0 && column + 1 + length(word) > width) {
                out.append("\n  ");
                column = 2;
            } else if (column > 0) {
                out.append(' ');
                column++;
            }
            out.append(word);
            column += length(word);
        }
        return out.toString();
    }

    private static String shown(Cell cell) {
        return cell.text().isEmpty() ? "-" : clean(cell.text());
    }

    /// GitHub's Markdown. Group and header share the header line, since Markdown has but one.
    public static String markdown(Table table) {
        List<Integer> visible = table.visible(false);
        StringBuilder out =
                new StringBuilder("### ").append(markdown(table.title())).append("\n\n|");
        for (int i : visible) {
            Column column = table.columns().get(i);
            out.append(' ')
                    .append(markdown(
                            column.group().isEmpty() ? column.header() : column.group() + " " + column.header()))
                    .append(" |");
        }
        out.append("\n|");
        for (int i : visible) {
            out.append(table.columns().get(i).number() ? "---:|" : "---|");
        }
        out.append('\n');
        for (Row row : table.rows()) {
            out.append('|');
            for (int i : visible) {
                Cell cell = row.cells().get(i);
                String text = markdown(shown(cell));
                boolean strong = cell.word() || (row.summary() && i == visible.getFirst());
                out.append(' ').append(strong ? "**" + text + "**" : text).append(" |");
            }
            out.append('\n');
        }
        for (String note : table.notes()) {
            out.append('\n').append(markdown(note)).append('\n');
        }
        return out.toString();
    }

    private static String markdown(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : clean(text).toCharArray()) {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '|', '\\', '`', '*', '_', '[', ']', '#', '~' ->
                    out.append('\\').append(c);
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /// CSV (RFC 4180, line feeds): a comment line with the title, the header, the rows; numbers unrounded.
    public static String csv(Table table) {
        StringBuilder out = new StringBuilder("# ").append(clean(table.title())).append('\n');
        List<Integer> visible = table.visible(true);
        CSVFormat format = CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();
        try (CSVPrinter printer = new CSVPrinter(out, format)) {
            printer.printRecord(
                    visible.stream().map(i -> table.columns().get(i).csv()).toList());
            for (Row row : table.rows()) {
                printer.printRecord(visible.stream()
                        .map(i -> formulaSafe(clean(row.cells().get(i).csv())))
                        .toList());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a string builder does not fail", e);
        }
        return out.toString();
    }

    /// JSON: an array of tables, each with its rows as objects by the names of the CSV columns; numbers unrounded.
    public static String json(List<Table> tables) {
        JsonMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        ArrayNode array = mapper.createArrayNode();
        for (Table table : tables) {
            ObjectNode node = array.addObject();
            node.put("table", table.id());
            node.put("title", table.title());
            ArrayNode rows = node.putArray("rows");
            for (Row row : table.rows()) {
                ObjectNode object = rows.addObject();
                for (int i : table.visible(true)) {
                    String value = row.cells().get(i).csv();
                    String name = table.columns().get(i).csv();
                    if (table.columns().get(i).number() && value.matches("-?\\d+(\\.\\d+)?([eE]-?\\d+)?")) {
                        object.put(name, Double.parseDouble(value));
                    } else if (!value.isEmpty()) {
                        object.put(name, value);
                    }
                }
            }
        }
        return mapper.writeValueAsString(array) + "\n";
    }

    /// Spreadsheets take text that begins with these for a formula; numbers of ours may begin with a minus sign.
    private static String formulaSafe(String text) {
        return !text.isEmpty() && "=+@".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }

    /// LaTeX with booktabs: a `table` with caption and label.
    public static String latex(Table table) {
        List<Integer> visible = table.visible(false);
        boolean wide = visible.size() > 9;
        StringBuilder out = new StringBuilder("% needs \\usepackage{booktabs")
                .append(wide ? ",graphicx" : "")
                .append("}\n\\begin{table}\n\\centering\n\\caption{");
        out.append(latex(table.title()))
                .append("}\n\\label{tab:")
                .append(table.id())
                .append(wide ? "}\n\\resizebox{\\textwidth}{!}{%\n" : "}\n")
                .append("\\begin{tabular}{");
        for (int i : visible) {
            out.append(table.columns().get(i).number() ? 'r' : 'l');
        }
        out.append("}\n\\toprule\n");
        List<int[]> spans = spans(table, visible);
        if (!spans.isEmpty()) {
            List<String> cells = new ArrayList<>();
            StringBuilder rules = new StringBuilder();
            for (int k = 0; k < visible.size(); k++) {
                int at = k;
                int[] span = spans.stream().filter(s -> s[0] == at).findFirst().orElse(null);
                if (span == null) {
                    cells.add("");
                } else {
                    String group = table.columns().get(visible.get(k)).group();
                    cells.add("\\multicolumn{" + (span[1] - span[0] + 1) + "}{c}{" + latex(group) + "}");
                    rules.append("\\cmidrule(lr){")
                            .append(span[0] + 1)
                            .append('-')
                            .append(span[1] + 1)
                            .append('}');
                    k = span[1];
                }
            }
            out.append(String.join(" & ", cells))
                    .append(" \\\\\n")
                    .append(rules)
                    .append('\n');
        }
        out.append(String.join(
                        " & ",
                        visible.stream()
                                .map(i -> latex(table.columns().get(i).header()))
                                .toList()))
                .append(" \\\\\n\\midrule\n");
        boolean before = false;
        for (Row row : table.rows()) {
            if (row.summary() && !before) {
                out.append("\\midrule\n");
            }
            before = row.summary();
            out.append(String.join(
                            " & ",
                            visible.stream()
                                    .map(i -> {
                                        Cell cell = row.cells().get(i);
                                        String text = cell.text().isEmpty() ? "--" : latex(cell.text());
                                        return cell.word() ? "\\textit{" + text + "}" : text;
                                    })
                                    .toList()))
                    .append(" \\\\\n");
        }
        out.append("\\bottomrule\n\\end{tabular}").append(wide ? "}\n" : "\n");
        for (String note : table.notes()) {
            out.append("\\par\\footnotesize ").append(latex(note)).append('\n');
        }
        return out.append("\\end{table}\n").toString();
    }

    private static String latex(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : clean(text).toCharArray()) {
            switch (c) {
                case '\\' -> out.append("\\textbackslash{}");
                case '~' -> out.append("\\textasciitilde{}");
                case '^' -> out.append("\\textasciicircum{}");
                case '<' -> out.append("\\textless{}");
                case '>' -> out.append("\\textgreater{}");
                case '[' -> out.append("{[}"); // after \\ a bracket would be an option
                case ']' -> out.append("{]}");
                case '&', '%', '$', '#', '_', '{', '}' -> out.append('\\').append(c);
                case '±' -> out.append("$\\pm$");
                case 'µ' -> out.append("$\\mu$");
                case '×' -> out.append("$\\times$");
                case '–' -> out.append("--");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /// An HTML table with caption, for a page that brings the style; a wide one is cut between groups of
    /// columns, as for a terminal.
    public static String html(Table table) {
        StringBuilder out = new StringBuilder("<figure class=\"table\" id=\"")
                .append(escape(table.id()))
                .append("\">\n");
        boolean wide = table.visible(false).size() > HTML_COLUMNS;
        boolean first = true;
        for (List<Integer> part : parts(table, wide ? HTML_WIDTH : Integer.MAX_VALUE)) {
            htmlPart(out, table, part, first);
            first = false;
        }
        for (String note : table.notes()) {
            out.append("<p class=\"note\">").append(escape(note)).append("</p>\n");
        }
        return out.append("</figure>\n").toString();
    }

    private static void htmlPart(StringBuilder out, Table table, List<Integer> visible, boolean caption) {
        out.append("<div class=\"scroll\"><table>\n");
        if (caption) {
            out.append("<caption>").append(escape(table.title())).append("</caption>\n");
        }
        out.append("<thead>\n");
        List<int[]> spans = spans(table, visible);
        if (!spans.isEmpty()) {
            out.append("<tr>");
            for (int k = 0; k < visible.size(); k++) {
                int at = k;
                int[] span = spans.stream().filter(s -> s[0] == at).findFirst().orElse(null);
                if (span == null) {
                    out.append("<td></td>");
                } else {
                    out.append("<th class=\"group\" scope=\"colgroup\" colspan=\"")
                            .append(span[1] - span[0] + 1)
                            .append("\">")
                            .append(escape(table.columns().get(visible.get(k)).group()))
                            .append("</th>");
                    k = span[1];
                }
            }
            out.append("</tr>\n");
        }
        out.append("<tr>");
        for (int i : visible) {
            Column column = table.columns().get(i);
            out.append("<th scope=\"col\"")
                    .append(first(table, visible, i, column.number()))
                    .append('>')
                    .append(escape(column.header()))
                    .append("</th>");
        }
        out.append("</tr>\n</thead>\n<tbody>\n");
        for (Row row : rows(table, visible)) {
            out.append(row.summary() ? "<tr class=\"summary\">" : "<tr>");
            for (int i : visible) {
                Cell cell = row.cells().get(i);
                String tag = i == visible.getFirst() ? "th" : "td";
                String type = cell.word()
                        ? " class=\"word\""
                        : first(table, visible, i, table.columns().get(i).number());
                out.append('<')
                        .append(tag)
                        .append(i == visible.getFirst() ? " scope=\"row\"" : "")
                        .append(type)
                        .append('>')
                        .append(escape(shown(cell)))
                        .append("</")
                        .append(tag)
                        .append('>');
            }
            out.append("</tr>\n");
        }
        out.append("</tbody>\n</table></div>\n");
    }

    /// Class of a cell: numbers are set right; the first column of a group has a line at its left.
    private static String first(Table table, List<Integer> visible, int i, boolean number) {
        int at = visible.indexOf(i);
        String group = table.columns().get(i).group();
        boolean first = at > 0
                && !group.isEmpty()
                && !group.equals(table.columns().get(visible.get(at - 1)).group());
        String names = (number ? "n" : "") + (first ? (number ? " g" : "g") : "");
        return names.isEmpty() ? "" : " class=\"" + names + "\"";
    }

    /// Text for HTML, element content or quoted attribute.
    public static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (char c : clean(text).toCharArray()) {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    private static String clean(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> out.appendCodePoint(
                        Character.isISOControl(c)
                                        || Character.getType(c) == Character.FORMAT
                                        || Character.getType(c) == Character.SURROGATE
                                ? ' '
                                : c));
        return out.toString();
    }
}

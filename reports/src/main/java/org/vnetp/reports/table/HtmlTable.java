package org.vnetp.reports.table;

import java.util.List;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// Tables for a page.
public final class HtmlTable {
    private static final int MOST_COLUMNS = 10; // more than these are cut
    private static final int WIDTH = 150; // in characters

    private HtmlTable() {}

    /// An HTML table with caption, for a page that brings the style; a wide one is cut between groups of
    /// columns, as for a terminal.
    public static String of(Table table) {
        StringBuilder out = new StringBuilder("<figure class=\"table\" id=\"")
                .append(TableFormat.escape(table.id()))
                .append("\">\n");
        boolean wide = table.visible(false).size() > MOST_COLUMNS;
        boolean first = true;
        for (List<Integer> part : TableFormat.parts(table, wide ? WIDTH : Integer.MAX_VALUE)) {
            part(out, table, part, first);
            first = false;
        }
        for (String note : table.notes()) {
            out.append("<p class=\"note\">").append(TableFormat.escape(note)).append("</p>\n");
        }
        return out.append("</figure>\n").toString();
    }

    private static void part(StringBuilder out, Table table, List<Integer> visible, boolean caption) {
        out.append("<div class=\"scroll\"><table>\n");
        if (caption) {
            out.append("<caption>").append(TableFormat.escape(table.title())).append("</caption>\n");
        }
        out.append("<thead>\n");
        List<int[]> spans = TableFormat.spans(table, visible);
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
                            .append(TableFormat.escape(
                                    table.columns().get(visible.get(k)).group()))
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
                    .append(TableFormat.escape(column.header()))
                    .append("</th>");
        }
        out.append("</tr>\n</thead>\n<tbody>\n");
        for (Row row : TableFormat.rows(table, visible)) {
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
                        .append(TableFormat.escape(TableFormat.shown(cell)))
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
}

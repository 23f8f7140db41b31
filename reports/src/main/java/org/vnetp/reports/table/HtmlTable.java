package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.vnetp.reports.table.Table.Column;

/// Tables for a page.
public final class HtmlTable {
    private static final int MOST_COLUMNS = 10; // more than these are cut
    private static final int WIDTH = 150; // in characters
    private static final HtmlTemplate TEMPLATE = HtmlTemplate.beside(HtmlTable.class, "table.html");

    private record Content(String id, String title, List<Part> parts, List<String> notes) {}

    private record Part(List<Group> groups, List<Text> headers, List<Line> rows) {
        boolean grouped() {
            return groups.stream().anyMatch(group -> !group.blank());
        }
    }

    /// What columns have in common, or above one that has nothing in common with its neighbours, blank.
    private record Group(String name, int columns) {
        boolean blank() {
            return name.isEmpty();
        }
    }

    /// @param type names of classes for the style, may be empty
    private record Text(String text, String type) {}

    private record Line(boolean summary, List<Text> cells) {}

    private HtmlTable() {}

    /// An HTML table with caption, for a page that brings the style; a wide one is cut between groups of
    /// columns, as for a terminal.
    public static String of(Table table) {
        boolean wide = table.visible(false).size() > MOST_COLUMNS;
        return TEMPLATE.fill(new Content(
                table.id(),
                table.title(),
                TableFormat.parts(table, wide ? WIDTH : Integer.MAX_VALUE).stream()
                        .map(visible -> part(table, visible))
                        .toList(),
                table.notes()));
    }

    private static Part part(Table table, List<Integer> visible) {
        List<String> types = IntStream.range(0, visible.size())
                .mapToObj(at -> type(table, visible, at))
                .toList();
        List<Line> rows = TableFormat.rows(table, visible).stream()
                .map(row -> new Line(
                        row.summary(),
                        IntStream.range(0, visible.size())
                                .mapToObj(at -> {
                                    Table.Cell cell = row.cells().get(visible.get(at));
                                    return new Text(TableFormat.shown(cell), cell.word() ? "word" : types.get(at));
                                })
                                .toList()))
                .toList();
        return new Part(
                groups(table, visible),
                IntStream.range(0, visible.size())
                        .mapToObj(at -> new Text(column(table, visible, at).header(), types.get(at)))
                        .toList(),
                rows);
    }

    private static List<Group> groups(Table table, List<Integer> visible) {
        List<Group> groups = new ArrayList<>();
        int next = 0;
        for (int[] span : TableFormat.spans(table, visible)) {
            for (; next < span[0]; next++) {
                groups.add(new Group("", 1));
            }
            groups.add(new Group(column(table, visible, span[0]).group(), span[1] - span[0] + 1));
            next = span[1] + 1;
        }
        for (; next < visible.size(); next++) {
            groups.add(new Group("", 1));
        }
        return groups;
    }

    /// Class of a cell: numbers are set right; the first column of a group has a line at its left.
    private static String type(Table table, List<Integer> visible, int at) {
        Column column = column(table, visible, at);
        boolean first = at > 0
                && !column.group().isEmpty()
                && !column.group().equals(column(table, visible, at - 1).group());
        return column.number() ? first ? "n g" : "n" : first ? "g" : "";
    }

    private static Column column(Table table, List<Integer> visible, int at) {
        return table.columns().get(visible.get(at));
    }
}

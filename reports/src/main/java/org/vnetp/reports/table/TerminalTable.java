package org.vnetp.reports.table;

import java.util.List;
import java.util.function.IntFunction;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Row;

/// Tables for a terminal.
public final class TerminalTable {
    private static final String BOLD = "\u001b[1m";
    private static final String RED = "\u001b[31m";
    private static final String RESET = "\u001b[0m";

    private TerminalTable() {}

    /// For a terminal of `width` columns. A table that is wider is cut between groups of columns
    /// and the parts are set below each other, each with the columns that name the row.
    ///
    /// @param colour whether escape sequences may be used (a terminal, and no `NO_COLOR`)
    public static String of(Table table, int width, boolean colour) {
        StringBuilder out = new StringBuilder();
        out.append(bold(TableFormat.clean(table.title()), colour)).append("\n\n");
        for (List<Integer> part : TableFormat.parts(table, width)) {
            part(out, table, part, colour);
            out.append('\n');
        }
        for (String note : table.notes()) {
            out.append(wrapped(TableFormat.clean(note), width)).append('\n');
        }
        return out.toString();
    }

    private static void part(StringBuilder out, Table table, List<Integer> part, boolean colour) {
        int[] widths =
                part.stream().mapToInt(i -> TableFormat.columnWidth(table, i)).toArray();
        List<int[]> spans = TableFormat.spans(table, part); // from, to (inclusive), in indices of part
        for (int[] span : spans) { // a group's name may be wider than its columns
            int inner = -2;
            for (int k = span[0]; k <= span[1]; k++) {
                inner += widths[k] + 2;
            }
            int lack = TableFormat.length(table.columns().get(part.get(span[0])).group()) - inner;
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
                String name =
                        TableFormat.clean(table.columns().get(part.get(span[0])).group());
                int left = (inner - TableFormat.length(name)) / 2;
                line.append("-".repeat(Math.max(0, left - 1)))
                        .append(left > 0 ? " " : "")
                        .append(name)
                        .append(inner - TableFormat.length(name) - left > 0 ? " " : "")
                        .append("-".repeat(Math.max(0, inner - TableFormat.length(name) - left - 1)))
                        .append("  ");
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        out.append(bold(
                        line(
                                        table,
                                        part,
                                        widths,
                                        i -> TableFormat.clean(
                                                table.columns().get(i).header()))
                                .stripTrailing(),
                        colour))
                .append('\n');
        int total = -2;
        for (int width : widths) {
            total += width + 2;
        }
        out.append("-".repeat(total)).append('\n');
        boolean before = false;
        for (Row row : TableFormat.rows(table, part)) {
            if (row.summary() && !before) {
                out.append("-".repeat(total)).append('\n');
            }
            before = row.summary();
            StringBuilder line = new StringBuilder();
            for (int k = 0; k < widths.length; k++) {
                Cell cell = row.cells().get(part.get(k));
                String text = pad(
                        TableFormat.shown(cell),
                        widths[k],
                        table.columns().get(part.get(k)).number());
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

    private static String pad(String text, int width, boolean right) {
        String space = " ".repeat(Math.max(0, width - TableFormat.length(text)));
        return right ? space + text : text + space;
    }

    private static String bold(String text, boolean colour) {
        return colour ? BOLD + text + RESET : text;
    }

    private static String wrapped(String text, int width) {
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0 && column + 1 + TableFormat.length(word) > width) {
                out.append("\n  ");
                column = 2;
            } else if (column > 0) {
                out.append(' ');
                column++;
            }
            out.append(word);
            column += TableFormat.length(word);
        }
        return out.toString();
    }
}

package org.vnetp.reports.table;

import com.samskivert.mustache.Escapers;
import com.samskivert.mustache.Mustache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes tables as Markdown, CSV and JSON, and holds what all formats share. Every format escapes what would mean
/// something to its reader; control characters never pass. [TerminalTable], [HtmlTable] and [LatexTable] write the
/// others.
public final class TableFormat {
    private static final Mustache.Escaper HTML = Escapers.simple(
            new String[][] {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});

    private TableFormat() {}

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

    static List<List<Integer>> parts(Table table, int width) {
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
    static List<Row> rows(Table table, List<Integer> part) {
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

    static int columnWidth(Table table, int column) {
        int width = length(table.columns().get(column).header());
        for (Row row : table.rows()) {
            width = Math.max(width, length(shown(row.cells().get(column))));
        }
        return width;
    }

    static List<int[]> spans(Table table, List<Integer> part) {
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

    static String shown(Cell cell) {
        return cell.text().isEmpty() ? "-" : clean(cell.text());
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /// Text for HTML, element content or quoted attribute; cleaned first, so that what is escaped is what is shown.
    public static String escape(String text) {
        return HTML.escape(clean(text));
    }

    static String clean(String text) {
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

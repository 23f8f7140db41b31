package org.vnetp.reports.table;

import java.util.List;

/// A table, ready to be written in any format.
///
/// @param id short name for anchors and labels, `[a-z0-9-]+`
/// @param title one line
/// @param keys how many columns, from the first on, name the row
/// @param detail whether it may be left out where space is short, as on a terminal
/// @param columns the keys first
/// @param rows each with as many cells as there are columns
/// @param notes sentences below the table
public record Table(
        String id, String title, int keys, boolean detail, List<Column> columns, List<Row> rows, List<String> notes) {

    /// Who sees a column.
    public enum Shown {
        /// People and programs.
        EVERYWHERE,
        /// People: terminal, Markdown, LaTeX, HTML.
        READERS,
        /// Programs: CSV.
        CSV
    }

    /// @param group what neighbouring columns have in common, such as a link rate; may be empty
    /// @param header for people
    /// @param csv for programs
    /// @param number whether cells are set flush right
    /// @param shown see [Shown]
    public record Column(String group, String header, String csv, boolean number, Shown shown) {
        public static Column text(String header, String csv) {
            return new Column("", header, csv, false, Shown.EVERYWHERE);
        }

        public static Column number(String group, String header, String csv) {
            return new Column(group, header, csv, true, Shown.EVERYWHERE);
        }

        /// For people, flush right.
        public static Column readers(String group, String header) {
            return new Column(group, header, "", true, Shown.READERS);
        }

        /// For programs.
        public static Column csv(String csv) {
            return new Column("", "", csv, true, Shown.CSV);
        }
    }

    /// @param text for people; `-` is what an empty cell shows
    /// @param csv for programs
    /// @param word whether the text stands where a number should be (`failed`)
    public record Cell(String text, String csv, boolean word) {
        public static final Cell EMPTY = new Cell("", "", false);

        public static Cell of(String text) {
            return new Cell(text, text, false);
        }

        public static Cell number(String text, double value) {
            return Double.isFinite(value) ? new Cell(text, Double.toString(value), false) : EMPTY;
        }

        public static Cell word(String text) {
            return new Cell(text, text, true);
        }
    }

    /// @param summary whether the row sums up others: a rule goes before the first of them
    public record Row(boolean summary, List<Cell> cells) {
        public Row {
            cells = List.copyOf(cells);
        }
    }

    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        notes = List.copyOf(notes);
        for (Row row : rows) {
            if (row.cells().size() != columns.size()) {
                throw new IllegalArgumentException(
                        "table " + id + ": a row of " + row.cells().size() + " cells, expected " + columns.size());
            }
        }
    }

    /// The indices of the columns that people or programs see.
    List<Integer> visible(boolean forPrograms) {
        Shown other = forPrograms ? Shown.READERS : Shown.CSV;
        return java.util.stream.IntStream.range(0, columns.size())
                .filter(i -> columns.get(i).shown() != other)
                .boxed()
                .toList();
    }
}

package org.vnetp.overlay.control;

import java.util.List;
import java.util.Locale;

/// Rows of cells as lines for people.
final class TextTable {
    private TextTable() {}

    /// Columns as wide as their widest cell, two blanks between them.
    ///
    /// @param rows all of the first one's length
    static String of(List<String[]> rows) {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).repeat(' ', widths[i] - row[i].length() + 2);
            }
            text.append(text.isEmpty() ? "" : "\n").append(line.toString().stripTrailing());
        }
        return text.toString();
    }

    /// A number with one digit behind the point, as answers for people tell it.
    static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}

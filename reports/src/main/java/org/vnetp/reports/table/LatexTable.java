package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Row;

/// Tables for a paper.
public final class LatexTable {
    private LatexTable() {}

    /// LaTeX with booktabs: a `table` with caption and label.
    public static String of(Table table) {
        List<Integer> visible = table.visible(false);
        boolean wide = visible.size() > 9;
        StringBuilder out = new StringBuilder("% needs \\usepackage{booktabs")
                .append(wide ? ",graphicx" : "")
                .append("}\n\\begin{table}\n\\centering\n\\caption{");
        out.append(escaped(table.title()))
                .append("}\n\\label{tab:")
                .append(table.id())
                .append(wide ? "}\n\\resizebox{\\textwidth}{!}{%\n" : "}\n")
                .append("\\begin{tabular}{");
        for (int i : visible) {
            out.append(table.columns().get(i).number() ? 'r' : 'l');
        }
        out.append("}\n\\toprule\n");
        List<int[]> spans = TableFormat.spans(table, visible);
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
                    cells.add("\\multicolumn{" + (span[1] - span[0] + 1) + "}{c}{" + escaped(group) + "}");
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
                                .map(i -> escaped(table.columns().get(i).header()))
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
                                        String text = cell.text().isEmpty() ? "--" : escaped(cell.text());
                                        return cell.word() ? "\\textit{" + text + "}" : text;
                                    })
                                    .toList()))
                    .append(" \\\\\n");
        }
        out.append("\\bottomrule\n\\end{tabular}").append(wide ? "}\n" : "\n");
        for (String note : table.notes()) {
            out.append("\\par\\footnotesize ").append(escaped(note)).append('\n');
        }
        return out.append("\\end{table}\n").toString();
    }

    private static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : TableFormat.clean(text).toCharArray()) {
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
}

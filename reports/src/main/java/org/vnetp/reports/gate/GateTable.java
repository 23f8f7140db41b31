package org.vnetp.reports.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.reports.table.Numbers;
import org.vnetp.reports.table.Table;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// A gate's result as a table, in any of [org.vnetp.reports.table.TableFormat]'s formats.
public final class GateTable {
    private GateTable() {}

    /// @param all whether series that pass, and those that only inform, are shown to people too
    public static Table of(GateResult result, boolean all) {
        List<Column> columns = List.of(
                Column.text("verdict", "verdict"),
                Column.text("series", "series"),
                Column.csv("key"),
                Column.csv("gates"),
                Column.number("", "base", "base"),
                Column.number("", "head", "head"),
                Column.text("unit", "unit"),
                Column.number("", "change %", "change_percent"),
                Column.readers("", "95 % interval"),
                Column.csv("change_percent_low"),
                Column.csv("change_percent_high"),
                Column.csv("p"),
                Column.csv("p_holm"),
                Column.csv("units_base"),
                Column.csv("units_head"),
                Column.csv("units_needed"),
                Column.text("why", "reason"));
        List<Row> rows = new ArrayList<>();
        for (Comparison c : result.comparisons()) {
            if (all || c.gates() && c.verdict() != Verdict.PASS || tells(c)) {
                rows.add(new Row(false, row(c)));
            }
        }
        long hidden = result.comparisons().size() - rows.size();
        List<String> notes = new ArrayList<>();
        notes.add("Change: of the head result against the base, more is better; factors of native where native was"
                + " measured beside. Regressed: worse by the threshold or more, p below 5 % by Holm's procedure among"
                + " all that decide. Pass: the whole interval is above the threshold.");
        if (hidden > 0) {
            notes.add(hidden + " series that pass or only inform are left out (--all shows them).");
        }
        notes.addAll(result.notes());
        return new Table("gate", result.sentence(), 2, false, columns, rows, notes);
    }

    /// Whether a series that does not decide has something to say all the same.
    private static boolean tells(Comparison c) {
        return c.verdict() == Verdict.NEW || c.verdict() == Verdict.REGRESSED || c.verdict() == Verdict.FAILED;
    }

    private static List<Cell> row(Comparison c) {
        double change = 100 * (c.ratio() - 1);
        double low = 100 * (c.low() - 1);
        double high = 100 * (c.high() - 1);
        String name = c.key().shortText()
                + (c.gates() ? "" : " " + c.key().metric())
                + c.renamedFrom().map(old -> " (was " + old + ")").orElse("");
        String more =
                c.needed() > 0 ? (c.reason().isEmpty() ? "" : "; ") + "about " + c.needed() + " more would tell" : "";
        return List.of(
                Cell.of(c.verdict().text() + (c.gates() ? "" : " (informs)")),
                Cell.of(name),
                Cell.of(c.key().text()),
                Cell.of(c.gates() ? "yes" : "no"),
                value(c.base().orElse(null)),
                value(c.head().orElse(null)),
                Cell.of(unit(c.head().or(c::base).orElseThrow())),
                Cell.number(signed(change), change),
                Cell.of(Double.isFinite(low) ? signed(low) + " to " + signed(high) : ""),
                Cell.number("", low),
                Cell.number("", high),
                Cell.number("", c.p()),
                Cell.number("", c.adjusted()),
                Cell.of(c.base().map(s -> Integer.toString(s.units())).orElse("")),
                Cell.of(c.head().map(s -> Integer.toString(s.units())).orElse("")),
                Cell.of(c.needed() > 0 ? Integer.toString(c.needed()) : ""),
                Cell.of(c.reason() + more));
    }

    private static String signed(double percent) {
        return Double.isFinite(percent) ? String.format(Locale.ROOT, "%+.1f", percent) : "";
    }

    private static Cell value(Series series) {
        if (series == null || !series.hasValue()) {
            return Cell.EMPTY;
        }
        return series.relative()
                ? Cell.number(Numbers.percent(series.value()), 100 * series.value())
                : Cell.number(Numbers.value(series.value()), series.value());
    }

    static String unit(Series series) {
        return series.relative() ? "% of native" : series.unit();
    }
}

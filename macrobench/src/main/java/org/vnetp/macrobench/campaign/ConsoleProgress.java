package org.vnetp.macrobench.campaign;

import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Progress as lines of text. On a terminal the line of the run under way is rewritten in place;
/// elsewhere every ended run is one plain line. Libraries for progress draw a bar; what is to be
/// seen here is the width that has been reached and the time that is left.
public final class ConsoleProgress implements Progress {
    private final PrintStream out;
    private final boolean terminal;
    private final CellRunner runner;
    private int shown;

    /// @param terminal whether `out` is one
    /// @param runner tells the unit of a cell's value
    public ConsoleProgress(PrintStream out, boolean terminal, CellRunner runner) {
        this.out = out;
        this.terminal = terminal;
        this.runner = runner;
    }

    @Override
    public void starts(Slot slot, Position position) {
        if (terminal) {
            rewrite(head(slot, position) + " ..." + tail(position));
        }
    }

    @Override
    public void launches(List<Cell> cells, Position position) {
        if (terminal) {
            Set<String> arms = new LinkedHashSet<>();
            cells.forEach(cell -> arms.add(cell.fabric()));
            rewrite(String.format(
                    Locale.ROOT,
                    "[%3d/%d] launching %s over %s",
                    position.done(),
                    position.planned(),
                    cells.getFirst().benchmark(),
                    String.join(", ", arms)));
        }
    }

    @Override
    public void ended(Slot slot, Run run, double primary, Duration wall, Position position) {
        Metric metric = runner.primary(slot.cell());
        String result = run.status() == Status.OK
                ? String.format(Locale.ROOT, "%10.2f %s", primary, metric.unit())
                : run.status().text() + ": " + run.reason();
        line(head(slot, position)
                + String.format(Locale.ROOT, "%-20s %5.1f s", result, seconds(wall))
                + tail(position));
    }

    @Override
    public void note(String sentence) {
        line(sentence);
    }

    private static String head(Slot slot, Position p) {
        Cell cell = slot.cell();
        return String.format(
                Locale.ROOT,
                "[%3d/%d] block %-2d  %-10s %-13s %-7s ",
                p.done(),
                p.planned(),
                p.block() + 1,
                cell.benchmark()
                        + (cell.params().values().isEmpty()
                                ? ""
                                : " " + cell.params().text()),
                cell.fabric(),
                cell.link());
    }

    private static String tail(Position p) {
        return reached(p.precision()) + "   left " + words(p.remaining());
    }

    private static String reached(Progress.Reached r) {
        if (r.pairs() >= Progress.Reached.TELLING && !Double.isNaN(r.width())) {
            return String.format(
                    Locale.ROOT, "   median +-%.1f %%, at the end %.1f %%", 100 * r.width(), 100 * r.expected());
        }
        return r.pairs() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "   %d %s a cell, at the end %d",
                        r.pairs(),
                        r.pairs() == 1 ? "pair" : "pairs",
                        r.expectedPairs());
    }

    /// `48 s`, `6 min 20 s`, `1 h 05 min`.
    public static String words(Duration duration) {
        long s = Math.max(0, Math.round(seconds(duration)));
        if (s < 100) {
            return s + " s";
        }
        return s < 6000
                ? String.format(Locale.ROOT, "%d min %02d s", s / 60, s % 60)
                : String.format(Locale.ROOT, "%d h %02d min", s / 3600, s / 60 % 60);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private void rewrite(String text) {
        out.print("\r" + text + " ".repeat(Math.max(0, shown - text.length())));
        out.flush();
        shown = text.length();
    }

    private void line(String text) {
        if (terminal) {
            rewrite(text);
            out.println();
            shown = 0;
        } else {
            out.println(text);
        }
        out.flush();
    }
}

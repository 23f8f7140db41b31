package org.vnetp.reports.history;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.vnetp.reports.history.HistoryRun.Entry;

/// Histories with made-up values: a run every six hours, commit n is the number n in hexadecimal digits.
final class Made {
    static final String KEY = HistoryDirectoryTest.KEY;
    private static final Instant START = Instant.parse("2026-09-01T00:00:00Z");

    private final HistoryDirectory history;
    private final Map<String, String> machine;
    private final String key;

    Made(HistoryDirectory history) {
        this(history, KEY, Map.of("cpu.model", "Example", "cpu.processors", "2"));
    }

    Made(HistoryDirectory history, String key, Map<String, String> machine) {
        this.history = history;
        this.key = key;
        this.machine = machine;
    }

    static String commit(int run) {
        return String.format(java.util.Locale.ROOT, "%08x%032x", run, run);
    }

    static String started(int run) {
        return START.plus(6L * run, ChronoUnit.HOURS).toString();
    }

    HistoryRun run(int n, String state, boolean dirty, Map<String, String> soft, List<Entry> entries) {
        return new HistoryRun(1, key, machine, soft, "nas", started(n), commit(n), dirty, state, entries);
    }

    void add(int n, Map<String, String> soft, Entry... entries) throws IOException {
        history.add(run(n, "complete", false, soft, List.of(entries)));
    }

    /// Runs 0 to `runs` - 1 with one series each of the given levels, with a noise of 1 %.
    void add(int runs, Map<String, IntToDoubleFunction> levels) throws IOException {
        for (int i = 0; i < runs; i++) {
            List<Entry> entries = new ArrayList<>();
            for (var series : levels.entrySet()) {
                double level = series.getValue().applyAsDouble(i);
                if (Double.isFinite(level)) {
                    SplittableRandom random =
                            new SplittableRandom(31L * i + series.getKey().hashCode());
                    double value = level * Math.exp(0.01 * random.nextGaussian());
                    entries.add(new Entry(
                            series.getKey(),
                            HistoryRun.OF_NATIVE,
                            true,
                            value,
                            value * 0.98,
                            value * 1.02,
                            8,
                            List.of(value * 0.99, value * 1.01)));
                }
            }
            history.add(run(i, "complete", false, Map.of("kernel", i < 33 ? "6.12.1" : "6.18.2"), entries));
        }
    }
}

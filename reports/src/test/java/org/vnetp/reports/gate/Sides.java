package org.vnetp.reports.gate;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Results for tests, made of a few numbers.
final class Sides {
    static final Map<String, String> MACHINE = Map.of(
            "cpu.model", "Test 1", "cpu.processors", "2", "memory.total", "8000000 kB", "kernel.version", "6.18.0");

    private Sides() {}

    static SeriesKey key(String name) {
        return new SeriesKey("nas", name, "vnetp", "10gbit", "", "mops");
    }

    /// @param error of the log
    static Series series(String name, double value, double error, double freedom) {
        return new Series(key(name), "of native", true, true, true, value, Math.log(value), error, freedom, 8, "");
    }

    static Side side(String name, Series... all) {
        return side(name, MACHINE, all);
    }

    static Side side(String name, Map<String, String> facts, Series... all) {
        Map<SeriesKey, Series> byKey = new TreeMap<>();
        for (Series series : List.of(all)) {
            byKey.put(series.key(), series);
        }
        return new Side(
                name,
                "nas",
                "0123456789abcdef0123456789abcdef01234567",
                "2026-01-02T03:04:05Z",
                "complete",
                facts,
                Map.of(),
                0.01,
                byKey);
    }
}

package org.vnetp.reports.history;

import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.reports.result.Results;

/// One run of a suite in the history: `history/MACHINE KEY/STARTED-SHA8-SUITE.json`.
///
/// @param schema version of the file; this code knows [#SCHEMA]
/// @param machineKey the directory's name, see [MachineKey]
/// @param machine the hard facts that the key is made of, by name
/// @param soft what may change on one machine: kernel, microcode, JDK, MPI, governor; by name
/// @param suite `nas`, `macro` or `micro`
/// @param started instant, ISO 8601 in UTC
/// @param commit of the sources, or empty
/// @param dirty whether the sources differed from that commit
/// @param state of the run, as in `run.json`
/// @param entries one a series, each series once
public record HistoryRun(
        int schema,
        String machineKey,
        Map<String, String> machine,
        Map<String, String> soft,
        String suite,
        String started,
        String commit,
        boolean dirty,
        String state,
        List<Entry> entries) {

    /// Version of the files that this code writes and reads.
    public static final int SCHEMA = 1;

    /// The unit of a ratio to native: 1 is native, more is better, whatever the metric's own direction is.
    public static final String OF_NATIVE = "of native";

    /// One series' value in a run.
    ///
    /// @param series see [SeriesName]
    /// @param unit [#OF_NATIVE] where the run has native in the same blocks, otherwise the metric's own
    /// @param moreIsBetter which way is better
    /// @param value the estimate, finite
    /// @param low lower end of its 95 % interval, NaN where there is none
    /// @param high upper end, NaN where there is none
    /// @param blocks how many blocks, or JMH iterations, it came from
    /// @param launches one value per independent launch, in their order; empty where only the value is known
    public record Entry(
            String series,
            String unit,
            boolean moreIsBetter,
            double value,
            double low,
            double high,
            int blocks,
            List<Double> launches) {
        public Entry {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("series '" + series + "': value " + value + ", expected a number");
            }
            if (Double.isFinite(low) != Double.isFinite(high) || low > high) {
                throw new IllegalArgumentException(
                        "series '" + series + "': interval [" + low + ", " + high + "], expected both ends or none");
            }
            for (double launch : launches) {
                if (!Double.isFinite(launch)) {
                    throw new IllegalArgumentException(
                            "series '" + series + "': a launch's value is " + launch + ", expected a number");
                }
            }
        }

        /// Whether the value is a ratio to native.
        public boolean ofNative() {
            return unit.equals(OF_NATIVE);
        }
    }

    public HistoryRun {
        machine = Collections.unmodifiableMap(new LinkedHashMap<>(machine));
        soft = Collections.unmodifiableMap(new LinkedHashMap<>(soft));
        entries = List.copyOf(entries);
        require(MachineKey.legal(machineKey), "machine key", machineKey, "lower case letters, digits, '.' and '-'");
        require(suite.matches("[a-z][a-z0-9]{0,19}"), "suite", suite, "nas, macro or micro");
        require(Instants.legal(started), "started", started, "an instant such as 2026-11-27T02:56:00Z");
        require(commit.matches("|[0-9a-f]{7,64}"), "commit", commit, "a hexadecimal hash, or nothing");
        Set<String> seen = new HashSet<>();
        for (Entry entry : entries) {
            if (!seen.add(entry.series())) {
                throw new IllegalArgumentException("series '" + entry.series() + "' twice in one run");
            }
        }
    }

    /// What a history keeps of a result.
    ///
    /// @throws IOException where the result cannot be read
    /// @throws IllegalArgumentException where it is no result of a known suite, does not tell its machine, or
    ///     has no value at all
    public static HistoryRun of(Results results) throws IOException {
        return Extract.of(results).run();
    }

    private static void require(boolean good, String what, String value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(what + " '" + value + "': expected " + expected);
        }
    }

    /// Whether the run came to its end: what was interrupted or failed is shown, but nothing is compared with
    /// it. A run that ended with its budget has at least one block of every cell.
    public boolean complete() {
        return state.equals("complete") || state.equals("budget-spent");
    }

    /// The name of its file.
    public String fileName() {
        return Instants.compact(started) + "-" + (commit.isEmpty() ? "nocommit" : shortCommit()) + "-" + suite
                + ".json";
    }

    /// Eight digits of the commit, `no commit` where there is none.
    public String shortCommit() {
        return commit.isEmpty() ? "no commit" : commit.substring(0, Math.min(8, commit.length()));
    }
}

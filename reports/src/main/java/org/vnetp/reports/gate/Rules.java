package org.vnetp.reports.gate;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.vnetp.reports.history.Glob;

/// How a gate decides.
///
/// @param threshold what may be lost, as a factor less 1: 0.03
/// @param gating globs ([Glob]) of series that decide; empty for those that do by themselves
/// @param allowMissing globs of series that may be missing or failed in the head result
/// @param aliases new name of a series by its old one, as [SeriesKey#text()] or as a benchmark's name
/// @param anyMachine whether results of different machines are compared all the same
public record Rules(
        double threshold,
        List<String> gating,
        List<String> allowMissing,
        Map<String, String> aliases,
        boolean anyMachine) {
    public static final double DEFAULT_THRESHOLD = 0.03;

    public Rules {
        if (!(threshold > 0 && threshold < 1)) {
            throw new IllegalArgumentException(
                    "threshold " + 100 * threshold + " %: expected more than 0 and less than 100");
        }
        gating = List.copyOf(gating);
        allowMissing = List.copyOf(allowMissing);
        aliases = Map.copyOf(aliases);
    }

    public static Rules usual() {
        return new Rules(DEFAULT_THRESHOLD, List.of(), List.of(), Map.of(), false);
    }

    boolean gates(Series series) {
        return gating.isEmpty() ? series.gates() : matches(gating, series.key());
    }

    boolean mayBeMissing(SeriesKey key) {
        return matches(allowMissing, key);
    }

    private static boolean matches(List<String> globs, SeriesKey key) {
        return globs.stream().anyMatch(glob -> Glob.of(glob).matches(key.text()));
    }

    /// What a base's series is called in the head result.
    SeriesKey renamed(SeriesKey key) {
        String whole = aliases.get(key.text());
        String benchmark = aliases.get(key.benchmark());
        if (whole != null) {
            // Parts that are empty are not written, so only a name of the same shape can be read back.
            String[] parts = whole.split("/");
            return parts.length == key.text().split("/").length ? likewise(key, parts) : key;
        }
        return benchmark == null
                ? key
                : new SeriesKey(key.suite(), benchmark, key.fabric(), key.link(), key.params(), key.metric());
    }

    /// Old names that rename nothing of these series: misspelt, or of another shape than their new name.
    List<String> renameNothing(Collection<SeriesKey> keys) {
        return aliases.keySet().stream()
                .filter(old -> keys.stream()
                        .noneMatch(key ->
                                (key.text().equals(old) || key.benchmark().equals(old))
                                        && !renamed(key).equals(key)))
                .sorted()
                .toList();
    }

    private static SeriesKey likewise(SeriesKey key, String[] parts) {
        int at = 0;
        String suite = key.suite().isEmpty() ? "" : parts[at++];
        String benchmark = key.benchmark().isEmpty() ? "" : parts[at++];
        String params = key.params().isEmpty() ? "" : parts[at++];
        String fabric = key.fabric().isEmpty() ? "" : parts[at++];
        String link = key.link().isEmpty() ? "" : parts[at++];
        String metric = key.metric().isEmpty() ? "" : parts[at];
        return new SeriesKey(suite, benchmark, fabric, link, params, metric);
    }
}

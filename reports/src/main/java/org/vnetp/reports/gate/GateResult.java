package org.vnetp.reports.gate;

import java.util.List;
import java.util.stream.Collectors;

/// What came of comparing two results.
///
/// @param threshold that was used, as a factor less 1
/// @param comparisons those that decide first, the gravest first
/// @param notes on what else differs, in sentences
public record GateResult(Side base, Side head, double threshold, List<Comparison> comparisons, List<String> notes) {
    /// The exit code for a gate that found nothing, a regression, or could not tell.
    public static final int GOOD = 0;

    public static final int WORSE = 1;
    public static final int UNKNOWN = 5;

    public GateResult {
        comparisons = List.copyOf(comparisons);
        notes = List.copyOf(notes);
    }

    /// Those that decide.
    public List<Comparison> gating() {
        return comparisons.stream().filter(Comparison::gates).toList();
    }

    public List<Comparison> gating(Verdict verdict) {
        return gating().stream().filter(c -> c.verdict() == verdict).toList();
    }

    /// How many series that decide were in both results with a value each.
    public long compared() {
        return gating().stream().filter(c -> Double.isFinite(c.ratio())).count();
    }

    /// The gravest of all that decide; inconclusive where nothing was compared.
    public Verdict verdict() {
        if (!gating(Verdict.REGRESSED).isEmpty()) {
            return Verdict.REGRESSED;
        }
        if (!gating(Verdict.FAILED).isEmpty()) {
            return Verdict.FAILED;
        }
        if (!gating(Verdict.MISSING).isEmpty()) {
            return Verdict.MISSING;
        }
        return compared() == 0 || !gating(Verdict.INCONCLUSIVE).isEmpty()
                ? Verdict.INCONCLUSIVE
                : gating(Verdict.IMPROVED).isEmpty() ? Verdict.PASS : Verdict.IMPROVED;
    }

    public int exitCode() {
        return switch (verdict()) {
            case REGRESSED -> WORSE;
            case PASS, IMPROVED, NEW -> GOOD;
            case FAILED, MISSING, INCONCLUSIVE -> UNKNOWN;
        };
    }

    /// The verdict in a sentence: counts both ways, and the names of what is worse.
    public String sentence() {
        String counts = java.util.Arrays.stream(Verdict.values())
                .filter(verdict -> !gating(verdict).isEmpty())
                .map(verdict -> gating(verdict).size() + " " + verdict.text())
                .collect(Collectors.joining(", "));
        String threshold = String.format(java.util.Locale.ROOT, "%.1f %%", 100 * threshold());
        return switch (verdict()) {
            case REGRESSED ->
                "Slower: " + names(gating(Verdict.REGRESSED)) + " (" + counts + "; more than " + threshold
                        + " is worse).";
            case FAILED -> "No value any more: " + names(gating(Verdict.FAILED)) + " (" + counts + ").";
            case MISSING -> "Missing: " + names(gating(Verdict.MISSING)) + " (" + counts + ").";
            case INCONCLUSIVE ->
                compared() == 0
                        ? "Nothing was compared" + (counts.isEmpty() ? "." : " (" + counts + ").")
                        : "Cannot tell whether anything is slower by " + threshold + " or more (" + counts + ").";
            case IMPROVED, PASS, NEW -> "Nothing is slower by " + threshold + " or more (" + counts + ").";
        };
    }

    private static String names(List<Comparison> comparisons) {
        int shown = Math.min(5, comparisons.size());
        return comparisons.subList(0, shown).stream()
                        .map(c -> c.key().shortText())
                        .collect(Collectors.joining(", "))
                + (shown < comparisons.size() ? " and " + (comparisons.size() - shown) + " more" : "");
    }
}

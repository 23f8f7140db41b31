package org.vnetp.reports.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.NoiseFloor;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;

/// What stands below the main table of a NAS result: how it was measured, and what it could have seen.
public final class NasNotes {
    /// The words of the notes below the main table; also used by the page.
    public static final String METHOD =
            "Percent of native: 100 is native, more is better; after the sign: half of the 95 % interval. Estimate: Hodges-Lehmann of the "
                    + "log ratios of paired blocks, to the mean of both native regions of a block where there are two. Interval: from the spread of regions and, where several regions come of one launch, the spread of launches "
                    + "(a variance component of the whole run); else an expanded percentile bootstrap (from 6 pairs on; Student's t below).";

    private NasNotes() {}

    static List<String> of(Study study, Metric metric, List<String> compared, boolean published, boolean shares) {
        List<String> notes = new ArrayList<>();
        notes.add(METHOD);
        notes.add(noise(study, metric));
        detectable(study, metric, compared).ifPresent(notes::add);
        if (shares) {
            notes.add("comm: share of native run time that ranks spent in MPI.");
        }
        if (published) {
            notes.add("Published: " + Published.SOURCE
                    + "; its summary rows are over all 19 published rows, not only those shown.");
        }
        if (study.cells().stream()
                .anyMatch(cell -> study.overlays().stream()
                        .anyMatch(fabric -> study.status(cell, fabric).orElse(Status.OK) != Status.OK))) {
            notes.add(
                    "A cell with a run that was not verified, failed or not on path shows that word and counts in no mean.");
        }
        if (study.replacedRuns() > 0) {
            notes.add(study.replacedRuns() + " run(s) were repeated later; the repetition counts.");
        }
        return notes;
    }

    /// What difference this run could have seen.
    private static Optional<String> detectable(Study study, Metric metric, List<String> compared) {
        double[] cells = study.cells().stream()
                .flatMap(cell -> compared.stream()
                        .flatMap(overlay -> study.ratio(cell, overlay, Fabrics.NATIVE, metric).stream()))
                .mapToDouble(PairedRatio::detectable)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (cells.length == 0) {
            return Optional.empty();
        }
        double[] means = study.links().stream()
                .flatMap(link -> compared.stream().map(overlay -> study.summary(link, overlay, Fabrics.NATIVE, metric)))
                .mapToDouble(Summary::detectable)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return Optional.of(String.format(
                Locale.ROOT,
                "Detectable effect (found in 4 of 5 such runs): %.1f %% in a cell (median; %.1f %% in the widest)%s.",
                100 * cells[cells.length / 2],
                100 * cells[cells.length - 1],
                means.length == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, ", %.1f %% of a geometric mean (widest)", 100 * means[means.length - 1])));
    }

    /// A sentence on the noise floor, or on its absence.
    public static String noise(Study study, Metric metric) {
        Optional<NoiseFloor> floor = study.noiseFloor(metric);
        if (floor.isPresent()) {
            NoiseFloor f = floor.get();
            StringBuilder text = new StringBuilder(String.format(
                    Locale.ROOT,
                    "Noise floor (native against native, %d cells): typically %.1f %%, at most %.1f %%; single pairs vary by %s",
                    f.cells(),
                    100 * f.typical(),
                    100 * f.largest(),
                    Double.isNaN(f.singlePair())
                            ? "an unknown amount"
                            : Numbers.fixed(100 * f.singlePair(), 1) + " %"));
            study.launchDeviation(metric)
                    .ifPresent(deviation ->
                            text.append(String.format(Locale.ROOT, ", launches by %.1f %%", 100 * deviation)));
            study.coverage(metric)
                    .ifPresent(coverage -> text.append(String.format(
                            Locale.ROOT,
                            "; its 95 %% interval holds 100 in %d of %d cells",
                            coverage.holding(),
                            coverage.cells())));
            return text.append('.').toString();
        }
        return "Noise floor: not measured in this run (needs native against native, A/A).";
    }
}

package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;

/// Whether a campaign without a failed run answers what it was asked.
public final class Conclusion {
    /// The exit code where it does not.
    public static final int INCONCLUSIVE = 5;

    private Conclusion() {}

    /// Why it does not: no overlay was compared with native though both were planned, or an interval is wider than the
    /// user said.
    ///
    /// @param planned the fabrics
    /// @param precision half of the widest interval, as a part of its estimate; NaN where the user said none
    public static Optional<String> lacking(Path directory, Collection<String> planned, double precision)
            throws IOException {
        Results results = ResultDirectory.read(directory);
        Study study = new Study(results.observations(), results.info().suite());
        int comparisons = 0;
        int wide = 0;
        for (Study.Cell cell : study.cells()) {
            Optional<Metric> metric = study.primary(cell.benchmark());
            for (String overlay : study.overlays()) {
                Optional<PairedRatio> ratio = metric.flatMap(m -> study.ratio(cell, overlay, Fabrics.NATIVE, m));
                if (ratio.isPresent()) {
                    comparisons++;
                    PairedRatio r = ratio.get();
                    if (!(r.halfWidth() <= precision * r.estimate())) {
                        wide++;
                    }
                }
            }
        }
        boolean compares = planned.contains(Fabrics.NATIVE)
                && planned.stream().anyMatch(f -> !f.equals(Fabrics.NATIVE) && !f.equals(Fabrics.NATIVE_AGAIN));
        if (compares && comparisons == 0) {
            return Optional.of("inconclusive: no overlay was compared with native; give a longer --budget");
        }
        return Double.isNaN(precision) || wide == 0
                ? Optional.empty()
                : Optional.of("inconclusive: " + wide + " of " + comparisons + " intervals are wider than +-"
                        + precision * 100 + " %; give a longer --budget or more --blocks");
    }
}

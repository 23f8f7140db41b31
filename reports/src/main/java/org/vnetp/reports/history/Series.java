package org.vnetp.reports.history;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.vnetp.reports.steps.Drift;
import org.vnetp.reports.steps.Step;

/// One series of a [Timeline]: a place for every run, and what they show together.
///
/// @param name see [SeriesName]
/// @param unit see [HistoryRun.Entry#unit()]
/// @param moreIsBetter which way is better
/// @param entries one a run; null is a gap
/// @param steps by their place
/// @param outliers runs whose value is far from its neighbours'
/// @param epochs that people accepted, by their first runs
/// @param epoch the run that the present epoch begins with: after the last confirmed step or accepted epoch
/// @param drift of the present epoch
/// @param noise standard deviation of a value around its level, relative; NaN where there are too few
public record Series(
        String name,
        String unit,
        boolean moreIsBetter,
        List<HistoryRun.Entry> entries,
        List<Change> steps,
        List<Integer> outliers,
        List<Decisions.Epoch> epochs,
        int epoch,
        Optional<Drift> drift,
        double noise) {

    /// A step of this series.
    ///
    /// @param accepted by what decision; empty where it is news
    /// @param coincides what changed on the machine at the same runs; empty where nothing did
    public record Change(Step step, Optional<Decisions.Decision> accepted, List<Timeline.Marker> coincides) {
        /// Whether it is sure, and nobody accepted it.
        public boolean news() {
            return step.grade() == Step.Grade.CONFIRMED && accepted.isEmpty();
        }
    }

    /// The runs that have a value.
    public int[] runs() {
        return IntStream.range(0, entries.size())
                .filter(i -> entries.get(i) != null)
                .toArray();
    }

    /// The values, NaN for gaps.
    public double[] values() {
        return entries.stream()
                .mapToDouble(entry -> entry == null ? Double.NaN : entry.value())
                .toArray();
    }

    /// Whether values are ratios to native.
    public boolean ofNative() {
        return unit.equals(HistoryRun.OF_NATIVE);
    }

    /// A relative change with the sign that says better or worse: above 0 is better.
    public double gain(double change) {
        return moreIsBetter ? change : 1 / (1 + change) - 1;
    }

    /// The confirmed step that began the present epoch, if one did and it is news.
    public Optional<Change> lastNews() {
        return steps.stream().filter(Change::news).reduce((_, last) -> last);
    }
}

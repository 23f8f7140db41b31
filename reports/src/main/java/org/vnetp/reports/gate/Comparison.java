package org.vnetp.reports.gate;

import java.util.Optional;

/// One series of both results.
///
/// @param key of the head's series, of the base's where the head has none
/// @param renamedFrom the base's name, where an alias joined them
/// @param gates whether it decides
/// @param ratio head to base, more is better; NaN where there is none
/// @param low lower end of the ratio's 95 % interval
/// @param high upper end
/// @param p two-sided, of no difference; NaN where it cannot be told
/// @param adjusted the same by Holm's procedure among all that gate
/// @param needed more units of either side until the interval would decide, roughly; 0 where that is not the matter
/// @param reason in words
public record Comparison(
        SeriesKey key,
        Optional<String> renamedFrom,
        boolean gates,
        Optional<Series> base,
        Optional<Series> head,
        double ratio,
        double low,
        double high,
        double p,
        double adjusted,
        int needed,
        Verdict verdict,
        String reason) {

    /// One of which nothing is measured or said yet.
    static Comparison of(
            SeriesKey key, Optional<String> renamedFrom, boolean gates, Optional<Series> base, Optional<Series> head) {
        double none = Double.NaN;
        return new Comparison(
                key, renamedFrom, gates, base, head, none, none, none, none, none, 0, Verdict.INCONCLUSIVE, "");
    }

    /// With what was measured.
    Comparison measured(double itsRatio, double itsLow, double itsHigh, double itsP) {
        return new Comparison(
                key,
                renamedFrom,
                gates,
                base,
                head,
                itsRatio,
                itsLow,
                itsHigh,
                itsP,
                adjusted,
                needed,
                verdict,
                reason);
    }

    /// It may be missing or failed: that does not decide.
    Comparison allowed() {
        return new Comparison(
                key,
                renamedFrom,
                false,
                base,
                head,
                ratio,
                low,
                high,
                p,
                adjusted,
                needed,
                verdict,
                reason + " (allowed)");
    }

    /// It looks worse, but was not what fresh rounds were for: they would have to show it.
    public Comparison unconfirmed() {
        return with(adjusted, Verdict.INCONCLUSIVE, "suspect, not confirmed by fresh rounds: " + reason, needed);
    }

    /// Of a session that showed a difference where there is none.
    public Comparison distrusted() {
        return with(adjusted, Verdict.INCONCLUSIVE, "the session's null arm differs", needed);
    }

    Comparison with(double holm, Verdict itsVerdict, String itsReason, int more) {
        return new Comparison(
                key, renamedFrom, gates, base, head, ratio, low, high, p, holm, more, itsVerdict, itsReason);
    }
}

package org.vnetp.reports.gate;

/// One series of a result: its value with how sure it is, by independent units, of which a launch, a fork or a block
/// with processes of its own is one each. What was measured within one process is averaged first.
///
/// @param unit of the value
/// @param relative whether the value is a factor of native, which was measured beside it; otherwise it is a plain
/// value,
///     which follows the machine's speed of its hour
/// @param moreIsBetter of the plain value; factors of native are always so
/// @param gates whether it decides, unless told otherwise; others inform
/// @param value in the unit; NaN where there is none
/// @param log natural logarithm of how good it is: greater is better
/// @param standardError of `log`; NaN where it is not known
/// @param freedom degrees of freedom of the standard error
/// @param units that it stands on
/// @param trouble why there is no value; empty where there is one
public record Series(
        SeriesKey key,
        String unit,
        boolean relative,
        boolean moreIsBetter,
        boolean gates,
        double value,
        double log,
        double standardError,
        double freedom,
        int units,
        String trouble) {

    static Series without(SeriesKey key, String unit, boolean gates, String trouble) {
        return new Series(key, unit, false, true, gates, Double.NaN, Double.NaN, Double.NaN, 0, 0, trouble);
    }

    boolean hasValue() {
        return trouble.isEmpty() && Double.isFinite(log);
    }
}

package org.vnetp.reports.steps;

/// A change of a series' level. Indices are those of the series as given, gaps counted.
///
/// @param from the last value that is surely before it
/// @param to the first value that is surely after it: the change came with one of the values after `from`, up
///     to `to`
/// @param at the first value after it, most likely
/// @param before level before, as a median
/// @param after level after
/// @param pValue of a t-test between the values of both levels
/// @param valuesAfter how many values there are after it, up to the end
/// @param grade how sure it is
public record Step(int from, int to, int at, double before, double after, double pValue, int valuesAfter, Grade grade) {
    /// How sure a step is.
    public enum Grade {
        /// Both detectors say so, and there are enough values after it.
        CONFIRMED,
        /// Both say so, but it is too near to the end to be sure.
        SUSPECT,
        /// One detector alone says so.
        POSSIBLE,
        /// Both say so, but chance may have given as much among so many series.
        CHANCE;

        /// `confirmed`, ...
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /// The same with another grade.
    Step graded(Grade other) {
        return new Step(from, to, at, before, after, pValue, valuesAfter, other);
    }

    /// Whether both detectors say so, and it is more than chance gives.
    public boolean sure() {
        return grade == Grade.CONFIRMED || grade == Grade.SUSPECT;
    }

    /// The relative change: 0.05 is 5 % more.
    public double change() {
        return after / before - 1;
    }
}

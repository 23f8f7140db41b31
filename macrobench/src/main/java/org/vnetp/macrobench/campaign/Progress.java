package org.vnetp.macrobench.campaign;

import java.time.Duration;
import java.util.List;
import org.vnetp.reports.result.Run;

/// Is told how a campaign goes on. Called from the campaign's thread.
public interface Progress {
    /// @param done runs that have ended
    /// @param planned runs that the plan still foresees, together with those done
    /// @param precision how narrow the intervals are
    record Position(int block, int done, int planned, Duration elapsed, Duration remaining, Reached precision) {}

    /// How narrow intervals are, and how narrow they are expected to be when the time is used up.
    ///
    /// @param pairs that half of the compared cells have at least, blocks with native
    /// @param expectedPairs the same at the end
    /// @param width the median of the intervals' widths ([Widths]), of cells with [#TELLING] pairs or more; NaN
    ///     where there is none
    /// @param expected the same at the end
    record Reached(int pairs, int expectedPairs, double width, double expected) {
        /// From so many pairs on, an interval tells more of what was measured than of how few pairs there are:
        /// Student's factor is 12.7 for two and 4.3 for three.
        static final int TELLING = 3;
    }

    /// Programs that stay are launched for these cells.
    default void launches(List<Cell> cells, Position position) {}

    void starts(Slot slot, Position position);

    /// @param primary the value the cell is judged by; NaN when there is none
    void ended(Slot slot, Run run, double primary, Duration wall, Position position);

    /// Something worth a line of its own.
    void note(String sentence);

    /// Says nothing.
    Progress SILENT = new Progress() {
        @Override
        public void starts(Slot slot, Position position) {}

        @Override
        public void ended(Slot slot, Run run, double primary, Duration wall, Position position) {}

        @Override
        public void note(String sentence) {}
    };
}

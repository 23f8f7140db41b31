package org.vnetp.macrobench.campaign;

import java.time.Duration;
import java.util.List;
import org.vnetp.reports.result.Run;

/// Is told how a campaign goes on. Called from the campaign's thread.
public interface Progress {
    /// @param done runs that have ended
    /// @param planned runs that the plan still foresees, together with those done
    /// @param width the median of the intervals' widths ([Widths]) that there are; NaN when there is none
    /// @param expected the same when the time is used up
    record Position(
            int block, int done, int planned, Duration elapsed, Duration remaining, double width, double expected) {}

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

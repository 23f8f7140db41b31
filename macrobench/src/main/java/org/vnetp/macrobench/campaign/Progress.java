package org.vnetp.macrobench.campaign;

import java.time.Duration;
import org.vnetp.reports.result.Run;

/// Is told how a campaign goes on. Called from the campaign's thread.
public interface Progress {
    /// @param done runs that have ended, of all blocks
    /// @param planned runs that the plan still foresees, together with those done
    record Position(int block, int blocks, int done, int planned, Duration elapsed, Duration remaining) {}

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

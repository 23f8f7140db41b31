package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Run;

/// Makes one run of a cell. Called from the campaign's thread, one call at a time.
///
/// A runner may have programs that stay while many runs are made of them ([Resident]). It then says which cells it can
/// have ready at the same time, and is told when a visit to them begins and ends: all their runs between are of one
/// launch, those of another visit are of another.
public interface CellRunner {

    /// Cells that are ready at the same time during a visit, each list with the native cells that the others are
    /// compared with. Without programs that stay, every group is one by itself.
    default List<List<Cell>> bundles(Plan plan) {
        return List.copyOf(plan.groups().values());
    }

    /// Whether programs stay between the runs of a visit.
    default boolean resident() {
        return false;
    }

    /// Learns what was measured before a campaign was resumed. Called once, before anything else.
    default void recall(List<Observation> earlier) {}

    /// Launches what the cells need; what fails is reported by the runs of its cells.
    ///
    /// @param raw directory where the programs' own output goes verbatim
    /// @throws InterruptedException when the campaign is stopped: everything that was started has ended by then
    default void open(List<Cell> cells, Path raw) throws IOException, InterruptedException {}

    /// Ends what was launched.
    default void close() throws IOException {}

    /// What [#open] and [#close] take together, roughly; used until it has been seen.
    default Duration launching(List<Cell> cells) {
        return Duration.ZERO;
    }

    /// Runs the cell and records values, status and reason in `run`. A run that fails is a result: it is
    /// recorded with [Run#ended], not thrown.
    ///
    /// @param raw where the programs' own output goes verbatim; a path without suffix in a directory that
    ///     exists
    /// @param limit a run that takes longer is killed with all its processes and ends with `TIMEOUT`
    /// @throws IOException when the run could not be made at all; recorded as `FAILED` with the message
    /// @throws InterruptedException when the campaign is stopped: everything that was started has ended by then
    void run(Slot slot, Run run, Path raw, Duration limit) throws IOException, InterruptedException;

    /// What one run of the cell takes from start to end, roughly; used until one has been seen.
    Duration estimate(Cell cell);

    /// The metric by which the cell is judged.
    Metric primary(Cell cell);
}

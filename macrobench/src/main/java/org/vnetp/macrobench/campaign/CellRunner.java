package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Run;

/// Makes one run of a cell. Called from the campaign's thread, one call at a time.
public interface CellRunner {

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

package org.vnetp.macrobench.campaign;

import java.util.List;
import org.vnetp.reports.result.Observation;

/// How narrow the intervals are that the reports will show: what a campaign spends its time by. Used for nothing but
/// these decisions, and not stored.
///
/// A width is one half of an interval, relative to the estimate: 0.02 for +-2 %.
public interface Widths {
    /// Works them out from all that was measured.
    @FunctionalInterface
    interface Source {
        /// @param observations of the cells' primary metrics
        Widths of(List<Observation> observations);
    }

    /// How many pairs with native a cell has; 0 for native itself.
    int pairs(Cell cell);

    /// The width of a cell's ratio to native; NaN where there is none yet, or the cell is native itself.
    double now(Cell cell);

    /// The width after more blocks; NaN where nothing tells it.
    ///
    /// @param launches how many more launches those blocks come from, together with the earlier ones
    double after(Cell cell, int blocks, int launches);
}

package org.vnetp.macrobench.campaign;

import org.vnetp.reports.result.Run;

/// One place in the plan: a cell in a block. Slots are equal when they mean the same run, before and after a
/// resume.
public record Slot(Cell cell, int block, int repetition) {

    /// An empty record of this slot's run.
    public Run newRun() {
        return new Run(cell.suite(), cell.benchmark(), cell.fabric(), cell.link(), cell.params(), block, repetition);
    }
}

package org.vnetp.reports.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

class CpuSplitTest {
    private final List<Observation> rows = new ArrayList<>();

    private Run run(int block) {
        return new Run("macro", "udp", "vnetp", "none", Params.NONE, block, 0)
                .value(Metrics.PAYLOAD_BYTES, 2.0 * (1 << 30))
                .value(Metrics.CPU_SENDER, 1)
                .value(Metrics.CPU_RECEIVER, 2)
                .value(Metrics.CPU_NODES, 3)
                .value(Metrics.SOFTIRQ, 0.5);
    }

    private List<CpuSplit> splits() {
        Study study = new Study(rows, "macro");
        return CpuSplit.of(study, study.cells().iterator().next(), "vnetp");
    }

    @Test
    void costsAreDividedByBytesAndByFramesWhicheverTheTotalWasRecordedFor() {
        rows.addAll(run(0).value(Metrics.MESSAGES, 4e6)
                .value(Metrics.CPU_PER_MFRAMES, 2)
                .observations());
        CpuSplit gib = splits().get(0);
        CpuSplit frames = splits().get(1);
        assertEquals(new CpuSplit(CpuSplit.Per.GIB, 4, 0.5, 1, 1.5, 0.25), gib);
        assertEquals(1, gib.rest(), 1e-9);
        assertEquals(new CpuSplit(CpuSplit.Per.MFRAMES, 2, 0.25, 0.5, 0.75, 0.125), frames);
        assertEquals(0.5, frames.rest(), 1e-9);
    }

    @Test
    void whereNoFramesAreCountedThereIsOnlyTheCostOfBytes() {
        rows.addAll(run(0).value(Metrics.CPU_PER_GIB, 3).observations());
        rows.addAll(run(1).value(Metrics.CPU_PER_GIB, 5).observations());
        rows.addAll(run(2).value(Metrics.CPU_PER_GIB, 4).observations());
        assertEquals(1, splits().size());
        assertEquals(4, splits().getFirst().total(), 1e-9);
    }

    @Test
    void partsThatAddUpToMoreThanTheTotalLeaveNothing() {
        rows.addAll(run(0).value(Metrics.CPU_PER_GIB, 2.9).observations());
        assertEquals(0, splits().getFirst().rest());
    }

    @Test
    void whatWasNotMeasuredOrDidNotEndWellIsNotThere() {
        rows.addAll(run(0).observations());
        assertTrue(splits().isEmpty());
        rows.addAll(run(1).value(Metrics.CPU_PER_GIB, 2)
                .ended(Status.FAILED, "killed")
                .observations());
        assertTrue(splits().isEmpty());
    }
}

package org.vnetp.reports.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Study;

class MachineTablesTest {
    private final List<Observation> rows = new ArrayList<>();

    private static Run run(String workload, String fabric, int block) {
        return new Run("macro", workload, fabric, "none", Params.NONE, block, 0).value(Metrics.FRAMES_ON_FABRIC, 1000);
    }

    private static Run machines(String workload, String fabric, int block, double kicks) {
        return run(workload, fabric, block)
                .value(Metrics.CPU_NODES, 0.5)
                .value(Metrics.CPU_GUESTS, 3)
                .value(Metrics.RING_FRAMES, 45_000)
                .value(Metrics.KICKS, kicks)
                .value(Metrics.GUEST_CALLS, 250);
    }

    private List<List<String>> table() {
        MachineTables tables = new MachineTables(new Study(rows, "macro"));
        assertTrue(tables.any());
        return tables.table("none").rows().stream()
                .map(row -> row.cells().stream().map(Table.Cell::csv).toList())
                .toList();
    }

    @Test
    void costsAreThoseOfAFrameAndOfWhatTheWorkloadCounts() {
        for (int block = 0; block < 3; block++) {
            rows.addAll(machines("tcp", "vm", block, 2000 + 1000 * block)
                    .value(Metrics.PAYLOAD_BYTES, 2.0 * (1 << 30))
                    .value(Metrics.CPU_PER_GIB, 4)
                    .observations());
        }
        rows.addAll(machines("udp", "vm", 0, 10)
                .value(Metrics.PAYLOAD_BYTES, 1 << 20)
                .value(Metrics.MESSAGES, 2e6)
                .value(Metrics.CPU_PER_MFRAMES, 7)
                .observations());
        // Too few frames to tell what the whole machine did for them.
        rows.addAll(machines("ping", "vm", 0, 500).observations());
        assertEquals(
                List.of(
                        List.of("ping", "vm", "45.0", "0.5", "0.25", "million frames", "3000.0", "500.0", ""),
                        List.of("tcp", "vm", "45.0", "3.0", "0.25", "GiB", "1.5", "0.25", "4.0"),
                        List.of("udp", "vm", "45.0", "0.01", "0.25", "million frames", "1.5", "0.25", "7.0")),
                table());
    }

    @Test
    void machinesWhoseRingsNoNodeServesHaveCpuTimeOnlyAndOthersNoRow() {
        rows.addAll(run("tcp", "native", 0).value(Metrics.CPU_NODES, 0).observations());
        assertFalse(new MachineTables(new Study(rows, "macro")).any());
        rows.addAll(run("tcp", "tap-vm", 0)
                .value(Metrics.CPU_NODES, 0)
                .value(Metrics.CPU_GUESTS, 2)
                .value(Metrics.PAYLOAD_BYTES, 1 << 30)
                .value(Metrics.CPU_PER_GIB, 5)
                .observations());
        rows.addAll(machines("tcp", "broken", 0, 7)
                .value(Metrics.PAYLOAD_BYTES, 1 << 30)
                .ended(Status.FAILED, "killed")
                .observations());
        assertEquals(List.of(List.of("tcp", "tap-vm", "", "", "", "GiB", "2.0", "0.0", "5.0")), table());
    }
}

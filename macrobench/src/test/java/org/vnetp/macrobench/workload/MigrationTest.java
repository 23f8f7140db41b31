package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vnetp.macrobench.workload.OneRun.value;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

@Tag("netns")
@Timeout(120)
class MigrationTest {
    @TempDir
    Path directory;

    private Run run(MacroRunner runner, String fabric) throws Exception {
        return OneRun.of(runner, OneRun.firstCell("migration", fabric), 0, directory, Duration.ofSeconds(30));
    }

    @Test
    void theOutageOfAMoveIsMeasuredWhereGuestsCanMoveAndSkippedElsewhere() throws Exception {
        NeedsForTests.namespaces();
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(3)
                        .withName("mig" + ProcessHandle.current().pid() % 100_000));
                Servers servers = new Servers()) {
            testbed.fabric(FabricSpec.parse("vnetp=vnetp:warm-up=0"));
            testbed.fabric(FabricSpec.vxlan());
            MacroRunner runner = new MacroRunner(testbed, servers, Map.of(), 1);
            for (String fabric : new String[] {"vnetp", "vxlan"}) {
                Run run = run(runner, fabric);
                assertEquals(Status.OK, run.status(), run.reason());
                assertTrue(value(run, Metrics.OUTAGE) > 0, fabric);
                // The datagrams that a guest misses are those of the time in which it is not reached.
                assertTrue(value(run, Metrics.LOSSES) < value(run, Metrics.SENT) / 2, fabric);
            }
            Run skipped = run(runner, "native");
            assertEquals(Status.SKIPPED, skipped.status());
            assertTrue(skipped.reason().contains("no guest that can be moved"), skipped.reason());
        }
    }

    /// By QEMU, from one node's rings to another's, its memory with it. Skipped where QEMU is not installed.
    @Test
    @Timeout(400)
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // a minute
    void aVirtualMachineMovesWholeUnderAStreamOfTcp() throws Exception {
        NeedsForTests.namespaces();
        NeedsForTests.qemu();
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(3)
                        .withName("mqe" + ProcessHandle.current().pid() % 100_000));
                Servers servers = new Servers()) {
            String fabric = testbed.fabric(FabricSpec.parse("vnetp-vm:vmm=qemu,accel=tcg,warm-up=0"))
                    .name();
            MacroRunner runner = new MacroRunner(testbed, servers, Map.of(), 2);
            Run run = run(runner, fabric);
            assertEquals(Status.OK, run.status(), run.reason()); // the stream's bytes were right, and went on
            assertTrue(value(run, Metrics.OUTAGE) > 0, run.observations()::toString);
            assertTrue(value(run, Metrics.LOSSES) < value(run, Metrics.SENT) / 2, run.observations()::toString);
            // More than its files were copied; while it stood still nothing came back.
            assertTrue(value(run, Metrics.MEMORY_MOVED) > 100 << 20, run.observations()::toString);
            assertTrue(
                    value(run, Metrics.PAUSE) > 0
                            && value(run, Metrics.PAUSE)
                                    <= value(run, Metrics.OUTAGE) + value(run, Metrics.GAP_BEFORE) + 5,
                    run.observations()::toString);
        }
    }
}

package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Workloads between real namespaces.
@Tag("netns")
class WorkloadsEndToEndTest {
    private static Testbed testbed;

    @TempDir
    private Path dir;

    @BeforeAll
    static void up() {
        NeedsForTests.namespaces();
        testbed = Testbed.up(
                TestbedSpec.hosts(2).withName("wlit" + ProcessHandle.current().pid() % 100_000));
    }

    @AfterAll
    static void down() {
        if (testbed != null) {
            testbed.close();
        }
    }

    private Run run(String workload, String fabric) throws IOException, InterruptedException {
        MacroRunner runner = new MacroRunner(testbed, Map.of(), 0.5);
        Cell cell = new Cell("macro", workload, Workloads.find(workload).cells().getFirst(), fabric, "none");
        Slot slot = new Slot(cell, 0, 0);
        Run run = slot.newRun();
        Files.createDirectories(dir.resolve("raw"));
        runner.run(slot, run, dir.resolve("raw").resolve(workload), Duration.ofSeconds(60));
        return run;
    }

    private static List<Observation> rows(Run run, String metric) {
        return run.observations().stream()
                .filter(o -> o.metric().equals(metric) && Double.isFinite(o.value()))
                .toList();
    }

    @Test
    void netpipeCrossesTheFabricAndIsRecordedBySize() throws IOException, InterruptedException {
        NeedsForTests.program("NPtcp");
        Run run = run("netpipe", "native");
        assertEquals(Status.OK, run.status(), run::reason);
        assertTrue(rows(run, "throughput_bps").stream().anyMatch(o -> o.params().equals("size=4194304")));
    }

    @Test
    void hpccTellsLatencyBandwidthRandomAccessAndFft() throws IOException, InterruptedException {
        NeedsForTests.program("hpcc");
        Run run = run("hpcc", "native");
        assertEquals(Status.OK, run.status(), run::reason);
        for (String metric : List.of("latency_ns", "throughput_bps", "gups", "gflops")) {
            assertTrue(rows(run, metric).getFirst().value() > 0, metric);
        }
    }

    @Test
    void theDummyMovesNothingAndIsStillARun() throws IOException, InterruptedException {
        Run run = run("dummy", "native");
        assertEquals(Status.OK, run.status(), run::reason);
        assertTrue(rows(run, "time_s").getFirst().value() > 0);
    }

    @Test
    void messagesOverTheLoopbackCrossItAndNotMemory() throws IOException, InterruptedException {
        NeedsForTests.program("mpirun");
        try (Fabric loopback = testbed.fabric(FabricSpec.parse("loopback"))) {
            Run run = run("mpi-pingpong", loopback.name());
            assertEquals(Status.OK, run.status(), run::reason);
            double carried = rows(run, "bytes_on_fabric").getFirst().value();
            assertTrue(carried > 8 << 20, carried + " B on the loopback");
        }
        assertEquals(2, testbed.hosts().size());
        assertEquals(Status.OK, run("dummy", "native").status());
    }

    @Test
    void whatHasToBeInstalledExtraDoesNotRunUnlessNamed() {
        assertTrue(Workloads.names().containsAll(List.of("netpipe", "hpcc")));
        assertTrue(Workloads.byDefault().stream().noneMatch(List.of("netpipe", "hpcc")::contains));
        assertEquals(
                List.of(new Workload.Need("NPtcp", "netpipe-tcp")),
                Workloads.find("netpipe").needs());
    }

    @Test
    void mpiMessagesOfAllSizesCrossTheFabricAndAreRecordedBySize() throws IOException, InterruptedException {
        NeedsForTests.program("mpirun");
        for (String workload : List.of("mpi-pingpong", "mpi-alltoall")) {
            Run run = run(workload, "native");
            assertEquals(Status.OK, run.status(), run::reason);
            List<Observation> latency = rows(run, "latency_ns");
            assertEquals("size=all", latency.getFirst().params());
            assertTrue(latency.stream().anyMatch(o -> o.params().equals("size=4194304")), latency::toString);
            assertTrue(rows(run, "throughput_bps").size() >= 12);
            double payload = rows(run, "payload_bytes").getFirst().value();
            double carried = rows(run, "bytes_on_fabric").getFirst().value();
            assertTrue(carried >= payload && payload > 4 << 20, payload + " of " + carried);
            assertTrue(Files.readString(dir.resolve("raw").resolve(workload + ".txt"))
                    .endsWith("# end\n"));
        }
    }
}

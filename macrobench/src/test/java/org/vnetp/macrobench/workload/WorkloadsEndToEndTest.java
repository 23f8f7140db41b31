package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Workloads between real namespaces.
@Tag("netns")
class WorkloadsEndToEndTest {
    private static Testbed testbed;
    private static final Servers servers = new Servers();

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
        servers.close();
        if (testbed != null) {
            testbed.close();
        }
    }

    private Run run(String workload, String fabric) throws IOException, InterruptedException {
        return run(servers, workload, fabric, 0, Duration.ofSeconds(60));
    }

    private Run run(Servers with, String workload, String fabric, int block, Duration limit)
            throws IOException, InterruptedException {
        MacroRunner runner = new MacroRunner(testbed, with, Map.of(), 0.5);
        return OneRun.of(runner, OneRun.firstCell(workload, fabric), block, dir, limit);
    }

    @Test
    void serversStayFromRunToRunAndAreGoneAfterwards() throws IOException, InterruptedException {
        List<String> workloads = List.of("tcp-throughput", "udp-frames", "latency");
        for (String workload : workloads) {
            for (Workload.Need need : Workloads.find(workload).needs()) {
                NeedsForTests.program(need.program());
            }
        }
        try (Servers own = new Servers()) {
            for (int block = 1; block <= 2; block++) {
                for (String workload : workloads) {
                    Run run = run(own, workload, "native", block, Duration.ofSeconds(60));
                    assertEquals(Status.OK, run.status(), run::reason);
                    String primary = Workloads.find(workload).primary().name();
                    assertTrue(rows(run, primary).getFirst().value() > 0, workload);
                }
            }
            assertEquals(2, own.starts()); // both of iperf3's workloads have one server
        }
        // Were one left, it would hold its port.
        try (Servers next = new Servers()) {
            for (String workload : List.of("tcp-throughput", "latency")) {
                Run run = run(next, workload, "native", 4, Duration.ofSeconds(60));
                assertEquals(Status.OK, run.status(), run::reason);
            }
            assertEquals(2, next.starts());
        }
    }

    @Test
    void aRunThatWasKilledTakesItsServerDownAndTheNextOneIsGood() throws IOException, InterruptedException {
        NeedsForTests.program("iperf3");
        try (Servers own = new Servers()) {
            Run killed = run(own, "tcp-throughput", "native", 5, Duration.ofMillis(200));
            assertEquals(Status.TIMEOUT, killed.status(), killed::reason);
            for (int block = 6; block <= 7; block++) {
                Run next = run(own, "tcp-throughput", "native", block, Duration.ofSeconds(60));
                assertEquals(Status.OK, next.status(), next::reason);
            }
            assertEquals(2, own.starts());
        }
    }

    @Test
    void aBlockHasAWorkloadAtAllLinkRatesOneAfterTheOther() {
        List<Cell> cells = new ArrayList<>();
        for (String rate : List.of("1gbit", "10gbit")) {
            for (String workload : List.of("tcp-throughput", "dummy")) {
                for (Params params : Workloads.find(workload).cells()) {
                    for (String fabric : List.of("native", "vxlan")) {
                        cells.add(new Cell("macro", workload, params, fabric, rate));
                    }
                }
            }
        }
        List<List<Cell>> bundles = new MacroRunner(testbed, servers, Map.of(), 1).bundles(new Plan(cells, 1));
        assertEquals(5, bundles.size());
        for (List<Cell> bundle : bundles) {
            assertEquals(4, Set.copyOf(bundle).size());
            assertEquals(
                    1,
                    bundle.stream()
                            .map(cell -> cell.benchmark() + cell.params())
                            .distinct()
                            .count());
        }
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
                List.of(new Workload.Need("NPtcp")), Workloads.find("netpipe").needs());
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
            assertTrue(Files.readString(dir.resolve("raw").resolve(run.fileName() + ".txt"))
                    .endsWith("# end\n"));
        }
    }
}

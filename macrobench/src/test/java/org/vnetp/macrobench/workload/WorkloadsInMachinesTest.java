package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Workloads between virtual machines whose rings two nodes serve: programs of the system and ours, on path, and the
/// same servers from run to run.
@Tag("netns")
@Timeout(120)
class WorkloadsInMachinesTest {
    @TempDir
    private Path dir;

    @Test
    void workloadsRunInMachinesAsInNamespaces() throws Exception {
        NeedsForTests.namespaces();
        NeedsForTests.machines();
        List<String> workloads = List.of("tcp-throughput", "udp-frames", "latency");
        for (String workload : workloads) {
            for (Workload.Need need : Workloads.find(workload).needs()) {
                NeedsForTests.program(need.program());
            }
        }
        TestbedSpec spec =
                TestbedSpec.hosts(2).withName("wlvm" + ProcessHandle.current().pid() % 100_000);
        try (Testbed testbed = Testbed.up(spec);
                Servers servers = new Servers()) {
            String fabric =
                    testbed.fabric(FabricSpec.parse("vnetp-vm:warm-up=0")).name();
            MacroRunner runner = new MacroRunner(testbed, servers, Map.of(), 0.5);
            for (int block = 0; block < 2; block++) {
                for (String workload : workloads) {
                    Run run = OneRun.of(runner, OneRun.firstCell(workload, fabric), block, dir, Duration.ofSeconds(60));
                    assertEquals(Status.OK, run.status(), () -> workload + ": " + run.reason());
                    String primary = Workloads.find(workload).primary().name();
                    assertTrue(
                            run.observations().stream().anyMatch(o -> o.metric().equals(primary) && o.value() > 0),
                            () -> workload + " " + run.observations());
                }
            }
            assertEquals(2, servers.starts()); // both of iperf3's workloads have one server
        }
    }
}

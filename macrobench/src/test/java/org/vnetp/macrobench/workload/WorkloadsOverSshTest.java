package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.SshHosts;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Workloads between machines of an inventory, which do not see this machine's files.
@Tag("netns")
@Timeout(90)
class WorkloadsOverSshTest {
    private static SshHosts hosts;
    private static Testbed testbed;
    private static final Servers servers = new Servers();

    @TempDir
    private Path dir;

    @BeforeAll
    static void up() throws IOException {
        hosts = SshHosts.up("wssh");
        testbed = hosts.testbed();
    }

    @AfterAll
    static void down() throws IOException {
        servers.close();
        if (testbed != null) {
            testbed.close();
        }
        if (hosts != null) {
            hosts.close();
        }
    }

    private Run run(String workload, String fabric) throws IOException, InterruptedException {
        MacroRunner runner = new MacroRunner(testbed, servers, Map.of(), 1);
        return OneRun.of(runner, OneRun.firstCell(workload, fabric), 0, dir, Duration.ofSeconds(60));
    }

    private static boolean has(Run run, String metric) {
        return run.observations().stream().anyMatch(o -> o.metric().equals(metric) && Double.isFinite(o.value()));
    }

    /// What is in an endpoint's directory for temporary files, but the checkout and the agents.
    private static String leftBehind(Endpoint at, Path agent) throws IOException {
        Process process =
                at.command("find", "/tmp", "-maxdepth", "1", "-name", "vnetp.*").start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .replace(agent.getParent() + "\n", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "over"})
    void hpccReadsItsInputAndLeavesItsOutputOnTheFirstMachine(String name) throws IOException, InterruptedException {
        NeedsForTests.program("hpcc");
        Run run = run("hpcc", name);
        assertEquals(Status.OK, run.status(), run::reason);
        for (String metric : List.of("latency_ns", "throughput_bps", "gups", "gflops")) {
            assertTrue(has(run, metric), metric);
        }
        assertTrue(Files.readString(dir.resolve("raw").resolve(run.fileName() + ".hpccoutf.txt"))
                .contains("End of HPC Challenge tests."));
        for (Fabric fabric : testbed.fabrics()) {
            for (Endpoint endpoint : fabric.endpoints()) {
                assertEquals("", leftBehind(endpoint, fabric.agent()), endpoint.hostName());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp-throughput",
                "udp-frames",
                "loss-free",
                "rtt-pingpong",
                "latency",
                "mpi-pingpong",
                "netpipe",
                "dummy"
            })
    void theOthersRunToo(String workload) throws IOException, InterruptedException {
        for (Workload.Need need : Workloads.find(workload).needs()) {
            NeedsForTests.program(need.program());
        }
        Run run = run(workload, "over");
        assertEquals(Status.OK, run.status(), run::reason);
        assertTrue(has(run, Workloads.find(workload).primary().name()), run.observations()::toString);
        if (workload.equals("latency")) {
            assertTrue(Files.readString(dir.resolve("latency").resolve(run.fileName() + ".hlog"))
                    .contains("Interval_Max"));
        }
    }

    /// Its server would answer for ever and keep the port. While it stays, it serves the next run too.
    @Test
    void aServerHasEndedWhenTheNextOneStarts() throws IOException, InterruptedException {
        NeedsForTests.program("sockperf");
        for (int i = 0; i < 3; i++) {
            if (i == 1) {
                servers.close();
            }
            Run run = run("rtt-pingpong", "native");
            assertEquals(Status.OK, run.status(), run::reason);
            // It would be that of ssh, not of sockperf.
            assertTrue(run.observations().stream().map(Observation::metric).noneMatch("cpu_receiver_s"::equals));
        }
    }

    @Test
    void aProgramThatIsMissingOnAMachineIsNamedWithItAndThePackage() throws IOException {
        NeedsForTests.program("hpcc");
        hosts.hide(1, "hpcc");
        try {
            String message = assertThrows(UnavailableException.class, () -> run("hpcc", "native"))
                    .getMessage();
            assertEquals("'hpcc', which the workload hpcc needs, is not on n1; to mend: apt-get install hpcc", message);
        } finally {
            hosts.show(1, "hpcc");
        }
    }
}

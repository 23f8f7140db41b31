package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vnetp.macrobench.workload.OneRun.value;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

@Tag("netns")
@Timeout(120)
class RatesInNamespacesTest {
    @TempDir
    Path directory;

    private MacroRunner runner;

    private Run run(String workload, Params params, String fabric) throws Exception {
        return OneRun.of(runner, OneRun.cell(workload, params, fabric), 0, directory, Duration.ofSeconds(30));
    }

    @Test
    void ratesAndLatencyUnderLoadAreMeasuredOverOurOverlay() throws Exception {
        NeedsForTests.namespaces();
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2)
                        .withName("rates" + ProcessHandle.current().pid()));
                Servers servers = new Servers()) {
            testbed.fabric(FabricSpec.vnetp());
            runner = new MacroRunner(testbed, servers, Map.of("tinc", "tincd is not installed"), 1);

            Run free = run("loss-free", Params.of("size", "512"), "vnetp");
            assertEquals(Status.OK, free.status(), free.reason());
            assertTrue(value(free, Metrics.LOSS_FREE_RATE) > 0);
            Path trials = directory.resolve("raw").resolve(free.fileName() + ".trials.csv");
            assertTrue(Files.readAllLines(trials).size() > 3);

            Run loaded = run("latency-load", Params.of("load", "50"), "vnetp");
            assertEquals(Status.OK, loaded.status(), loaded.reason());
            assertTrue(value(loaded, Metrics.RTT_P50) > 0);
            assertTrue(value(loaded, Metrics.RTT_RAW_P999) > 0);
            assertTrue(value(loaded, Metrics.BACKGROUND_RATE) > 0);
            assertTrue(Files.size(directory.resolve("latency").resolve(loaded.fileName() + ".hlog")) > 0);

            Run large = run("loss-free", Params.of("size", "9000"), "vnetp");
            assertEquals(Status.SKIPPED, large.status());
            assertTrue(large.reason().contains("MTU of 8982"), large.reason());

            Run absent = run("loss-free", Params.of("size", "64"), "tinc");
            assertEquals(Status.FAILED, absent.status());
            assertEquals("tincd is not installed", absent.reason());
        }
    }
}

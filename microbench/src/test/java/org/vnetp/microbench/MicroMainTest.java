package org.vnetp.microbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.vnetp.reports.result.JmhResult;

class MicroMainTest {
    @Test
    void everyStageHasItsBenchmarksInTheListThatTheBuildMade() {
        Set<String> classes = new TreeSet<>();
        for (BenchmarkListEntry entry : MicroMain.all()) {
            classes.add(entry.getUserClassQName().replace("org.vnetp.microbench.", ""));
        }
        assertEquals(
                Set.of(
                        "dispatch.EdgesBaseline",
                        "dispatch.LocalWayBenchmark",
                        "dispatch.ModeControllerBenchmark",
                        "dispatch.RingToRingBenchmark",
                        "stats.CountingBenchmark",
                        "dispatch.WakeUpBenchmark",
                        "dispatch.WholeWayBenchmark",
                        "encap.CopyBaseline",
                        "encap.ReassemblyBenchmark",
                        "encap.VnetFormatBenchmark",
                        "encap.VxlanFormatBenchmark",
                        "frame.ChecksumBenchmark",
                        "posix.NativeCallBenchmark",
                        "posix.ScatterReceiveBenchmark",
                        "route.LookupBenchmark",
                        "seal.SealBenchmark"),
                classes);
    }

    @Test
    void quickRunsTakeFewValuesOfEachParameter() {
        assertEquals(
                List.of("10", "1000000"),
                MicroMain.quickParams("org.vnetp.microbench.route.LookupBenchmark")
                        .get("rules"));
        assertEquals(
                List.of("64", "1500", "65000"),
                MicroMain.quickParams("org.vnetp.microbench.encap.CopyBaseline").get("frameBytes"));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertEquals(2, MicroMain.run("noSuchBenchmark"));
        assertEquals(2, MicroMain.run("("));
        assertEquals(2, MicroMain.run("--nonsense"));
        assertEquals(0, MicroMain.run("--list"));
    }

    @Test
    void runLeavesJmhsJsonTablesAndPage(@TempDir Path temp) throws Exception {
        Path directory = temp.resolve("r");
        assertEquals(0, MicroMain.run("ModeController", "--quick", "--out", directory.toString()));
        List<JmhResult> results = JmhResult.read(directory.resolve("jmh.json"));
        assertEquals(2, results.size());
        for (JmhResult result : results) {
            assertTrue(result.nanosPerOp() > 0, result.toString());
            assertTrue(result.bytesPerOp() < 1, "allocates: " + result);
        }
        assertTrue(Files.readString(directory.resolve("tables.md")).contains("ModeControllerBenchmark"));
        assertTrue(Files.exists(directory.resolve("report.html")));
        assertTrue(Files.size(directory.resolve("raw/ModeControllerBenchmark.txt")) > 100);
    }
}

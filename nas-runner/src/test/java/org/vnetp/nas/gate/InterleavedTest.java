package org.vnetp.nas.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;

/// This build beside itself, in the fewest rounds there can be.
@Tag("netns")
@Tag("mpi")
@Timeout(300)
class InterleavedTest {
    @TempDir
    Path dir;

    @Test
    void threeArmsStandSideBySideAndNothingIsSlowerByNineTenths() throws Exception {
        Assumptions.assumeTrue("required".equals(System.getProperty("vnetp.it")), "makes network namespaces");
        Path home = CompareMain.home();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (Builds builds = new Builds(home, dir.resolve("builds"))) {
            String[] words = {
                "--against",
                builds.copy(home, "other").toString(),
                "--rounds",
                "2,2",
                "--threshold",
                "90",
                "--kernels",
                "is.S.2",
                "--micro",
                "LookupBenchmark.hit",
                "--workloads",
                "udp-frames:payload=64:none",
                "--out",
                dir.resolve("out").toString()
            };
            int code = CompareMain.run(
                    words,
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8));
            assertEquals(0, code, out + "\n" + err);
        }
        String said = out.toString(StandardCharsets.UTF_8);
        assertTrue(said.startsWith("Nothing is slower by 90.0 % or more"), said);
        List<Observation> rows =
                ResultDirectory.read(dir.resolve("out/round-2-macro")).observations();
        assertEquals(
                List.of("base", "base-again", "head", "native"),
                rows.stream().map(Observation::fabric).distinct().sorted().toList());
        assertTrue(Files.exists(dir.resolve("out/round-1-micro/base-again.json")));
        assertTrue(Files.notExists(dir.resolve("out/builds")));
    }
}

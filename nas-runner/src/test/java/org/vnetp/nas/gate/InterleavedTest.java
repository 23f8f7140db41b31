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
@Timeout(300)
class InterleavedTest {
    @TempDir
    Path dir;

    @Test
    void threeArmsStandSideBySide() throws Exception {
        Assumptions.assumeTrue("required".equals(System.getProperty("vnetp.it")), "makes network namespaces");
        Path home = SideBySide.home();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (Builds builds = new Builds(home, dir.resolve("builds"))) {
            String[] words = {
                "--against",
                builds.copy(home, "other").toString(),
                "--fabric",
                "vnetp:warm-up=0",
                "--rounds",
                "2,2",
                "--threshold",
                "99",
                "--kernels",
                "none",
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
            // Two rounds on a busy machine may leave a series too rough to tell even that.
            assertTrue(code == 0 || code == 5, out + "\n" + err);
        }
        String said = out.toString(StandardCharsets.UTF_8);
        assertTrue(
                said.startsWith("Nothing is slower by 99.0 % or more")
                        || said.startsWith("Cannot tell whether anything is slower by 99.0 % or more"),
                said);
        assertTrue(said.contains("with nodes of their own"), said);
        List<Observation> rows =
                ResultDirectory.read(dir.resolve("out/round-2-macro")).observations();
        assertEquals(
                List.of("base", "base-again", "head", "native"),
                rows.stream().map(Observation::fabric).distinct().sorted().toList());
        assertTrue(Files.exists(dir.resolve("out/round-1-micro/base-again.json")));
        assertTrue(Files.notExists(dir.resolve("out/builds")));
    }
}

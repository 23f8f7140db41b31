package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.reports.Reports;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;

/// On a file system of two megabytes.
@Tag("netns")
@Timeout(60)
class FullDiskTest {
    @TempDir
    Path disk;

    @BeforeEach
    void mount() throws Exception {
        NeedsForTests.namespaces();
        assertEquals(0, command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.toString()));
    }

    @AfterEach
    void unmount() throws Exception {
        command("umount", disk.toString());
    }

    private static int command(String... words) throws Exception {
        return new ProcessBuilder(words).inheritIO().start().waitFor();
    }

    private Path result() {
        return disk.resolve("r");
    }

    private Path fill() throws IOException {
        Path file = disk.resolve("filler");
        assertThrows(IOException.class, () -> {
            try (OutputStream out = Files.newOutputStream(file)) {
                for (int i = 0; i < 1 << 16; i++) {
                    out.write(new byte[64]);
                }
            }
        });
        return file;
    }

    private ResultDirectory fresh() throws IOException {
        return ResultDirectory.create(
                result(),
                RunInfo.builder("r", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                        .build());
    }

    private static Run run(String fabric, int block) {
        return new Run("nas", "cg.S.4", fabric, "none", Params.NONE, block, 0)
                .value(Metrics.MOPS, 100)
                .value(Metrics.WALL, 1);
    }

    @Test
    void aRunWithoutAResultIsNotStoredWhileTheDiskIsFullAndIsMadeAgain() throws Exception {
        Path filler;
        try (ResultDirectory results = fresh()) {
            results.append(run("native", 0));
            filler = fill();
            Run run = run("vnetp", 0).ended(Status.FAILED, "the program printed nothing");
            ResultException e = assertThrows(ResultException.class, () -> results.append(run));
            assertTrue(e.getMessage().contains("No space left on device"), e.getMessage());
            assertTrue(e.getMessage().contains("--resume runs it again"), e.getMessage());
        }
        Files.delete(filler);
        try (ResultDirectory results = ResultDirectory.resume(result())) {
            assertEquals(
                    List.of("native"),
                    results.earlier().stream().map(o -> o.fabric()).distinct().toList());
            results.append(run("vnetp", 0).ended(Status.FAILED, "exit code 1")); // that is the program's own matter
        }
        assertTrue(ResultDirectory.read(result()).observations().stream()
                .anyMatch(o -> o.reason().equals("exit code 1")));
    }

    @Test
    void plotsThatHaveNoRoomCostNeitherTheTableNorWhatElseHasSome() throws Exception {
        try (ResultDirectory results = fresh()) {
            for (int block = 0; block < 3; block++) {
                results.append(run("native", block));
                results.append(run("vnetp", block));
            }
        }
        Path filler = fill();
        ResultException e = assertThrows(ResultException.class, () -> Reports.write(result()));
        assertTrue(e.getMessage().contains("could not write"), e.getMessage());
        assertTrue(e.getMessage().contains("./vnetp report"), e.getMessage());
        assertTrue(Reports.terminalTable(result()).contains("cg.S.4"));
        assertFalse(Files.exists(result().resolve("report.html")), "half of a page");
        Files.delete(filler);
        Reports.write(result());
        assertTrue(Files.size(result().resolve("report.html")) > 0);
    }

    @Test
    void whereAResultCannotBeWrittenIsSaidBeforehandAndNothingIsLeft() throws Exception {
        Path deep = disk.resolve("a/b/r");
        ResultDirectory.requireWritable(deep);
        assertFalse(Files.exists(disk.resolve("a")));
        Path file = Files.writeString(disk.resolve("file"), "x");
        String below = assertThrows(ResultException.class, () -> ResultDirectory.requireWritable(file.resolve("r")))
                .getMessage();
        assertTrue(below.contains(file.toString()) && below.contains("cannot be made"), below);
        fill();
        String full = assertThrows(ResultException.class, () -> ResultDirectory.requireWritable(deep))
                .getMessage();
        assertTrue(full.contains("No space left on device"), full);
        assertFalse(Files.exists(disk.resolve("a")));
        assertEquals(0, command("mount", "-o", "remount,ro", disk.toString()));
        String readOnly = assertThrows(ResultException.class, () -> ResultDirectory.requireWritable(deep))
                .getMessage();
        assertTrue(readOnly.contains("Read-only file system"), readOnly);
    }
}

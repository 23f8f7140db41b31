package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;

/// What the lines say while a campaign goes on, its widths those of the reports.
class ConsoleProgressTest {
    private final CellRunner runner = new CellRunner() {
        @Override
        public void run(Slot slot, Run run, Path raw, Duration limit) {
            nowNs += 1_000_000_000L;
            boolean overlay = slot.cell().fabric().equals("vnetp");
            run.value(Metrics.MOPS, overlay ? 90 + slot.block() % 3 : 100);
        }

        @Override
        public Duration estimate(Cell cell) {
            return Duration.ofSeconds(1);
        }

        @Override
        public Metric primary(Cell cell) {
            return Metrics.MOPS;
        }
    };

    private long nowNs;

    private List<String> lines(Path dir, int blocks) throws IOException {
        List<Cell> cells = new ArrayList<>();
        for (String fabric : List.of("native", "vnetp")) {
            cells.add(new Cell("nas", "cg.S.4", Params.NONE, fabric, "1gbit"));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ResultDirectory results = ResultDirectory.create(
                dir.resolve("r"),
                RunInfo.builder("r", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                        .build())) {
            new Campaign(
                            new Plan(cells, 5),
                            runner,
                            results,
                            new Campaign.Settings(blocks, blocks, 1, null, null, 2, 0),
                            StudyWidths::of,
                            new ConsoleProgress(new PrintStream(out, true, StandardCharsets.UTF_8), false, runner),
                            () -> nowNs)
                    .run();
        }
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void withFewPairsTheirNumberIsToldAndFromThreeOnTheWidth(@TempDir Path dir) throws IOException {
        List<String> lines = lines(dir, 5);
        assertEquals(10, lines.size());
        // A line tells what was known when its block began.
        lines.subList(0, 2).forEach(line -> assertFalse(line.contains("pair") || line.contains("+-"), line));
        lines.subList(2, 4).forEach(line -> assertTrue(line.contains("   1 pair a cell, at the end 5   left"), line));
        lines.subList(4, 6).forEach(line -> assertTrue(line.contains("   2 pairs a cell, at the end 5   left"), line));
        // 90, 91 and 92 scatter by 1.1 %, whose interval of three values is 2.7 %.
        lines.subList(6, 8).forEach(line -> assertTrue(line.contains("   median +-2.7 %, at the end "), line));
        lines.subList(0, 6).forEach(line -> assertFalse(line.contains("+-"), line));
    }

    @Test
    void aCampaignThatEndsBeforeThreePairsTellsNoWidth(@TempDir Path dir) throws IOException {
        List<String> lines = lines(dir, 2);
        assertEquals(4, lines.size());
        lines.forEach(line -> assertFalse(line.contains("+-"), line));
        assertTrue(lines.getLast().contains("1 pair a cell, at the end 2   left 0 s"), lines.getLast());
    }
}

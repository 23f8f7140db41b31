package org.vnetp.reports.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;

class SelfCheckTest {
    @TempDir
    Path dir;

    private Path result(int blocks, double deviation) throws IOException {
        Random random = new Random(5);
        Path at = dir.resolve("r" + blocks);
        RunInfo info = RunInfo.builder("r", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                .build();
        try (ResultDirectory results = ResultDirectory.create(at, info)) {
            for (String kernel : List.of("cg.A.2", "is.A.2", "mg.A.2")) {
                for (int block = 0; block < blocks; block++) {
                    double machine = 1000 * Math.exp(0.5 * random.nextGaussian());
                    for (String fabric : List.of("native", "native-again", "vnetp")) {
                        results.append(new Run("nas", kernel, fabric, "10gbit", Params.NONE, block, 0)
                                .launch(0)
                                .value(
                                        Metrics.MOPS,
                                        machine
                                                * (fabric.equals("vnetp") ? 0.8 : 1)
                                                * Math.exp(deviation * random.nextGaussian())));
                    }
                }
            }
        }
        return at;
    }

    private static double percent(String text, String line) {
        Matcher matcher = Pattern.compile(Pattern.quote(line) + " +([0-9.]+) %").matcher(text);
        assertTrue(matcher.find(), line + " in\n" + text);
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void unchangedBlocksAlarmSeldomAndSlowerOnesAreFound() throws IOException {
        String text = SelfCheck.of(result(16, 0.01), Rules.usual(), 1);
        assertTrue(percent(text, "false alarms of whole gates, nothing changed") <= 5, text);
        assertTrue(percent(text, "all overlays slower by 10 %: found") >= 95, text);
        assertTrue(percent(text, "all overlays slower by 1 %: found") <= 30, text);
        assertTrue(
                percent(text, "all overlays slower by 5 %: found")
                        >= percent(text, "all overlays slower by 3 %: found"),
                text);
        assertEquals(text, SelfCheck.of(dir.resolve("r16"), Rules.usual(), 1), "the same seed, the same text");
    }

    @Test
    void tooFewBlocksToDealAreNamed() throws IOException {
        Path few = result(3, 0.01);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> SelfCheck.of(few, Rules.usual(), 1));
        assertTrue(e.getMessage().contains("at least 4"), e.getMessage());
    }
}

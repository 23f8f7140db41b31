package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;

class ConclusionTest {
    private static final List<String> PLANNED = List.of("native", "vnetp");

    @TempDir
    Path dir;

    /// @param vnetp the overlay's values by block; native's are 100
    private Path result(double... vnetp) throws IOException {
        Path directory = dir.resolve("r");
        try (ResultDirectory results = ResultDirectory.create(
                directory,
                RunInfo.builder("r", "nas", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                        .build())) {
            for (int block = 0; block < Math.max(1, vnetp.length); block++) {
                results.append(
                        new Run("nas", "cg.S.4", "native", "none", Params.NONE, block, 0).value(Metrics.MOPS, 100));
                if (block < vnetp.length) {
                    results.append(new Run("nas", "cg.S.4", "vnetp", "none", Params.NONE, block, 0)
                            .value(Metrics.MOPS, vnetp[block]));
                }
            }
        }
        return directory;
    }

    @Test
    void aRunInWhichNoOverlayWasComparedIsInconclusive() throws IOException {
        Path directory = result();
        String why = Conclusion.lacking(directory, PLANNED, Double.NaN).orElseThrow();
        assertTrue(why.contains("no overlay was compared with native"), why);
        assertEquals(
                Optional.empty(), Conclusion.lacking(directory, List.of("native"), Double.NaN), "none was asked for");
    }

    @Test
    void onePairIsAnAnswerUnlessANarrowIntervalWasAskedFor() throws IOException {
        Path directory = result(90);
        assertEquals(Optional.empty(), Conclusion.lacking(directory, PLANNED, Double.NaN));
        String why = Conclusion.lacking(directory, PLANNED, 0.02).orElseThrow();
        assertTrue(why.contains("1 of 1 intervals are wider than +-2.0 %"), why);
    }

    @Test
    void anIntervalAsNarrowAsAskedForIsAnAnswer() throws IOException {
        Path directory = result(90, 90.1, 89.9, 90, 90.1, 89.9, 90, 90.1);
        assertEquals(Optional.empty(), Conclusion.lacking(directory, PLANNED, 0.02));
        assertTrue(Conclusion.lacking(directory, PLANNED, 1e-6).isPresent());
    }
}

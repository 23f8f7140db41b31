package org.vnetp.reports.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaselineTest {
    private static final String SERIES = "nas/cg.A.4/vnetp/10gbit//mops";
    private static final String OTHER = "nas/mg.A.4/vnetp/10gbit//mops";

    @TempDir
    private Path directory;

    private Baseline baseline(HistoryDirectory history) throws IOException {
        return Baseline.of(history, Made.KEY, "nas", history.decisions());
    }

    @Test
    void theLastTenRunsSinceTheStepAreNamed() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        new Made(history).add(60, Map.of(SERIES, i -> i < 43 ? 0.9 : 0.8, OTHER, _ -> 0.95));
        Baseline baseline = baseline(history);
        assertEquals("", baseline.reason());
        Baseline.Reference stepped = baseline.series().get(SERIES);
        assertTrue(stepped.usable());
        assertEquals(10, stepped.points().size());
        assertEquals(Made.commit(59), stepped.points().getLast().commit());
        for (double value : stepped.values()) {
            assertEquals(0.8, value, 0.04);
        }
        assertTrue(stepped.since().matches("the step in 000000\\w\\w\\.\\.000000\\w\\w"), stepped.since());
        assertEquals("10: 20260913T120000Z-00000032-nas.json to 20260915T180000Z-0000003b-nas.json", stepped.runs());
        assertEquals("", baseline.series().get(OTHER).since());
    }

    @Test
    void tooFewRunsAreNoBaselineAndSaySo() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        Made made = new Made(history);
        assertEquals(
                "no run of suite nas on the machine " + Made.KEY,
                baseline(history).reason());
        for (int i = 0; i < 4; i++) {
            made.add(i, Map.of(), HistoryDirectoryTest.entry(SERIES, 0.9));
        }
        history.add(made.run(4, "complete", true, Map.of(), List.of(HistoryDirectoryTest.entry(SERIES, 0.9))));
        history.add(made.run(5, "interrupted", false, Map.of(), List.of(HistoryDirectoryTest.entry(SERIES, 0.9))));
        Baseline baseline = baseline(history);
        assertFalse(baseline.series().get(SERIES).usable());
        assertEquals(
                "4 complete runs, besides 1 with changes that were not committed; expected at least 5",
                baseline.reason());
        made.add(6, Map.of(), HistoryDirectoryTest.entry(SERIES, 0.9));
        assertEquals("", baseline(history).reason());
        assertEquals(5, baseline(history).series().get(SERIES).points().size());
    }

    @Test
    void anAcceptedEpochBeginsABaseline() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        new Made(history).add(30, Map.of(SERIES, _ -> 0.9));
        history.accept(new Decisions.Decision(Glob.of("*"), Made.commit(27), "new test bed", "2026-09-08T00:00:00Z"));
        Baseline.Reference reference = baseline(history).series().get(SERIES);
        assertEquals(
                "3 complete runs since the epoch accepted at " + Made.commit(27)
                        + " (new test bed); expected at least 5",
                reference.reason());
    }

    @Test
    void anotherMachinesRunsAreNoBaselineAndAreNamed() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        new Made(history, "another-8p-00000000", Map.of("cpu.model", "Another")).add(20, Map.of(SERIES, _ -> 0.9));
        Baseline baseline = baseline(history);
        assertEquals(Map.of(), baseline.series());
        assertEquals(
                "no run of suite nas on the machine " + Made.KEY + "; a run is never compared with another machine's,"
                        + " of which there are: another-8p-00000000",
                baseline.reason());
    }
}

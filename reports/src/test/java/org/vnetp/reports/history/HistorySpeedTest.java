package org.vnetp.reports.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.history.HistoryRun.Entry;

/// A large history: 100 series a run, ten launches each. `-Dvnetp.historyRuns=10000` makes it as large as the
/// figures in README, and prints them.
class HistorySpeedTest {
    private static final int SERIES = 100;

    @TempDir
    private Path directory;

    private void generate(int runs) throws IOException {
        Random random = new Random(1);
        Path room = Files.createDirectories(directory.resolve(Made.KEY));
        Made made = new Made(HistoryDirectory.at(directory));
        for (int i = 0; i < runs; i++) {
            List<Entry> entries = new ArrayList<>();
            for (int k = 0; k < SERIES; k++) {
                List<Double> launches = random.doubles(10, 0.9, 1).boxed().toList();
                double value = 0.95 * Math.exp(0.01 * random.nextGaussian());
                entries.add(new Entry(
                        "nas/kernel" + k + ".A.4/vnetp/10gbit//mops",
                        HistoryRun.OF_NATIVE,
                        true,
                        value,
                        value - 0.01,
                        value + 0.01,
                        12,
                        launches));
            }
            HistoryRun run = made.run(i, "complete", false, Map.of("kernel", "6.1"), entries);
            Files.write(room.resolve(run.fileName()), HistoryFile.encode(run)); // without waiting for the disk
        }
    }

    @Test
    void aBaselineOfALargeHistoryReadsItsEndAlone() throws IOException {
        int runs = Integer.getInteger("vnetp.historyRuns", 0);
        boolean full = runs > 0;
        generate(full ? runs : 350);
        HistoryDirectory history = HistoryDirectory.existing(directory);
        long start = System.nanoTime();
        Baseline baseline = Baseline.of(history, Made.KEY, "nas", Decisions.NONE);
        double baselineSeconds = (System.nanoTime() - start) / 1e9;
        assertEquals(SERIES, baseline.series().size());
        assertTrue(baseline.series().values().stream().allMatch(Baseline.Reference::usable));
        if (full) {
            start = System.nanoTime();
            HistoryDirectory.Reading all = history.runs(Made.KEY, "nas", Integer.MAX_VALUE);
            double seconds = (System.nanoTime() - start) / 1e9;
            assertEquals(runs, all.runs().size());
            long bytes;
            try (var files = Files.list(directory.resolve(Made.KEY))) {
                bytes = files.mapToLong(file -> file.toFile().length()).sum();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d runs x %d series, %.0f MB: a baseline in %.2f s, all runs read in %.2f s%n",
                    runs,
                    SERIES,
                    bytes / 1e6,
                    baselineSeconds,
                    seconds);
        }
    }
}

package org.vnetp.reports.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.table.MicroTables;
import org.vnetp.reports.table.Table;

class JmhResultTest {
    @TempDir
    Path temp;

    private JmhResult read(String secondary) throws Exception {
        Path file = temp.resolve("jmh.json");
        Files.writeString(file, """
                [{"benchmark": "org.vnetp.microbench.x.SomeBenchmark.some", "mode": "avgt",
                  "measurementTime": "100 ms",
                  "primaryMetric": {"score": 12.5, "scoreError": 0.5, "scoreUnit": "ns/op"},
                  "secondaryMetrics": {%s}}]
                """.formatted(secondary));
        List<JmhResult> results = JmhResult.read(file);
        assertEquals(1, results.size());
        return results.getFirst();
    }

    private static String allocation(double megabytesPerSecond, double bytesPerOp) {
        return "\"gc.alloc.rate\": {\"score\": %s}, \"gc.alloc.rate.norm\": {\"score\": %s}"
                .formatted(megabytesPerSecond, bytesPerOp);
    }

    @Test
    void countersOfPerfHaveColumnsUnderTheirPlainNames() throws Exception {
        JmhResult result = read(
                allocation(0, 0)
                        + ", \"instructions:u\": {\"score\": 31.5}, \"·cycles\": {\"score\": 20}, \"CPI\": {\"score\": \"NaN\"}");

        assertEquals(Map.of("instructions", 31.5, "cycles", 20.0), result.counters());
        Table table = MicroTables.all(List.of(result)).getFirst();
        List<String> headers =
                table.columns().stream().map(Table.Column::header).toList();
        assertEquals(List.of("cycles/op", "instructions/op"), headers.subList(headers.size() - 2, headers.size()));
        assertEquals(
                List.of("20", "31.50"),
                table.rows().getFirst().cells().subList(headers.size() - 2, headers.size()).stream()
                        .map(Table.Cell::text)
                        .toList());
    }

    @Test
    void whatJmhItselfAllocatesIsNotTheOperations() throws Exception {
        // 0.05 MiB/s for 100 ms are 5 KiB an iteration, which a slow operation shows as 80 bytes.
        assertTrue(read(allocation(0.05, 80)).allocatesNothing());
        // 0.5 MiB/s are 50 KiB: somebody allocates.
        assertFalse(read(allocation(0.5, 80)).allocatesNothing());
        assertTrue(read(allocation(0.5, 0.005)).allocatesNothing());
    }

    @Test
    void whatJmhAllocatesInAForksLastIterationIsNotSpreadOverAll() throws Exception {
        String metric = "\"%s\": {\"score\": %s, \"rawData\": [[%s], [%s]]}";
        JmhResult clean = read(metric.formatted("gc.alloc.rate", 0.6, "0.07, 0.07, 2.6", "0.06, 0.07, 2.6") + ", "
                + metric.formatted("gc.alloc.rate.norm", 20.0, "0.5, 0.4, 60", "0.4, 0.5, 59"));
        assertEquals(0.5, clean.bytesPerOp());
        assertTrue(clean.allocatesNothing());
        // An operation that allocates does so in every iteration.
        assertFalse(read(metric.formatted("gc.alloc.rate", 3.0, "3, 3, 5", "3, 3, 5") + ", "
                        + metric.formatted("gc.alloc.rate.norm", 30.0, "24, 24, 40", "24, 24, 40"))
                .allocatesNothing());
    }
}

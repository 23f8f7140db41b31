package org.vnetp.reports.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.JmhResult;

class StageTableTest {
    private static JmhResult result(String benchmark, double nanos, String... params) {
        Map<String, String> map = new java.util.LinkedHashMap<>();
        for (int i = 0; i < params.length; i += 2) {
            map.put(params[i], params[i + 1]);
        }
        return new JmhResult(
                "org.vnetp.microbench.x." + benchmark,
                "avgt",
                map,
                nanos,
                1,
                "ns/op",
                0,
                0,
                JmhResult.Forks.NONE,
                Map.of());
    }

    private static List<JmhResult> stages() {
        return new ArrayList<>(List.of(
                result("CopyBaseline.copy", 2, "frameBytes", "64"),
                result("CopyBaseline.copy", 900, "frameBytes", "1500"),
                result("LocalWayBenchmark.localWay", 900, "batch", "1"),
                result("LocalWayBenchmark.localWay", 192, "batch", "16"),
                result("EdgesBaseline.edges", 160, "frameBytes", "64", "batch", "16"),
                result(
                        "VnetFormatBenchmark.encapsulateDecapsulate",
                        7777,
                        "frameBytes",
                        "64",
                        "batch",
                        "16",
                        "underlayMtu",
                        "9000"),
                result(
                        "VnetFormatBenchmark.encapsulateDecapsulate",
                        320,
                        "frameBytes",
                        "64",
                        "batch",
                        "16",
                        "underlayMtu",
                        "1500"),
                result("WholeWayBenchmark.wholeWay", 9999, "frameBytes", "64", "batch", "16", "format", "vxlan"),
                result("WholeWayBenchmark.wholeWay", 920, "frameBytes", "64", "batch", "16", "format", "vnet"),
                result("WholeWayBenchmark.wholeWay", 920, "frameBytes", "128", "batch", "16", "format", "vnet")));
    }

    @Test
    void theSumOfTheStagesStandsBesideTheWholeWay() {
        Table table = StageTable.of(stages()).orElseThrow();

        assertEquals(
                List.of(List.of("64", "16", "10.0", "20.0", "16.0", "46.0", "57.5", "80")),
                table.rows().stream()
                        .map(row -> row.cells().stream().map(Table.Cell::text).toList())
                        .toList());
    }

    @Test
    void withoutOneOfTheStagesThereIsNoSum() {
        List<JmhResult> results = stages();
        results.removeIf(result -> result.benchmark().endsWith("EdgesBaseline.edges"));

        assertTrue(StageTable.of(results).isEmpty());
    }
}

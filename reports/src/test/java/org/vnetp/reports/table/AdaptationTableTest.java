package org.vnetp.reports.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Study;

class AdaptationTableTest {
    private final List<Observation> rows = new ArrayList<>();

    private static Run run(String fabric, int block, double seconds) {
        return new Run("macro", "adaptation", fabric, "100mbit", Params.of("work", "alltoall-50"), block, 0)
                .value(Metrics.TIME, seconds);
    }

    private void add(Run run) {
        rows.addAll(run.observations());
    }

    /// Rows by fabric, cells by column.
    private Map<String, Map<String, String>> table() {
        Table table = new AdaptationTable(new Study(rows, "macro")).table("100mbit");
        return table.rows().stream()
                .map(row -> IntStream.range(0, table.columns().size())
                        .filter(i -> !table.columns().get(i).csv().isEmpty())
                        .boxed()
                        .collect(Collectors.toMap(
                                i -> table.columns().get(i).csv(),
                                i -> row.cells().get(i).csv())))
                .collect(Collectors.toMap(row -> row.get("fabric"), row -> row));
    }

    @Test
    void anAdaptiveArmIsComparedWithTheStarAndWithTheBestStaticArm() {
        for (int block = 0; block < 3; block++) {
            add(run("native", block, 10));
            add(run("star", block, 60));
            add(run("mesh", block, 20));
            add(run("adaptive", block, 25)
                    .value(Metrics.CHANGES, 4)
                    .value(Metrics.REACTION, 3.5)
                    .value(Metrics.PREDICTED_GAIN, 200)
                    .value(Metrics.MEASURED_GAIN, 180));
        }
        Map<String, Map<String, String>> table = table();
        assertEquals(2.4, Double.parseDouble(table.get("adaptive").get("times_star")), 1e-9);
        assertEquals(25.0, Double.parseDouble(table.get("adaptive").get("regret_percent")), 1e-9);
        assertEquals("mesh", table.get("adaptive").get("best_static"));
        assertEquals("4.0", table.get("adaptive").get("changes"));
        assertEquals("3.5", table.get("adaptive").get("reaction_s"));
        assertEquals("180.0", table.get("adaptive").get("measured_gain_percent"));
        assertEquals(3.0, Double.parseDouble(table.get("mesh").get("times_star")), 1e-9);
        assertEquals("", table.get("mesh").get("regret_percent"), "a static arm regrets nothing");
        assertEquals("", table.get("star").get("times_star"));
        assertEquals(6.0, Double.parseDouble(table.get("native").get("times_star")), 1e-9);
    }

    @Test
    void anArmThatFailedIsNoOracle() {
        add(run("star", 0, 60));
        add(run("mesh", 0, 20).ended(Status.FAILED, "broken"));
        add(run("adaptive", 0, 30).value(Metrics.CHANGES, 4));
        assertEquals("star", table().get("adaptive").get("best_static"));
        assertEquals(-50.0, Double.parseDouble(table().get("adaptive").get("regret_percent")), 1e-9);
    }

    @Test
    void whereNobodyAdaptsThereIsNoTable() {
        add(run("star", 0, 60));
        assertFalse(new AdaptationTable(new Study(rows, "macro")).any());
        add(run("adaptive", 0, 60).value(Metrics.CHANGES, 0));
        assertTrue(new AdaptationTable(new Study(rows, "macro")).any());
    }
}

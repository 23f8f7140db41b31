package org.vnetp.reports.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.stats.Study;

class NasTablesTest {
    private static List<Observation> rows(List<String> benchmarks, List<String> fabrics) {
        List<Observation> rows = new ArrayList<>();
        for (String benchmark : benchmarks) {
            for (int block = 0; block < 4; block++) {
                for (String fabric : fabrics) {
                    double mops = 1000 + 10 * block + (fabric.equals("vnetp") ? -100 : 3 * fabric.length());
                    rows.addAll(new Run("nas", benchmark, fabric, "10gbit", Params.NONE, block, 0)
                            .launch(0)
                            .value(Metrics.MOPS, mops)
                            .observations());
                }
            }
        }
        return rows;
    }

    private static Table percent(List<Observation> rows) {
        return new NasTables(new Study(rows, "nas")).percent();
    }

    private static String value(Table table, int row, String key) {
        List<String> keys = table.columns().stream().map(Table.Column::csv).toList();
        assertTrue(keys.contains(key), key + " of " + keys);
        return table.rows().get(row).cells().get(keys.indexOf(key)).text();
    }

    @Test
    void ofAnotherClassThePublishedRowStandsBesideUnderItsOwnName() {
        Table table = percent(rows(List.of("is.A.8", "sp.A.4"), List.of("native", "native-again", "vnetp")));
        assertEquals("is.B.8", value(table, 0, "published_row"));
        assertEquals("99.8", value(table, 0, "published_10gbit_percent"));
        assertEquals("", value(table, 1, "published_row"));
        assertEquals("", value(table, 1, "published_10gbit_percent"));
    }

    @Test
    void ofTheSameClassItNeedsNoName() {
        Table table = percent(rows(List.of("is.C.8"), List.of("native", "native-again", "vnetp")));
        assertEquals("99.8", value(table, 0, "published_10gbit_percent"));
        assertFalse(table.columns().stream().anyMatch(column -> column.csv().equals("published_row")));
    }

    @Test
    void nativeAgainstItselfIsTheTableWhereNothingElseWasRun() {
        Table table = percent(rows(List.of("is.W.4", "cg.W.4"), List.of("native", "native-again")));
        assertTrue(value(table, 0, "10gbit_native-again_percent").matches("10[01]\\.\\d ± \\d.*"), table.toString());
        assertTrue(value(table, 2, "10gbit_native-again_percent").matches("10[01]\\.\\d ± \\d.*"), table.toString());
    }
}

package org.vnetp.reports.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.reports.result.ResultException;

/// Files as JMH 1.37 writes them.
class JmhSeriesTest {
    @TempDir
    Path dir;

    private static String entry(String name, String mode, String unit, String score, String raw) {
        return """
                {"benchmark": "org.example.%s", "mode": "%s", "params": {"size": "64"},
                 "primaryMetric": {"score": %s, "scoreError": "NaN", "scoreUnit": "%s", %s},
                 "secondaryMetrics": {}}""".formatted(name, mode, score, unit, raw);
    }

    private Side read(String... entries) throws IOException {
        Path file = dir.resolve("jmh.json");
        Files.writeString(file, "[" + String.join(",\n", entries) + "]");
        return Side.read(file);
    }

    private static Series only(Side side) {
        assertEquals(1, side.series().size());
        return side.series().values().iterator().next();
    }

    /// Every way to say 2 million operations a second.
    @ParameterizedTest
    @CsvSource({
        "avgt, ns/op, 500, ns/op, 500, false",
        "avgt, us/op, 0.5, ns/op, 500, false",
        "avgt, ms/op, 0.0005, ns/op, 500, false",
        "ss, s/op, 5e-7, ns/op, 500, false",
        "thrpt, ops/s, 2e6, ops/s, 2e6, true",
        "thrpt, ops/ms, 2000, ops/s, 2e6, true",
        "thrpt, ops/us, 2, ops/s, 2e6, true",
        "thrpt, ops/ns, 0.002, ops/s, 2e6, true",
        "thrpt, ops/min, 1.2e8, ops/s, 2e6, true",
    })
    void unitsBecomeOne(String mode, String unit, double value, String expectedUnit, double expected, boolean more)
            throws IOException {
        Series series = only(read(entry(
                "Codec.encode",
                mode,
                unit,
                Double.toString(value),
                "\"rawData\": [[" + value + ", " + value + "], [" + value + "]]")));
        assertEquals(expectedUnit, series.unit());
        assertEquals(expected, series.value(), expected * 1e-12);
        assertEquals(more, series.moreIsBetter());
        assertEquals(2, series.units());
        assertEquals(
                "micro/org.example.Codec.encode/size=64/" + mode, series.key().text());
    }

    @Test
    void aForkIsOneUnitWhateverItsIterations() throws IOException {
        Series two = only(read(entry("A.a", "avgt", "ns/op", "100", "\"rawData\": [[90, 110], [95, 105, 100]]")));
        assertEquals(2, two.units());
        assertEquals(100, two.value(), 1e-9);
        Series one = only(read(entry("A.a", "avgt", "ns/op", "100", "\"rawData\": [[90, 110, 95, 105]]")));
        assertEquals(1, one.units());
        assertTrue(Double.isNaN(one.standardError()));
    }

    @Test
    void histogramsOfSampleModeAreWeighed() throws IOException {
        Series series = only(read(entry(
                "A.a", "sample", "us/op", "1.5", "\"rawDataHistogram\": [[[[1, 3], [3, 1]]], [[[1, 1]], [[2, 1]]]]")));
        assertEquals(2, series.units());
        assertEquals(1500, series.value(), 1e-6);
    }

    @Test
    void whatIsNoNumberIsNamedAndNotCompared() throws IOException {
        Series nan = only(read(entry("A.a", "avgt", "ns/op", "\"NaN\"", "\"rawData\": [[\"NaN\"]]")));
        assertEquals("JMH gives no score for it", nan.trouble());
        Series zero = only(read(entry("A.a", "avgt", "ns/op", "0", "\"rawData\": [[0, 0]]")));
        assertEquals("JMH gives no score for it", zero.trouble());
        Series twice = only(read(
                entry("A.a", "avgt", "ns/op", "1", "\"rawData\": [[1]]"),
                entry("A.a", "avgt", "ns/op", "2", "\"rawData\": [[2]]")));
        assertEquals("it is there more than once", twice.trouble());
    }

    @Test
    void filesThatAreNoResultsAreNamed() throws IOException {
        Path file = dir.resolve("x.json");
        for (String text : List.of("", "{}", "[{\"benchmark\": 1}]", "[{", "no json")) {
            Files.writeString(file, text);
            ResultException e = assertThrows(ResultException.class, () -> Side.read(file), text);
            assertTrue(e.getMessage().contains("x.json"), e.getMessage());
        }
        Files.writeString(file, "[]");
        assertEquals(0, Side.read(file).series().size());
        assertEquals(
                5, Gate.compare(Side.read(file), Side.read(file), Rules.usual()).exitCode());
    }

    @Test
    void aModeIsAnotherSeries() throws IOException {
        Side base = read(entry("A.a", "avgt", "ns/op", "1", "\"rawData\": [[1],[1.01]]"));
        Side head = read(entry("A.a", "thrpt", "ops/s", "1e9", "\"rawData\": [[1e9],[1.01e9]]"));
        GateResult gate = Gate.compare(base, head, Rules.usual());
        assertEquals(0, gate.compared());
        assertEquals(5, gate.exitCode());
    }
}

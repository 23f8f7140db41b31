package org.vnetp.reports.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vnetp.reports.gate.Sides.key;
import static org.vnetp.reports.gate.Sides.series;
import static org.vnetp.reports.gate.Sides.side;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.reports.Format;
import org.vnetp.reports.Reports;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One gate with a series of every verdict, in every format; `-Dgolden.write=true` renews the files.
class GateFormatsTest {
    private static GateResult gate() {
        Series plain = new Series(
                new SeriesKey("nas", "udp", "vnetp", "none", "size=64;a=\"b\"", "rtt_p50_ns"),
                "ns",
                false,
                false,
                true,
                1234.5,
                -Math.log(1234.5),
                0.001,
                30,
                6,
                "");
        return Gate.compare(
                side(
                        "results/base",
                        series("bt.W.4", 0.9, 0.001, 40),
                        series("cg.A.2", 0.8, 0.002, 40),
                        series("is.A.2", 0.7, 0.02, 40),
                        series("lu.A.2", 0.7, 0.002, 40),
                        series("mg.A.2", 0.75, 0.002, 40),
                        series("sp.A.4", 0.75, 0.002, 40),
                        plain),
                side(
                        "results/head",
                        series("bt.W.4", 0.9, 0.001, 40),
                        series("cg.A.2", 0.72, 0.002, 40),
                        series("is.A.2", 0.7, 0.02, 40),
                        series("ep.A.2", 0.99, 0.002, 40),
                        Series.without(key("lu.A.2"), "of native", true, "failed: rank 1 died <&> \u0001"),
                        series("sp.A.4", 0.9, 0.002, 40),
                        plain),
                Rules.usual());
    }

    private static String text(String format) {
        return switch (format) {
            case "gate.txt" -> Reports.gate(gate(), true, Format.text);
            case "gate.md" -> Reports.gate(gate(), false, Format.md);
            case "gate.csv" -> Reports.gate(gate(), true, Format.csv);
            case "gate.json" -> GateFormats.json(gate());
            case "github-bigger.json" -> GateFormats.githubActionBenchmark(gate(), true);
            case "github-smaller.json" -> GateFormats.githubActionBenchmark(gate(), false);
            case "bencher.json" -> GateFormats.bencher(gate());
            case "nyrkio.json" -> GateFormats.nyrkio(gate(), "https://example.org/vnetp", "main");
            case "otava.csv" -> GateFormats.otava(gate());
            case "openmetrics.txt" -> GateFormats.openMetrics(gate());
            case "junit.xml" -> GateFormats.junit(gate());
            case "annotations.txt" -> String.join("\n", GateFormats.annotations(gate())) + "\n";
            default -> throw new IllegalArgumentException(format);
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gate.txt",
                "gate.md",
                "gate.csv",
                "gate.json",
                "github-bigger.json",
                "github-smaller.json",
                "bencher.json",
                "nyrkio.json",
                "otava.csv",
                "openmetrics.txt",
                "junit.xml",
                "annotations.txt"
            })
    void everyFormatIsAsItWas(String format) throws IOException {
        String text = text(format);
        assertFalse(text.contains("NaN"), text);
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(Path.of("src/test/resources/org/vnetp/reports/gate", format), text);
        }
        try (InputStream golden = GateFormatsTest.class.getResourceAsStream(format)) {
            assertEquals(new String(golden.readAllBytes(), StandardCharsets.UTF_8), text);
        }
    }

    /// The counts of JUnit's XML are what its readers believe.
    @Test
    void junitCountsItsTests() throws Exception {
        Element root = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(text("junit.xml"))))
                .getDocumentElement();
        assertEquals("testsuites", root.getNodeName());
        int tests = root.getElementsByTagName("testcase").getLength();
        assertEquals(Integer.toString(tests), root.getAttribute("tests"));
        assertEquals("1", root.getAttribute("failures"));
        assertEquals(1, root.getElementsByTagName("failure").getLength());
        assertEquals("2", root.getAttribute("errors"));
        assertEquals(2, root.getElementsByTagName("error").getLength());
        assertEquals(2, root.getElementsByTagName("skipped").getLength());
        assertEquals(8, tests);
    }

    @Test
    void aGateOfNothingIsRedEverywhere() throws Exception {
        GateResult nothing = Gate.compare(side("base"), side("head"), Rules.usual());
        Element root = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(GateFormats.junit(nothing))))
                .getDocumentElement();
        assertEquals("1", root.getAttribute("errors"));
        assertEquals(1, root.getElementsByTagName("error").getLength());
        assertEquals(List.of("::error title=vnetp compare::Nothing was compared."), GateFormats.annotations(nothing));
        assertEquals("# EOF\n", GateFormats.openMetrics(nothing));
    }

    /// What github-action-benchmark reads: an array of objects with name, unit and value.
    @Test
    void githubsBenchmarksHaveWhatItRequires() {
        JsonNode bigger = new JsonMapper().readTree(text("github-bigger.json"));
        JsonNode smaller = new JsonMapper().readTree(text("github-smaller.json"));
        assertEquals(5, bigger.size());
        assertEquals(1, smaller.size());
        for (JsonNode entry : bigger) {
            assertTrue(entry.path("name").isString()
                    && entry.path("unit").isString()
                    && entry.path("value").isNumber());
        }
        assertEquals(1234.5, smaller.get(0).path("value").asDouble(), 1e-9);
    }
}

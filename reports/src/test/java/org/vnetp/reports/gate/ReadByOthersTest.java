package org.vnetp.reports.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.maven.plugin.surefire.log.api.NullConsoleLogger;
import org.apache.maven.plugins.surefire.report.ReportTestCase;
import org.apache.maven.plugins.surefire.report.ReportTestSuite;
import org.apache.maven.plugins.surefire.report.TestSuiteXmlParser;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the gate writes for other programs, read as they read it: the golden files of [GateFormatsTest], which that
/// test holds against what is written.
class ReadByOthersTest {
    private static String golden(String name) throws IOException {
        try (InputStream in = ReadByOthersTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Schema schema(String name) throws IOException {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(golden("schema/" + name + ".json"), InputFormat.JSON);
    }

    @ParameterizedTest
    @CsvSource({
        "github-bigger.json, github-action-benchmark",
        "github-smaller.json, github-action-benchmark",
        "bencher.json, bencher",
        "nyrkio.json, nyrkio"
    })
    void jsonHasTheShapeThatItsReaderDocuments(String file, String schema) throws IOException {
        assertEquals(List.of(), schema(schema).validate(golden(file), InputFormat.JSON));
    }

    /// A schema that takes everything would prove nothing.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "github-action-benchmark | []",
                "github-action-benchmark | [{\"name\":\"a\",\"unit\":\"s\",\"value\":\"1\"}]",
                "github-action-benchmark | [{\"name\":\"a\",\"unit\":\"s\",\"value\":1,\"range\":0.5}]",
                "bencher | {}",
                "bencher | {\"a\":{\"rate\":{\"lower_value\":1}}}",
                "nyrkio | [{\"timestamp\":1,\"metrics\":[],\"attributes\":{}}]",
                "nyrkio | [{\"timestamp\":1.5,\"metrics\":[{\"name\":\"a\",\"value\":1,\"direction\":\"up\"}]}]"
            })
    void aSchemaRefusesWhatItsReaderWould(String schema, String json) throws IOException {
        assertNotEquals(List.of(), schema(schema).validate(json, InputFormat.JSON));
    }

    /// Maven's own reader of these reports, which its report and several servers use.
    @Test
    void mavenReadsJUnitsXml() throws Exception {
        TestSuiteXmlParser parser = new TestSuiteXmlParser(new NullConsoleLogger());
        List<ReportTestSuite> suites = parser.parse(new InputStreamReader(
                new ByteArrayInputStream(golden("junit.xml").getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8));
        assertTrue(parser.isValid());
        List<ReportTestCase> cases =
                suites.stream().flatMap(suite -> suite.getTestCases().stream()).toList();
        assertEquals(8, cases.size());
        assertEquals(1, cases.stream().filter(ReportTestCase::hasFailure).count());
        assertEquals(2, cases.stream().filter(ReportTestCase::hasError).count());
        assertEquals(2, cases.stream().filter(ReportTestCase::hasSkipped).count());
        ReportTestCase slower =
                cases.stream().filter(ReportTestCase::hasFailure).findFirst().orElseThrow();
        assertEquals("cg", slower.getClassName());
        assertEquals("A.2 vnetp 10gbit mops", slower.getName());
        assertEquals("regressed", slower.getFailureType());
        assertTrue(slower.getFailureMessage().startsWith("changed by -10.0 %"), slower.getFailureMessage());
    }

    /// The schema of another program, of a file that is not kept here: `-Dvnetp.junitXsd=FILE`.
    @Test
    void junitsXmlIsValidByAGivenSchema() throws Exception {
        String xsd = System.getProperty("vnetp.junitXsd");
        Assumptions.assumeTrue(xsd != null, "needs -Dvnetp.junitXsd=FILE");
        SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                .newSchema(Path.of(xsd).toFile())
                .newValidator()
                .validate(new StreamSource(new StringReader(golden("junit.xml"))));
    }

    /// Otava finds columns by their names, times by that format, and reads what is not empty as a number.
    @Test
    void otavasCsvIsATableOfNumbers() throws IOException {
        try (CSVParser csv = CSVFormat.DEFAULT
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get()
                .parse(new StringReader(golden("otava.csv")))) {
            List<String> names = csv.getHeaderNames();
            assertEquals(List.of("time", "commit"), names.subList(0, 2));
            assertEquals(names.size(), Set.copyOf(names).size(), "each once");
            int rows = 0;
            for (CSVRecord row : csv) {
                assertTrue(row.isConsistent(), row.toString());
                OffsetDateTime.parse(
                        row.get("time"), DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xx", Locale.ROOT));
                for (String name : names.subList(2, names.size())) {
                    assertTrue(row.get(name).isEmpty() || Double.isFinite(Double.parseDouble(row.get(name))), name);
                }
                rows++;
            }
            assertEquals(2, rows);
        }
    }

    private static final Pattern TYPE = Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) gauge");
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-zA-Z_:][a-zA-Z0-9_:]*)\\{([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"} (\\S+)");

    /// The grammar of OpenMetrics 1.0 (its text format's ABNF), as far as gauges with one label go.
    @Test
    void openMetricsFollowsItsGrammar() throws IOException {
        String text = golden("openmetrics.txt");
        assertTrue(text.endsWith("\n# EOF\n"));
        Set<String> families = new HashSet<>();
        Set<String> series = new HashSet<>();
        String family = "";
        for (String line : text.lines().toList()) {
            Matcher type = TYPE.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (type.matches()) {
                family = type.group(1);
                assertTrue(families.add(family), "a family's samples stand together: " + line);
            } else if (sample.matches()) {
                assertEquals(family, sample.group(1));
                assertTrue(series.add(family + sample.group(3)), "each once: " + line);
                assertTrue(Double.isFinite(Double.parseDouble(sample.group(4))), line);
            } else {
                assertEquals("# EOF", line);
            }
        }
        assertEquals(Set.of("vnetp_percent_of_native", "vnetp_value", "vnetp_verdict"), families);
    }
}

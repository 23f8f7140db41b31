package org.vnetp.reports.gate;

import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.vnetp.reports.table.Numbers;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A gate's result in the formats that other programs read. None of them ever holds a NaN: what has no number is left
/// out, or is a word where the format has one for it.
public final class GateFormats {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private GateFormats() {}

    /// Everything, for programs of one's own.
    public static String json(GateResult result) {
        ObjectNode root = JSON.createObjectNode();
        root.put("schema", 1);
        root.put("verdict", result.verdict().text());
        root.put("exit_code", result.exitCode());
        root.put("sentence", result.sentence());
        root.put("threshold_percent", 100 * result.threshold());
        root.set("base", side(result.base()));
        root.set("head", side(result.head()));
        ArrayNode all = root.putArray("series");
        for (Comparison c : result.comparisons()) {
            ObjectNode node = all.addObject();
            node.put("key", c.key().text());
            c.renamedFrom().ifPresent(old -> node.put("renamed_from", old));
            node.put("verdict", c.verdict().text());
            node.put("gates", c.gates());
            c.head().or(c::base).ifPresent(s -> {
                node.put("unit", s.relative() ? "percent_of_native" : s.unit());
                node.put("more_is_better", s.moreIsBetter());
            });
            c.base().ifPresent(s -> number(node, "base", shown(s)));
            c.head().ifPresent(s -> number(node, "head", shown(s)));
            number(node, "ratio", c.ratio());
            number(node, "low", c.low());
            number(node, "high", c.high());
            number(node, "p", c.p());
            number(node, "p_holm", c.adjusted());
            c.base().ifPresent(s -> node.put("units_base", s.units()));
            c.head().ifPresent(s -> node.put("units_head", s.units()));
            if (c.needed() > 0) {
                node.put("units_needed", c.needed());
            }
            node.put("reason", c.reason());
        }
        ArrayNode notes = root.putArray("notes");
        result.notes().forEach(notes::add);
        return text(root);
    }

    private static ObjectNode side(Side side) {
        ObjectNode node = JSON.createObjectNode();
        node.put("name", side.name());
        node.put("suite", side.suite());
        node.put("commit", side.commit());
        node.put("started", side.started());
        node.put("machine", side.machine());
        return node;
    }

    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        }
    }

    private static String text(tools.jackson.databind.JsonNode node) {
        return JSON.writeValueAsString(node) + "\n";
    }

    /// As people are told: factors of native in percent.
    private static double shown(Series series) {
        return series.relative() ? 100 * series.value() : series.value();
    }

    /// Half of the value's own 95 % interval, in percent of the value, roughly; NaN where it is not known.
    private static double spread(Series series) {
        return series.freedom() > 0 && Double.isFinite(series.standardError())
                ? 100
                        * Math.expm1(series.standardError()
                                * new org.hipparchus.distribution.continuous.TDistribution(series.freedom())
                                        .inverseCumulativeProbability(0.975))
                : Double.NaN;
    }

    private static Stream<Series> values(GateResult result) {
        return result.comparisons().stream().flatMap(c -> c.head().stream()).filter(Series::hasValue);
    }

    /// For github-action-benchmark's `customBiggerIsBetter` or `customSmallerIsBetter`.
    public static String githubActionBenchmark(GateResult result, boolean bigger) {
        ArrayNode root = JSON.createArrayNode();
        values(result).filter(s -> bigger(s) == bigger).forEach(s -> {
            ObjectNode node = root.addObject();
            node.put("name", s.key().text());
            node.put("unit", GateTable.unit(s));
            node.put("value", shown(s));
            double spread = spread(s);
            if (Double.isFinite(spread)) {
                node.put("range", "\u00b1 " + Numbers.fixed(spread, 1) + " %");
            }
            node.put("extra", "units=" + s.units());
        });
        return text(root);
    }

    private static boolean bigger(Series series) {
        return series.relative() || series.moreIsBetter();
    }

    /// Bencher Metric Format: by benchmark and measure a value with its bounds.
    public static String bencher(GateResult result) {
        ObjectNode root = JSON.createObjectNode();
        values(result).forEach(s -> {
            SeriesKey key = s.key();
            String name =
                    new SeriesKey(key.suite(), key.benchmark(), key.fabric(), key.link(), key.params(), "").text();
            ObjectNode benchmark = root.has(name) ? (ObjectNode) root.get(name) : root.putObject(name);
            ObjectNode measure = benchmark.putObject(key.metric() + (s.relative() ? "_percent_of_native" : ""));
            measure.put("value", shown(s));
            double spread = spread(s) / 100;
            if (Double.isFinite(spread)) {
                measure.put("lower_value", shown(s) / (1 + spread));
                measure.put("upper_value", shown(s) * (1 + spread));
            }
        });
        return text(root);
    }

    /// Nyrkiö's JSON: one entry, of the head result.
    ///
    /// @param repository address of the sources, as Nyrkiö wants it
    public static String nyrkio(GateResult result, String repository, String branch) {
        ArrayNode root = JSON.createArrayNode();
        ObjectNode entry = root.addObject();
        entry.put(
                "timestamp", started(result.head()).map(Instant::getEpochSecond).orElse(0L));
        ArrayNode metrics = entry.putArray("metrics");
        values(result).forEach(s -> {
            ObjectNode metric = metrics.addObject();
            metric.put("name", s.key().text());
            metric.put("unit", GateTable.unit(s));
            metric.put("value", shown(s));
            metric.put("direction", bigger(s) ? "higher_is_better" : "lower_is_better");
        });
        ObjectNode attributes = entry.putObject("attributes");
        attributes.put("git_repo", repository);
        attributes.put("branch", branch);
        attributes.put("git_commit", result.head().commit().replace("+", ""));
        ObjectNode extra = entry.putObject("extra_info");
        extra.put("machine", result.head().machine());
        extra.put("verdict", result.verdict().text());
        return text(root);
    }

    private static Optional<Instant> started(Side side) {
        try {
            return Optional.of(Instant.parse(side.started()));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /// A row a result and a column a series, as Otava reads them.
    public static String otava(GateResult result) {
        Map<SeriesKey, Comparison> columns = new TreeMap<>();
        for (Comparison c : result.comparisons()) {
            if (Stream.concat(c.base().stream(), c.head().stream()).anyMatch(Series::hasValue)) {
                columns.put(c.key(), c);
            }
        }
        StringBuilder text = new StringBuilder("time,commit");
        columns.keySet().forEach(key -> text.append(',').append(quoted(key.text())));
        text.append('\n');
        row(text, result.base(), columns.values(), Comparison::base);
        row(text, result.head(), columns.values(), Comparison::head);
        return text.toString();
    }

    private static void row(
            StringBuilder text,
            Side side,
            Collection<Comparison> columns,
            Function<Comparison, Optional<Series>> which) {
        DateTimeFormatter format = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z", Locale.ROOT)
                .withZone(ZoneOffset.UTC);
        text.append(started(side).map(format::format).orElse("1970-01-01 00:00:00 +0000"))
                .append(',')
                .append(quoted(side.commit()));
        for (Comparison c : columns) {
            text.append(',')
                    .append(which.apply(c)
                            .filter(Series::hasValue)
                            .map(s -> Double.toString(shown(s)))
                            .orElse(""));
        }
        text.append('\n');
    }

    private static String quoted(String text) {
        return text.matches("[^\",\\n\\r]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    /// OpenMetrics, as GitLab's metrics report takes it. It compares texts, so values are rounded to what matters:
    /// whole percent of native, three digits of others, and a code for the verdict (0 pass, 1 regressed, 2 other).
    public static String openMetrics(GateResult result) {
        Map<String, List<String>> families = new TreeMap<>();
        for (Comparison c : result.gating()) {
            String labels = "{series=\"" + label(c.key().text()) + "\"}";
            c.head()
                    .filter(Series::hasValue)
                    .ifPresent(s -> families.computeIfAbsent(
                                    s.relative() ? "vnetp_percent_of_native" : "vnetp_value", _ -> new ArrayList<>())
                            .add(labels + " "
                                    + (s.relative()
                                            ? Numbers.fixed(100 * s.value(), 0)
                                            : String.format(Locale.ROOT, "%.3g", s.value()))));
            int code = c.verdict() == Verdict.PASS || c.verdict() == Verdict.IMPROVED || c.verdict() == Verdict.NEW
                    ? 0
                    : c.verdict() == Verdict.REGRESSED ? 1 : 2;
            families.computeIfAbsent("vnetp_verdict", _ -> new ArrayList<>()).add(labels + " " + code);
        }
        StringBuilder text = new StringBuilder();
        families.forEach((name, lines) -> {
            text.append("# TYPE ").append(name).append(" gauge\n");
            lines.forEach(line -> text.append(name).append(line).append('\n'));
        });
        return text.append("# EOF\n").toString();
    }

    private static String label(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    /// JUnit's XML: a test a series that decides.
    public static String junit(GateResult result) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
            List<Comparison> tests = result.gating();
            int failures = result.gating(Verdict.REGRESSED).size();
            int errors = result.gating(Verdict.FAILED).size()
                    + result.gating(Verdict.MISSING).size();
            int skipped = result.gating(Verdict.INCONCLUSIVE).size()
                    + result.gating(Verdict.NEW).size();
            if (result.compared() == 0) {
                errors++; // a report without a test would be green
            }
            xml.writeStartDocument("UTF-8", "1.0");
            for (String element : List.of("testsuites", "testsuite")) {
                xml.writeCharacters("\n");
                xml.writeStartElement(element);
                xml.writeAttribute("name", "vnetp compare");
                xml.writeAttribute("tests", Integer.toString(tests.size() + (result.compared() == 0 ? 1 : 0)));
                xml.writeAttribute("failures", Integer.toString(failures));
                xml.writeAttribute("errors", Integer.toString(errors));
                if (element.equals("testsuite")) {
                    xml.writeAttribute("skipped", Integer.toString(skipped));
                }
                xml.writeAttribute("time", "0");
            }
            if (result.compared() == 0) {
                testcase(xml, "vnetp", "anything was compared", "error", result.sentence(), "nothing");
            }
            for (Comparison c : tests) {
                SeriesKey key = c.key();
                // Readers take what is behind the last dot for the class: of cg.A.2 that would be 2.
                int dot = key.suite().equals("nas") ? key.benchmark().indexOf('.') : -1;
                String kernel = dot < 0 ? key.benchmark() : key.benchmark().substring(0, dot);
                String rest = dot < 0 ? "" : key.benchmark().substring(dot + 1);
                String name = Stream.of(rest, key.params(), key.fabric(), key.link(), key.metric())
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining(" "));
                String element = switch (c.verdict()) {
                    case REGRESSED -> "failure";
                    case FAILED, MISSING -> "error";
                    case INCONCLUSIVE, NEW -> "skipped";
                    case PASS, IMPROVED -> "";
                };
                testcase(
                        xml,
                        "vnetp." + key.suite() + "." + kernel,
                        name,
                        element,
                        c.reason(),
                        c.verdict().text());
            }
            xml.writeCharacters("\n");
            xml.writeEndElement();
            xml.writeCharacters("\n");
            xml.writeEndElement();
            xml.writeCharacters("\n");
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("writing XML into memory", e);
        }
        return text.toString();
    }

    private static void testcase(
            XMLStreamWriter xml, String className, String name, String element, String reason, String type)
            throws XMLStreamException {
        xml.writeCharacters("\n  ");
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", printable(className));
        xml.writeAttribute("name", printable(name));
        xml.writeAttribute("time", "0");
        if (!element.isEmpty()) {
            xml.writeStartElement(element);
            xml.writeAttribute("message", printable(reason));
            if (!element.equals("skipped")) {
                xml.writeAttribute("type", type);
            }
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    /// Without what XML 1.0 cannot hold.
    private static String printable(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .forEach(c -> clean.appendCodePoint(
                        c == 9 || c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 ? c : '?'));
        return clean.toString();
    }

    /// Workflow commands of GitHub Actions: one line a verdict, since it shows only ten of each kind.
    public static List<String> annotations(GateResult result) {
        List<String> lines = new ArrayList<>();
        for (Verdict verdict : Verdict.values()) {
            List<Comparison> those = result.gating(verdict);
            String kind = switch (verdict) {
                case REGRESSED -> "error";
                case FAILED, MISSING, INCONCLUSIVE -> "warning";
                case NEW, PASS, IMPROVED -> "notice";
            };
            if (!those.isEmpty() && verdict != Verdict.PASS) {
                StringBuilder text = new StringBuilder();
                for (Comparison c : those) {
                    text.append(text.isEmpty() ? "" : "\n")
                            .append(c.key().shortText())
                            .append(c.reason().isEmpty() ? "" : ": " + c.reason());
                }
                lines.add("::" + kind + " title=" + property("vnetp compare, " + those.size() + " " + verdict.text())
                        + "::" + escaped(text.toString()));
            }
        }
        if (result.compared() == 0) {
            lines.add("::error title=vnetp compare::" + escaped(result.sentence()));
        }
        return lines;
    }

    private static String escaped(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String property(String text) {
        return escaped(text).replace(":", "%3A").replace(",", "%2C");
    }
}

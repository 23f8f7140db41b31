package org.vnetp.reports.history;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.result.ResultException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// A run as a file, token by token: a history has a million entries, and binding each of them takes several
/// times as long. Unknown and missing fields are errors: a file of another program must not pass for an empty
/// run.
///
/// Not thread-safe: it keeps the names of series, which all runs have in common.
final class HistoryFile {
    private static final JsonMapper JSON = new JsonMapper();
    private static final MathContext DIGITS = new MathContext(7); // more than any measurement has

    private final Map<String, String> names = new HashMap<>();
    private final Map<String, String> seriesNames = new HashMap<>();
    private double[] launches = new double[16];

    static byte[] encode(HistoryRun run) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberProperty("schema", run.schema());
            json.writeStringProperty("machineKey", run.machineKey());
            texts(json, "machine", run.machine());
            texts(json, "soft", run.soft());
            json.writeStringProperty("suite", run.suite());
            json.writeStringProperty("started", run.started());
            json.writeStringProperty("commit", run.commit());
            json.writeBooleanProperty("dirty", run.dirty());
            json.writeStringProperty("state", run.state());
            json.writeArrayPropertyStart("entries");
            for (Entry entry : run.entries()) {
                json.writeRaw('\n'); // a line each, for readers of a diff
                json.writeStartObject();
                json.writeStringProperty("series", entry.series());
                json.writeStringProperty("unit", entry.unit());
                json.writeBooleanProperty("moreIsBetter", entry.moreIsBetter());
                number(json, "value", entry.value());
                number(json, "low", entry.low());
                number(json, "high", entry.high());
                json.writeNumberProperty("blocks", entry.blocks());
                json.writeArrayPropertyStart("launches");
                for (double launch : entry.launches()) {
                    json.writeNumber(rounded(launch));
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
        return out.toByteArray();
    }

    private static void texts(JsonGenerator json, String name, Map<String, String> texts) {
        json.writeObjectPropertyStart(name);
        texts.forEach(json::writeStringProperty);
        json.writeEndObject();
    }

    private static void number(JsonGenerator json, String name, double value) {
        if (Double.isFinite(value)) {
            json.writeNumberProperty(name, rounded(value));
        } else {
            json.writeNullProperty(name);
        }
    }

    private static double rounded(double value) {
        return new BigDecimal(value).round(DIGITS).doubleValue();
    }

    /// @throws ResultException naming the file, the line and what was expected
    HistoryRun decode(Path file, byte[] bytes) throws ResultException {
        if (bytes.length == 0) {
            throw new ResultException(file, "empty; expected a run of the history");
        }
        try (JsonParser json = JSON.createParser(bytes)) {
            try {
                return run(json);
            } catch (JacksonException e) {
                throw new ResultException(file, line(json), "not a run of the history: " + e.getOriginalMessage(), e);
            } catch (IllegalArgumentException e) {
                throw new ResultException(file, line(json), e.getMessage(), e);
            }
        }
    }

    private static long line(JsonParser json) {
        return Math.max(1, json.currentTokenLocation().getLineNr());
    }

    private HistoryRun run(JsonParser json) {
        require(json.nextToken(), JsonToken.START_OBJECT, "a run");
        int schema = -1;
        Boolean dirty = null;
        Map<String, String> texts = new HashMap<>();
        Map<String, Map<String, String>> maps = new HashMap<>();
        List<Entry> entries = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            JsonToken token = json.nextToken();
            switch (name) {
                case "schema" -> {
                    require(token, JsonToken.VALUE_NUMBER_INT, name);
                    schema = json.getIntValue();
                    if (schema != HistoryRun.SCHEMA) {
                        throw new IllegalArgumentException(
                                "schema " + schema + "; this version reads schema " + HistoryRun.SCHEMA);
                    }
                }
                case "machineKey", "suite", "started", "commit", "state" -> {
                    require(token, JsonToken.VALUE_STRING, name);
                    texts.put(name, json.getString());
                }
                case "machine", "soft" -> maps.put(name, texts(json, name, token));
                case "dirty" -> dirty = flag(json, name, token);
                case "entries" -> entries = entries(json, token);
                default -> throw new IllegalArgumentException("unknown field '" + name + "' in a run");
            }
        }
        if (schema < 0 || texts.size() != 5 || maps.size() != 2 || dirty == null || entries == null) {
            throw new IllegalArgumentException("not a whole run: expected schema, machineKey, machine, soft, suite,"
                    + " started, commit, dirty, state and entries");
        }
        if (json.nextToken() != null) {
            throw new IllegalArgumentException("more than one run in the file");
        }
        return new HistoryRun(
                schema,
                texts.get("machineKey"),
                maps.get("machine"),
                maps.get("soft"),
                texts.get("suite"),
                texts.get("started"),
                texts.get("commit"),
                dirty,
                texts.get("state"),
                entries);
    }

    private Map<String, String> texts(JsonParser json, String what, JsonToken start) {
        require(start, JsonToken.START_OBJECT, what);
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            require(json.nextToken(), JsonToken.VALUE_STRING, what + "." + name);
            texts.put(shared(name), shared(json.getString()));
        }
        return texts;
    }

    private List<Entry> entries(JsonParser json, JsonToken start) {
        require(start, JsonToken.START_ARRAY, "entries");
        List<Entry> entries = new ArrayList<>();
        while (json.nextToken() == JsonToken.START_OBJECT) {
            entries.add(entry(json));
        }
        require(json.currentToken(), JsonToken.END_ARRAY, "entries");
        return entries;
    }

    private Entry entry(JsonParser json) {
        String series = null;
        String unit = null;
        Boolean moreIsBetter = null;
        double value = Double.NaN;
        double low = Double.NaN;
        double high = Double.NaN;
        int blocks = -1;
        List<Double> values = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            JsonToken token = json.nextToken();
            switch (name) {
                case "series" -> {
                    require(token, JsonToken.VALUE_STRING, name);
                    series = named(json.getString());
                }
                case "unit" -> {
                    require(token, JsonToken.VALUE_STRING, name);
                    unit = shared(json.getString());
                }
                case "moreIsBetter" -> moreIsBetter = flag(json, name, token);
                case "value" -> value = number(json, name, token);
                case "low" -> low = number(json, name, token);
                case "high" -> high = number(json, name, token);
                case "blocks" -> {
                    require(token, JsonToken.VALUE_NUMBER_INT, name);
                    blocks = json.getIntValue();
                }
                case "launches" -> values = numbers(json, token);
                default -> throw new IllegalArgumentException("unknown field '" + name + "' in an entry");
            }
        }
        if (series == null || unit == null || moreIsBetter == null || blocks < 0 || values == null) {
            throw new IllegalArgumentException("not a whole entry" + (series == null ? "" : " of " + series)
                    + ": expected series, unit, moreIsBetter, value, low, high, blocks and launches");
        }
        return new Entry(series, unit, moreIsBetter, value, low, high, blocks, values);
    }

    private List<Double> numbers(JsonParser json, JsonToken start) {
        require(start, JsonToken.START_ARRAY, "launches");
        int count = 0;
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (count == launches.length) {
                launches = Arrays.copyOf(launches, 2 * count);
            }
            launches[count++] = number(json, "launches", token);
        }
        return new Doubles(Arrays.copyOf(launches, count));
    }

    private static double number(JsonParser json, String what, JsonToken token) {
        if (token == JsonToken.VALUE_NULL && !what.equals("launches")) {
            return Double.NaN;
        }
        if (token == null || !token.isNumeric()) {
            throw new IllegalArgumentException(what + ": expected a number");
        }
        return json.getDoubleValue();
    }

    private static Boolean flag(JsonParser json, String what, JsonToken token) {
        if (token == null || !token.isBoolean()) {
            throw new IllegalArgumentException(what + ": expected true or false");
        }
        return json.getBooleanValue();
    }

    private static void require(JsonToken token, JsonToken expected, String what) {
        if (token != expected) {
            throw new IllegalArgumentException(what + ": expected "
                    + switch (expected) {
                        case START_OBJECT -> "an object";
                        case START_ARRAY, END_ARRAY -> "an array";
                        case VALUE_NUMBER_INT -> "a whole number";
                        default -> "text";
                    });
        }
    }

    /// A name is looked at once, however many runs have it.
    private String named(String name) {
        return seriesNames.computeIfAbsent(name, same -> SeriesName.parse(same).text());
    }

    private String shared(String name) {
        return names.computeIfAbsent(name, same -> same);
    }

    /// A list that keeps numbers as such: a million lists of boxed numbers would not fit into a small
    /// machine.
    private static final class Doubles extends AbstractList<Double> {
        private final double[] values;

        Doubles(double[] values) {
            this.values = values;
        }

        @Override
        public Double get(int index) {
            return values[index];
        }

        @Override
        public int size() {
            return values.length;
        }
    }
}

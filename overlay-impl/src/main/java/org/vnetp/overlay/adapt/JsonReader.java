package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads JSON (RFC 8259) into maps, lists, strings, doubles, booleans and null. It reads what nodes
/// answer, who may be broken: depth is bounded, and whatever is no JSON is refused.
final class JsonReader {
    private static final int DEEPEST = 32;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonReader() {}

    /// @throws IllegalArgumentException telling where it is no JSON object
    static Map<String, Object> object(String text) {
        Object value;
        try {
            value = plain(JSON.readTree(text));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("no JSON: " + e.getMessage(), e);
        }
        if (!(value instanceof Map<?, ?>)) {
            throw new IllegalArgumentException("expected a JSON object");
        }
        return fields(value);
    }

    private static Object plain(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                node.forEachEntry((name, value) -> map.put(name, plain(value)));
                yield map;
            }
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                node.forEach(value -> list.add(plain(value)));
                yield list;
            }
            case STRING -> node.stringValue();
            case NUMBER -> node.doubleValue();
            case BOOLEAN -> node.booleanValue();
            default -> null;
        };
    }

    @SuppressWarnings("unchecked") // only this class makes these maps, with strings as keys
    static Map<String, Object> fields(Object value) {
        return value instanceof Map<?, ?> ? (Map<String, Object>) value : Map.of();
    }

    /// The objects of an array field; none where it is something else.
    static List<Map<String, Object>> objects(Map<String, Object> from, String name) {
        List<Map<String, Object>> all = new ArrayList<>();
        if (from.get(name) instanceof List<?> list) {
            list.forEach(each -> all.add(fields(each)));
        }
        return all;
    }

    /// A field's text, or nothing.
    static String text(Map<String, Object> from, String name) {
        return from.get(name) instanceof String text ? text : "";
    }

    /// A field's number; NaN where there is none.
    static double number(Map<String, Object> from, String name) {
        return from.get(name) instanceof Double number ? number : Double.NaN;
    }
}

package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads JSON (RFC 8259) into maps, lists, strings, doubles, booleans and null. It reads what nodes
/// answer, who may be broken: depth is bounded, and whatever is no JSON is refused.
final class JsonReader {
    private static final int DEEPEST = 32;

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /// @throws IllegalArgumentException telling where it is no JSON object
    static Map<String, Object> object(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value(0);
        reader.blanks();
        if (reader.at != text.length()) {
            throw reader.refused("the end");
        }
        if (!(value instanceof Map<?, ?>)) {
            throw new IllegalArgumentException("expected a JSON object");
        }
        return fields(value);
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

    private IllegalArgumentException refused(String expected) {
        return new IllegalArgumentException("no JSON at character " + at + ": expected " + expected);
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(char c) {
        blanks();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void need(char c) {
        if (!take(c)) {
            throw refused("'" + c + "'");
        }
    }

    private Object value(int depth) {
        if (depth > DEEPEST) {
            throw refused("at most " + DEEPEST + " levels");
        }
        blanks();
        if (at >= text.length()) {
            throw refused("a value");
        }
        char c = text.charAt(at);
        switch (c) {
            case '{' -> {
                return map(depth);
            }
            case '[' -> {
                return list(depth);
            }
            case '"' -> {
                return string();
            }
            default -> {
                return plain();
            }
        }
    }

    private Map<String, Object> map(int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        need('{');
        if (take('}')) {
            return map;
        }
        do {
            blanks();
            String name = string();
            need(':');
            map.put(name, value(depth + 1));
        } while (take(','));
        need('}');
        return map;
    }

    private List<Object> list(int depth) {
        List<Object> list = new ArrayList<>();
        need('[');
        if (take(']')) {
            return list;
        }
        do {
            list.add(value(depth + 1));
        } while (take(','));
        need(']');
        return list;
    }

    private String string() {
        need('"');
        StringBuilder out = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escaped() : c);
        }
        throw refused("'\"'");
    }

    private char escaped() {
        if (at >= text.length()) {
            throw refused("an escape");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                    throw refused("four hexadecimal digits");
                }
                at += 4;
                yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> throw refused("an escape");
        };
    }

    private Object plain() {
        int end = at;
        while (end < text.length() && ",]} \t\r\n".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String word = text.substring(at, end);
        Object value = switch (word) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            case "null" -> null;
            default -> {
                if (!word.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?")) {
                    throw refused("a value");
                }
                yield Double.valueOf(word);
            }
        };
        at = end;
        return value;
    }
}

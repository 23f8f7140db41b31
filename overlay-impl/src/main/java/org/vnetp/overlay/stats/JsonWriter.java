package org.vnetp.overlay.stats;

import java.util.Map;

/// Writes one line of JSON (RFC 8259). A node answers in JSON without a library, so that it starts
/// fast and stays small.
///
/// ```
/// new JsonWriter().object().field("name",
/// "a").array("ports").value(1).value(2).end().end().toString()
/// ```
public final class JsonWriter {
    private final StringBuilder out = new StringBuilder();
    // One character per open level: the closing bracket it will get.
    private final StringBuilder open = new StringBuilder();

    /// Begins an object: as a value of an array, or the whole document.
    public JsonWriter object() {
        return begin('{', '}');
    }

    /// Begins an object as a field.
    public JsonWriter object(String name) {
        return name(name).begin('{', '}');
    }

    /// Begins an array: as a value of an array, or the whole document.
    public JsonWriter array() {
        return begin('[', ']');
    }

    /// Begins an array as a field.
    public JsonWriter array(String name) {
        return name(name).begin('[', ']');
    }

    /// Ends the innermost object or array.
    public JsonWriter end() {
        out.append(open.charAt(open.length() - 1));
        open.setLength(open.length() - 1);
        return this;
    }

    public JsonWriter field(String name, String value) {
        return name(name).value(value);
    }

    public JsonWriter field(String name, long value) {
        return name(name).value(value);
    }

    public JsonWriter field(String name, double value) {
        return name(name).value(value);
    }

    public JsonWriter field(String name, boolean value) {
        return name(name).value(value);
    }

    /// Every entry as a field; values are strings, numbers, booleans or null.
    public JsonWriter fields(Map<String, ?> entries) {
        entries.forEach((key, value) -> {
            switch (value) {
                case null -> name(key).raw("null");
                case Boolean b -> field(key, b);
                case Double d -> field(key, d);
                case Float f -> field(key, (double) f);
                case Number n -> field(key, n.longValue());
                default -> field(key, value.toString());
            }
        });
        return this;
    }

    public JsonWriter value(String value) {
        if (value == null) {
            return raw("null");
        }
        separate();
        quote(value);
        return this;
    }

    public JsonWriter value(long value) {
        return raw(Long.toString(value));
    }

    /// Numbers that JSON cannot write (infinite, not a number) become null.
    public JsonWriter value(double value) {
        return raw(Double.isFinite(value) ? Double.toString(value) : "null");
    }

    public JsonWriter value(boolean value) {
        return raw(value ? "true" : "false");
    }

    private JsonWriter raw(String text) {
        separate();
        out.append(text);
        return this;
    }

    private JsonWriter begin(char opening, char closing) {
        separate();
        out.append(opening);
        open.append(closing);
        return this;
    }

    private JsonWriter name(String name) {
        separate();
        quote(name);
        out.append(':');
        return this;
    }

    private void separate() {
        if (!out.isEmpty()) {
            char last = out.charAt(out.length() - 1);
            if (last != '{' && last != '[' && last != ':') {
                out.append(',');
            }
        }
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    // Line separators are legal in JSON, but the answer has to stay one line for
                    // everyone.
                    if (c < 0x20 || c == 0x7F || c == 0x85 || c == 0x2028 || c == 0x2029 || Character.isSurrogate(c)) {
                        out.append("\\u").append(Character.forDigit(c >> 12, 16));
                        out.append(Character.forDigit(c >> 8 & 15, 16));
                        out.append(Character.forDigit(c >> 4 & 15, 16));
                        out.append(Character.forDigit(c & 15, 16));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /// The document so far.
    @Override
    public String toString() {
        return out.toString();
    }
}

package org.vnetp.reports.result;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The column `params`: settings that tell cells of one benchmark apart, as `name=value;name=value` in the order given.
///
/// @param values by name; neither names nor values hold `;` or `=` or control characters
public record Params(Map<String, String> values) {
    public static final Params NONE = new Params(Map.of());

    public Params {
        values.forEach((name, value) -> {
            check(name);
            check(value);
        });
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    private static void check(String part) {
        if (part.isEmpty()
                || part.chars().anyMatch(c -> c == ';' || c == '=' || Character.isISOControl(c))
                || !part.equals(part.strip())) {
            throw new IllegalArgumentException("parameter name or value '" + part
                    + "': expected text without ';', '=', control characters and outer spaces");
        }
    }

    /// From `name, value, name, value...`.
    public static Params of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("expected pairs of name and value");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Params(values);
    }

    /// Reads what [#text()] wrote.
    ///
    /// @throws IllegalArgumentException naming the part that is not `name=value`
    public static Params parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : text.split(";", -1)) {
            int at = part.indexOf('=');
            if (at <= 0) {
                throw new IllegalArgumentException("parameter '" + part + "': expected name=value");
            }
            if (values.put(part.substring(0, at), part.substring(at + 1)) != null) {
                throw new IllegalArgumentException("parameter '" + part.substring(0, at) + "' twice");
            }
        }
        return new Params(values);
    }

    /// These and one more.
    public Params with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new Params(more);
    }

    /// The value of that name, or an empty text.
    public String get(String name) {
        return values.getOrDefault(name, "");
    }

    public String text() {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) ->
                text.append(text.isEmpty() ? "" : ";").append(name).append('=').append(value));
        return text.toString();
    }
}

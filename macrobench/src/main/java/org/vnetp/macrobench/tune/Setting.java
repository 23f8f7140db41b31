package org.vnetp.macrobench.tune;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// A value for every parameter of a space, by name, in the space's order. Made by [Space], which sets those
/// that have no effect to their usual value: so settings are equal when nodes would do the same.
public record Setting(Map<String, String> values) {
    public Setting {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /// A value; an empty text for a parameter that the space does not have.
    public String get(String name) {
        return values.getOrDefault(name, "");
    }

    Setting with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new Setting(more);
    }

    /// `mode=vmm yield=timed ...`.
    @Override
    public String toString() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
    }
}

package org.vnetp.macrobench.testbed;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Reads a fabric's settings strictly.
final class Settings {
    private Settings() {}

    /// @throws IllegalArgumentException naming the first unknown setting and the legal ones
    static Map<String, String> known(FabricSpec spec, Set<String> legal) {
        for (String key : spec.options().keySet()) {
            if (!legal.contains(key)) {
                throw new IllegalArgumentException("fabric '" + spec.name() + "': unknown setting '" + key
                        + "'; legal are " + String.join(", ", new TreeSet<>(legal)));
            }
        }
        return spec.options();
    }

    static int number(FabricSpec spec, Map<String, String> options, String key, int otherwise, int min, int max) {
        String text = options.get(key);
        if (text == null) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Said below.
        }
        throw new IllegalArgumentException("fabric '" + spec.name() + "': " + key + " must be a whole number from "
                + min + " to " + max + ", got '" + text + "'");
    }
}

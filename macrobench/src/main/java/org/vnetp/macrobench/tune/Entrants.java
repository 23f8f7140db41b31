package org.vnetp.macrobench.tune;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.vnetp.reports.tune.Contest;

/// The settings that took part, by the names that results call them by: `default`, `s01`, `s02`, ... in the
/// order in which they came.
public final class Entrants {
    private final Map<String, Setting> byName = new LinkedHashMap<>();
    private final BiConsumer<String, Setting> newcomer;

    /// @param newcomer is told each name when it is given, before anything is measured under it
    Entrants(Setting usual, BiConsumer<String, Setting> newcomer) {
        this.newcomer = newcomer;
        add(Contest.DEFAULT, usual);
    }

    private void add(String name, Setting setting) {
        newcomer.accept(name, setting);
        byName.put(name, setting);
    }

    /// The name of a setting, new where it has none.
    String name(Setting setting) {
        for (Map.Entry<String, Setting> entry : byName.entrySet()) {
            if (entry.getValue().equals(setting)) {
                return entry.getKey();
            }
        }
        String name = String.format(Locale.ROOT, "s%02d", byName.size());
        add(name, setting);
        return name;
    }

    boolean has(Setting setting) {
        return byName.containsValue(setting);
    }

    /// The setting of that name.
    public Optional<Setting> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /// All, in their order, the default first.
    public Map<String, Setting> all() {
        return new LinkedHashMap<>(byName);
    }
}

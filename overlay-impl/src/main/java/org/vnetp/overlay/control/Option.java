package org.vnetp.overlay.control;

import java.util.List;

/// A word that may follow in any order, once, with a value or without.
///
/// @param word     as it is said
/// @param value    what follows it; null for a flag
/// @param help     of a flag, what it means; that of others is their value's
/// @param excludes words that cannot be said with it
record Option<T>(String word, Argument<T> value, String help, List<String> excludes) {
    static <T> Option<T> of(String word, Argument<T> value, String... excludes) {
        return new Option<>(word, value, value.help(), List.of(excludes));
    }

    static Option<Void> flag(String word, String help) {
        return new Option<>(word, null, help, List.of());
    }

    /// As help writes it.
    String synopsis() {
        return value == null ? word : word + " " + value.placeholder();
    }
}

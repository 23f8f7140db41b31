package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// One shape of a statement after its first word: words and arguments in their places, then options in any order.
/// The same table reads the line and writes help.
final class Form {
    /// Makes the statement of what was said.
    @FunctionalInterface
    interface Maker {
        Statement make(Said said) throws StatementException;
    }

    private final List<Object> places;
    private final List<Option<?>> options;
    private final boolean needsOption;
    private final Maker maker;

    private Form(List<Object> places, List<Option<?>> options, boolean needsOption, Maker maker) {
        this.places = places;
        this.options = options;
        this.needsOption = needsOption;
        this.maker = maker;
    }

    /// @param places words (String) and arguments ([Argument])
    static Form of(Object... places) {
        return new Form(List.of(places), List.of(), false, null);
    }

    Form options(Option<?>... some) {
        return new Form(places, List.of(some), false, maker);
    }

    /// The same, but at least one must be said.
    Form someOf(Option<?>... some) {
        return new Form(places, List.of(some), true, maker);
    }

    Form makes(Maker made) {
        return new Form(places, options, needsOption, made);
    }

    int length() {
        return places.size();
    }

    Object place(int at) {
        return places.get(at);
    }

    List<Object> places() {
        return places;
    }

    List<Option<?>> options() {
        return options;
    }

    /// Reads options and the end of the line.
    Statement finish(Words words, Said said) throws StatementException {
        Set<String> seen = new HashSet<>();
        if (needsOption && !words.more()) {
            words.take(expectedOptions());
        }
        while (words.more() && !options.isEmpty()) {
            String word = words.take(expectedOptions());
            if (!seen.add(word)) {
                throw new StatementException(
                        "'" + Words.printable(word) + "': said already on this line; expected each option once");
            }
            Option<?> option = options.stream()
                    .filter(candidate -> candidate.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> Words.refused(word, expectedOptions()));
            seen.addAll(option.excludes());
            said.put(option, words);
        }
        words.end();
        return maker.make(said);
    }

    private String expectedOptions() {
        return Words.listed(options.stream().map(Option::word).toList());
    }

    /// As help writes it.
    String synopsis() {
        List<String> parts = new ArrayList<>();
        for (Object place : places) {
            parts.add(place instanceof Argument<?> argument ? argument.placeholder() : (String) place);
        }
        for (Option<?> option : options) {
            parts.add("[" + option.synopsis() + "]");
        }
        return String.join(" ", parts);
    }
}

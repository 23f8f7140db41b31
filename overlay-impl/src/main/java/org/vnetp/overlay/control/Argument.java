package org.vnetp.overlay.control;

import java.util.function.Function;

/// What a statement wants in one place: how it is read, and what help says about it.
///
/// @param placeholder as help writes it, such as `NAME`
/// @param expected    for refusals: "expected " and this
/// @param help        what it means, in a line; empty where that is plain
/// @param reader      reads it from the line
record Argument<T>(String placeholder, String expected, String help, Reader<T> reader) {
    @FunctionalInterface
    interface Reader<T> {
        T read(Words words) throws StatementException;
    }

    static Argument<String> name(String placeholder, String what, int longest, String help) {
        return new Argument<>(placeholder, what, help, words -> words.name(what, longest));
    }

    /// @param what as in refusals; the range is added to it, and to help
    static Argument<Integer> number(String placeholder, String what, int least, int most, String help) {
        return new Argument<>(
                placeholder, Words.expectedNumber(what, least, most), help + " (" + least + ".." + most + ")", words ->
                        (int) words.number(what, least, most));
    }

    static Argument<Long> duration(String placeholder, String what, long leastNs, long mostNs, String help) {
        return new Argument<>(
                placeholder,
                Words.expectedDuration(what, leastNs, mostNs),
                help + " (" + Durations.format(leastNs) + ".." + Durations.format(mostNs) + ")",
                words -> words.duration(what, leastNs, mostNs));
    }

    /// One of the values of an enumeration, in lower case.
    ///
    /// @param help what each means
    static <E extends Enum<E>> Argument<E> oneOf(E[] values, Function<E, String> help) {
        StringBuilder text = new StringBuilder();
        for (E value : values) {
            text.append(text.isEmpty() ? "" : "\n")
                    .append(Words.label(value))
                    .append(": ")
                    .append(help.apply(value));
        }
        StringBuilder choice = new StringBuilder();
        for (E value : values) {
            choice.append(choice.isEmpty() ? "" : "|").append(Words.label(value));
        }
        return new Argument<>(choice.toString(), Words.labels(values), text.toString(), words -> words.oneOf(values));
    }
}

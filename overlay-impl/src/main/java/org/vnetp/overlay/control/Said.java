package org.vnetp.overlay.control;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// What a line said, by the arguments and options of its form.
final class Said {
    private final Map<Object, Object> values = new IdentityHashMap<>();

    <T> void put(Argument<T> argument, Words words) throws StatementException {
        values.put(argument, argument.reader().read(words));
    }

    <T> void put(Option<T> option, Words words) throws StatementException {
        values.put(
                option, option.value() == null ? true : option.value().reader().read(words));
    }

    boolean has(Option<?> option) {
        return values.containsKey(option);
    }

    /// Of an argument: it has been said, or there would be no statement.
    @SuppressWarnings("unchecked") // put keeps key and value together
    <T> T get(Argument<T> argument) {
        return (T) values.get(argument);
    }

    @SuppressWarnings("unchecked") // as above
    <T> Optional<T> get(Option<T> option) {
        return Optional.ofNullable((T) values.get(option));
    }

    OptionalInt number(Option<Integer> option) {
        Optional<Integer> value = get(option);
        return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
    }

    OptionalLong big(Option<Long> option) {
        Optional<Long> value = get(option);
        return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
    }
}

package io.sparkefa.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What values a key can have.
 *
 * @param name for the documentation: size, time, number…
 * @param allowed what is allowed, in words that fit behind "allowed is"
 * @param parser the value of a text, or nothing when it is not allowed
 */
record ValueType<T>(String name, String allowed, Function<String, Optional<T>> parser) {

    static ValueType<Integer> number(int min, int max) {
        return new ValueType<>("number", "a whole number from " + min + " to " + max, text -> {
            try {
                int value = Integer.parseInt(text);
                return value >= min && value <= max ? Optional.of(value) : Optional.empty();
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        });
    }

    /** @param min and max in the syntax of {@link ByteSize} */
    static ValueType<Long> size(String min, String max) {
        long minBytes = ByteSize.parse(min).orElseThrow();
        long maxBytes = ByteSize.parse(max).orElseThrow();
        return new ValueType<>(
                "size",
                "a size from " + min + " to " + max,
                text -> ByteSize.parse(text).filter(bytes -> bytes >= minBytes && bytes <= maxBytes));
    }

    /** @param min and max in the syntax of {@link TimeSpan} */
    static ValueType<Duration> time(String min, String max) {
        Duration shortest = TimeSpan.parse(min).orElseThrow();
        Duration longest = TimeSpan.parse(max).orElseThrow();
        return new ValueType<>(
                "time",
                "a time from " + min + " to " + max,
                text -> TimeSpan.parse(text)
                        .filter(time -> time.compareTo(shortest) >= 0 && time.compareTo(longest) <= 0));
    }

    /** One of the constants, in lower case. */
    static <E extends Enum<E>> ValueType<E> choice(Class<E> constants) {
        E[] all = constants.getEnumConstants();
        String names = Arrays.stream(all).map(ValueType::nameOf).collect(Collectors.joining(", "));
        return new ValueType<>(
                "choice",
                "one of " + names,
                text -> Arrays.stream(all)
                        .filter(constant -> nameOf(constant).equalsIgnoreCase(text))
                        .findFirst());
    }

    static ValueType<String> text(String allowed) {
        return new ValueType<>("text", allowed, text -> text.isEmpty() ? Optional.empty() : Optional.of(text));
    }

    /** The same, or {@code auto}, which is no value. */
    ValueType<Optional<T>> orAuto() {
        return new ValueType<>(name, "auto or " + allowed, text -> {
            if (text.equalsIgnoreCase("auto")) {
                return Optional.of(Optional.empty());
            }
            Optional<T> value = parser.apply(text);
            return value.isPresent() ? Optional.of(value) : Optional.empty();
        });
    }

    private static String nameOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}

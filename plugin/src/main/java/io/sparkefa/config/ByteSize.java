package io.sparkefa.config;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as Spark writes them: {@code 64k}, {@code 512m}, {@code 2g}; powers of 1024, and bytes without a unit. */
final class ByteSize {

    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,19})(?:b|([kmgtp])(?:i?b)?)?");

    private static final String PREFIXES = "kmgtp";

    private ByteSize() {}

    /** The number of bytes, or nothing when the text is no size or more than a long holds. */
    static Optional<Long> parse(String text) {
        Matcher matcher = SYNTAX.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String prefix = matcher.group(2);
        long unitBytes = prefix == null ? 1 : 1L << (10 * (PREFIXES.indexOf(prefix) + 1));
        try {
            return Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), unitBytes));
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            return Optional.empty();
        }
    }
}

package io.sparkefa.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as Spark writes them: {@code 500ms}, {@code 10s}, {@code 5min}; whole milliseconds, also without a unit. */
final class TimeSpan {

    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,18})(us|ms|s|m|min|h|d)?");

    private TimeSpan() {}

    /** The time, or nothing when the text is none. */
    static Optional<Duration> parse(String text) {
        Matcher matcher = SYNTAX.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        return Optional.of(Duration.ofMillis(unit(unit == null ? "ms" : unit).toMillis(amount)));
    }

    private static TimeUnit unit(String name) {
        return switch (name) {
            case "us" -> TimeUnit.MICROSECONDS;
            case "ms" -> TimeUnit.MILLISECONDS;
            case "s" -> TimeUnit.SECONDS;
            case "m", "min" -> TimeUnit.MINUTES;
            case "h" -> TimeUnit.HOURS;
            default -> TimeUnit.DAYS;
        };
    }
}

package io.sparkefa.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** The values of all {@link ShuffleCounter}s of one executor. Thread-safe; increments never wait for each other. */
public final class ShuffleCounters {

    private final Map<ShuffleCounter, LongAdder> values = new EnumMap<>(ShuffleCounter.class);

    public ShuffleCounters() {
        for (ShuffleCounter counter : ShuffleCounter.values()) {
            values.put(counter, new LongAdder());
        }
    }

    public void increment(ShuffleCounter counter) {
        add(counter, 1);
    }

    public void add(ShuffleCounter counter, long amount) {
        value(counter).add(amount);
    }

    public long get(ShuffleCounter counter) {
        return value(counter).sum();
    }

    /** All counters that are not zero, in the order of their declaration, as {@code name=value} separated by blanks. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        values.forEach((counter, value) -> {
            if (value.sum() != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(counter.metricName())
                        .append('=')
                        .append(value.sum());
            }
        });
        return text.toString();
    }

    private LongAdder value(ShuffleCounter counter) {
        return Objects.requireNonNull(values.get(counter));
    }
}

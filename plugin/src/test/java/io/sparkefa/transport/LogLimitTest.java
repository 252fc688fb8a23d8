package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogLimitTest {

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final LogLimit limit = new LogLimit(INTERVAL);
    private final AtomicLong othersTold = new AtomicLong();

    @Test
    void oneLineInAWhile() {
        int lines = 0;
        for (int i = 0; i < 100_000; i++) {
            lines += limit.log(i * 1_000_000L, othersTold::addAndGet) ? 1 : 0;
        }
        assertThat(lines).isEqualTo(10);
        assertThat(othersTold).hasValue(9 * 9_999L);
    }

    @Test
    void theClockMayStartAnywhere() {
        long startNs = Long.MAX_VALUE - 5;
        assertThat(limit.log(startNs, othersTold::set)).isTrue();
        assertThat(limit.log(startNs + 10, othersTold::set)).isFalse();
        assertThat(limit.log(startNs + INTERVAL.toNanos(), othersTold::set)).isTrue();
        assertThat(othersTold).hasValue(1);
    }
}

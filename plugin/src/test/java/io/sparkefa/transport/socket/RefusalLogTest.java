package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** However many knock, the log grows by a line in ten seconds. */
class RefusalLogTest {

    @Test
    void oneLineInAWhile() {
        RefusalLog log = new RefusalLog();
        int lines = 0;
        for (int i = 0; i < 100_000; i++) {
            lines += log.refused("a stranger", "no key", i * 1_000_000L) ? 1 : 0;
        }
        assertThat(lines).isEqualTo(10);
    }

    @Test
    void theClockMayStartAnywhere() {
        RefusalLog log = new RefusalLog();
        long startNs = Long.MAX_VALUE - 5;
        assertThat(log.refused("a stranger", "no key", startNs)).isTrue();
        assertThat(log.refused("a stranger", "no key", startNs + 10)).isFalse();
        assertThat(log.refused("a stranger", "no key", startNs + RefusalLog.INTERVAL_NS))
                .isTrue();
    }
}

package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RebuildAllowanceTest {

    private static final long SECOND_NS = 1_000_000_000L;

    private final RebuildAllowance allowance = new RebuildAllowance();
    /** Clocks may start anywhere. */
    private final long startNs = Long.MAX_VALUE - 5 * SECOND_NS;

    @Test
    void threeTimesInTenMinutesWithAPauseBetweenThem() {
        assertThat(allowance.tryTake(startNs)).isTrue();
        assertThat(allowance.tryTake(startNs + SECOND_NS / 2)).isFalse();
        assertThat(allowance.waitNs(startNs + SECOND_NS / 2)).isEqualTo(SECOND_NS / 2);
        assertThat(allowance.tryTake(startNs + SECOND_NS)).isTrue();
        assertThat(allowance.tryTake(startNs + 2 * SECOND_NS)).isTrue();
        assertThat(allowance.tryTake(startNs + 100 * SECOND_NS)).isFalse();
        long againNs = startNs + Duration.ofMinutes(10).toNanos() + 1;
        assertThat(allowance.tryTake(againNs - 1)).isFalse();
        assertThat(allowance.tryTake(againNs)).isTrue();
        assertThat(allowance.tryTake(againNs)).isFalse();
    }
}

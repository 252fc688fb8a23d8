package io.sparkefa.it.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {

    @Test
    void medians() {
        assertThat(Statistics.median(List.of(3.0))).isEqualTo(3);
        assertThat(Statistics.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Statistics.median(List.of(4.0, 1.0, 2.0, 100.0))).isEqualTo(3);
        assertThatThrownBy(() -> Statistics.median(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void spreadIsHalfTheRange() {
        assertThat(Statistics.spread(List.of(5.0))).isZero();
        assertThat(Statistics.spread(List.of(9.0, 10.0, 11.0))).isEqualTo(0.1, within(1e-9));
        assertThat(Statistics.spread(List.of(0.0, 0.0))).isZero();
    }

    @Test
    void quantiles() {
        long[] samples = LongStream.rangeClosed(1, 1000).map(i -> 1001 - i).toArray();
        assertThat(Statistics.quantile(samples, 0.5)).isEqualTo(500);
        assertThat(Statistics.quantile(samples, 0.99)).isEqualTo(990);
        assertThat(Statistics.quantile(samples, 1)).isEqualTo(1000);
        assertThat(Statistics.quantile(new long[] {7}, 0.01)).isEqualTo(7);
        assertThatThrownBy(() -> Statistics.quantile(samples, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Statistics.quantile(new long[0], 0.5)).isInstanceOf(IllegalArgumentException.class);
    }
}

package io.sparkefa.it.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private static final Offset<Double> TINY = Offset.offset(1e-9);

    @Test
    void aTransfer() {
        Figures figures = Figures.ofTransfer(2_000_000_000, 1_000_000, 500_000_000, 3_000_000_000L);
        assertThat(figures.get(Metric.GB_PER_S).orElseThrow()).isEqualTo(4, TINY);
        assertThat(figures.get(Metric.BLOCKS_PER_S).orElseThrow()).isEqualTo(2e6, TINY);
        assertThat(figures.get(Metric.CPU_S_PER_GB).orElseThrow()).isEqualTo(1.5, TINY);
        assertThat(figures.get(Metric.CPU_US_PER_BLOCK).orElseThrow()).isEqualTo(3, TINY);
        assertThat(figures.get(Metric.P50_MS)).isEmpty();
    }

    @Test
    void timesBecomeQuantiles() {
        Figures figures = Figures.NONE.withTimes(new long[] {3_000_000, 1_000_000, 2_000_000});
        assertThat(figures.get(Metric.P50_MS).orElseThrow()).isEqualTo(2, TINY);
        assertThat(figures.get(Metric.P99_MS).orElseThrow()).isEqualTo(3, TINY);
        assertThat(Figures.NONE.all()).isEmpty();
        assertThat(Figures.NONE.withTimes(new long[0]).all()).isEmpty();
    }
}

package io.sparkefa.it.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProcessCpuTest {

    @Test
    void addsUserAndSystemTime() {
        assertThat(ProcessCpu.ticks("1 (java) S 0 1 1 0 -1 4194560 1 2 3 4 250 17 9 9 20 0 1 0 5 6 7"))
                .isEqualTo(267);
    }

    @Test
    void namesMayHoldAnything() {
        assertThat(ProcessCpu.ticks("1 (a) b (c 1 2) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 9 9 20"))
                .isEqualTo(11);
    }

    @Test
    void countsThisProcess() throws IOException {
        long self = ProcessHandle.current().pid();
        long before = ProcessCpu.ns(self);
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (ProcessCpu.ns(self) == before) {
            assertThat(System.nanoTime())
                    .as("time at which this loop has used 10 ms")
                    .isLessThan(deadlineNs);
        }
        assertThat(ProcessCpu.ns(self, self)).isGreaterThanOrEqualTo(2 * before);
    }

    @Test
    void complainsOfProcessesThatAreGone() {
        // Linux gives no higher number than 4194304.
        assertThatThrownBy(() -> ProcessCpu.ns(99_999_999)).isInstanceOf(IOException.class);
    }
}

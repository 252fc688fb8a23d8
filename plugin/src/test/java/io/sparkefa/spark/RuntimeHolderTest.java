package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RuntimeHolderTest {

    @Test
    void doesNotTryAgainWhatCannotBeStarted() {
        AtomicInteger starts = new AtomicInteger();
        RuntimeHolder holder = new RuntimeHolder(() -> {
            starts.incrementAndGet();
            throw new IOException("cannot listen on 127.0.0.1:80");
        });

        assertThat(holder.ifStarted()).isEmpty();
        assertThat(starts).hasValue(0);
        assertThat(holder.get()).isEmpty();
        assertThat(holder.get()).isEmpty();
        assertThat(starts).hasValue(1);
        holder.stop();
        holder.stop();
    }

    @Test
    void startsNothingOnceItWasStopped() {
        RuntimeHolder holder = new RuntimeHolder(() -> {
            throw new AssertionError("started");
        });
        holder.stop();

        assertThat(holder.get()).isEmpty();
    }
}

package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    void refusesEveryTimeWhenEfaIsRequired() {
        AtomicInteger starts = new AtomicInteger();
        RuntimeHolder holder = new RuntimeHolder(() -> {
            starts.incrementAndGet();
            throw new EfaUnavailableException("spark.shuffle.efa.transport is efa, but there is no NIC");
        });

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(holder::start).isInstanceOf(EfaUnavailableException.class);
            assertThatThrownBy(holder::get).hasMessageContaining("no NIC");
        }
        assertThat(starts).hasValue(1);
        assertThat(holder.ifStarted()).isEmpty();
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

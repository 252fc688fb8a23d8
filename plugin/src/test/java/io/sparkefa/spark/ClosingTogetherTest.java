package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClosingTogetherTest {

    private final ClosingTogether parts = new ClosingTogether();
    private final AtomicInteger closed = new AtomicInteger();

    @Test
    void closesAllAtTheSameTime() {
        CyclicBarrier closing = new CyclicBarrier(3);
        for (int part = 0; part < 3; part++) {
            parts.add(() -> {
                closing.await(20, TimeUnit.SECONDS);
                closed.incrementAndGet();
            });
        }
        parts.close();
        assertThat(closed).hasValue(3);
    }

    @Test
    void waitsAlsoWhenInterrupted() {
        parts.add(closed::incrementAndGet);
        Thread.currentThread().interrupt();
        parts.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(closed).hasValue(1);
    }

    @Test
    void closesTheOthersWhenOneFails() {
        parts.add(() -> {
            throw new IllegalStateException("fails on purpose");
        });
        parts.add(closed::incrementAndGet);
        parts.close();
        parts.close();
        assertThat(closed).hasValue(1);
    }
}

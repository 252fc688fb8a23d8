package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rail that sleeps for long is woken at once, whatever the moment. */
@Timeout(60)
class RailWaitingTest {

    private static final int ROUNDS = 300;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noWakeUpIsLost(boolean blocking) throws IOException, InterruptedException {
        FakeFabric fabric = new FakeFabric(7);
        fabric.change(behaviour -> behaviour.blocking = blocking);
        Libfabric libfabric = fabric.host("host", 1);
        try (TestRail rail = new TestRail(libfabric, TestRail.settings("efa"))) {
            long slowNs = 0;
            int slowRounds = 0;
            for (int round = 0; round < ROUNDS; round++) {
                // Into any of its ways to wait.
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(round * 10L % 2000));
                // As if it had been idle for long: it sleeps as long as it ever does.
                rail.aheadNs.addAndGet(TimeUnit.SECONDS.toNanos(100));
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(round * 7L % 500));
                CountDownLatch latch = new CountDownLatch(1);
                long startNs = System.nanoTime();
                rail.rail.execute(latch::countDown);
                assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
                long tookNs = System.nanoTime() - startNs;
                slowNs = Math.max(slowNs, tookNs);
                slowRounds += tookNs > TimeUnit.MILLISECONDS.toNanos(15) ? 1 : 0;
            }
            // One that is lost costs 150 ms, or 50; a busy machine takes so long now and then too.
            assertThat(slowRounds)
                    .as("slow rounds, the slowest took " + slowNs + " ns")
                    .isLessThan(ROUNDS / 10);
        }
        fabric.verifyAllClosed();
    }
}

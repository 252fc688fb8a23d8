package io.sparkefa.it.app;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting with an end. */
public final class Await {
    private static final long POLL_MS = 20;

    private Await() {}

    /**
     * Returns when the condition holds.
     *
     * @throws IllegalStateException when it did not hold in time; the message says what was awaited
     */
    public static void until(Supplier<String> what, Duration limit, BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > limit.toNanos()) {
                throw new IllegalStateException("waited " + limit.toSeconds() + " s for " + what.get());
            }
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + what.get(), e);
            }
        }
    }
}

package io.sparkefa.transport;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what other threads do, with a deadline. */
public final class Await {

    private static final long DEADLINE_NS = 20_000_000_000L;

    private Await() {}

    public static void until(String what, BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > DEADLINE_NS) {
                throw new AssertionError("not so after " + DEADLINE_NS / 1_000_000_000 + " s: " + what);
            }
            LockSupport.parkNanos(500_000);
        }
    }
}

package io.sparkefa.buffer;

/**
 * Keeps a pool from asking for memory that was refused a moment ago: a refused allocation of direct memory has cost a full
 * garbage collection, and the thread that asked up to a second. Lasts until an allocation has succeeded, which is tried from
 * {@link BufferPool#trim} after a number of calls that doubles with each failure in a row. Guarded by the pool's lock.
 */
final class GrowthPause {

    private static final int MAX_TRIMS = 16;

    private boolean on;
    private int remainingTrims;
    private int nextTrims = 1;

    boolean isOn() {
        return on;
    }

    void onAllocated() {
        on = false;
        nextTrims = 1;
    }

    void onAllocationFailed() {
        on = true;
        remainingTrims = nextTrims;
        nextTrims = Math.min(MAX_TRIMS, 2 * nextTrims);
    }

    /** Whether to try again now. */
    boolean isDueAtTrim() {
        return on && --remainingTrims <= 0;
    }
}

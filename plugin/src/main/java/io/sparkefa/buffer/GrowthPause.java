package io.sparkefa.buffer;

/**
 * Keeps a pool from asking for memory that was refused a moment ago: a refused allocation of direct memory has cost a full
 * garbage collection. Counted in calls of {@link BufferPool#trim}, twice as long after each failure in a row. Guarded by the
 * pool's lock.
 */
final class GrowthPause {

    private static final int MAX_TRIMS = 64;

    private int remainingTrims;
    private int nextTrims = 1;

    boolean isOn() {
        return remainingTrims > 0;
    }

    void onAllocated() {
        nextTrims = 1;
    }

    void onAllocationFailed() {
        remainingTrims = nextTrims;
        nextTrims = Math.min(MAX_TRIMS, 2 * nextTrims);
    }

    void onTrim() {
        remainingTrims = Math.max(0, remainingTrims - 1);
    }
}

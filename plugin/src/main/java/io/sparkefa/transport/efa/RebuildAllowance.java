package io.sparkefa.transport.efa;

import java.util.ArrayDeque;
import java.util.Deque;

/** How often a rail may be opened again: a few times in a while, so that one which breaks at once stays down. Not thread-safe. */
final class RebuildAllowance {

    private static final int MAX_REBUILDS = 3;
    private static final long WINDOW_NS = 600_000_000_000L;

    /** Between a failed attempt and the next. */
    private static final long PAUSE_NS = 1_000_000_000L;

    private final Deque<Long> rebuiltNs = new ArrayDeque<>();

    /** Whether it may be tried now; counts the attempt. */
    boolean tryTake(long nowNs) {
        if (waitNs(nowNs) > 0) {
            return false;
        }
        rebuiltNs.add(nowNs);
        return true;
    }

    /** After how long it may be tried again; 0 for now. */
    long waitNs(long nowNs) {
        while (!rebuiltNs.isEmpty() && nowNs - rebuiltNs.peek() > WINDOW_NS) {
            rebuiltNs.remove();
        }
        if (rebuiltNs.isEmpty()) {
            return 0;
        }
        long pauseNs = PAUSE_NS - (nowNs - rebuiltNs.getLast());
        long windowNs = rebuiltNs.size() < MAX_REBUILDS ? 0 : WINDOW_NS + 1 - (nowNs - rebuiltNs.getFirst());
        return Math.max(0, Math.max(pauseNs, windowNs));
    }
}

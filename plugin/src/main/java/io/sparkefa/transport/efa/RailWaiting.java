package io.sparkefa.transport.efa;

import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Completions;
import io.sparkefa.fabric.FabricException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a rail does while it has nothing to do: it polls without a pause for a moment, then gives way to other threads, then
 * sleeps, longer and longer the longer nothing has happened. Where the provider can, it sleeps in {@code fi_cq_sread} and a
 * completion wakes it; elsewhere it has to look.
 *
 * <p>{@link #wake} may be called by any thread; all else by the rail's. No wake-up is lost: the state says that the rail sleeps
 * before it looks for tasks the last time, and whoever has added a task looks at the state after that.
 */
final class RailWaiting {

    private static final Logger LOG = LoggerFactory.getLogger(RailWaiting.class);

    /** How many times as long as polling without a pause, giving way to other threads goes on. */
    private static final int YIELD_TIMES = 10;

    /** A pause is this part of the time since something happened: what waits is late by an eighth at most… */
    private static final int PAUSE_PART = 8;

    /** … until pauses are this part of the longest; then they grow more slowly. An hour of silence is no hurry. */
    private static final int LONG_PAUSE_PART = 30;

    private static final int LONG_IDLE_PAUSE_PART = 64;

    /** While peers read here, where libfabric emulates that: it takes rails that poll, also one that has no session. */
    private static final long LONGEST_NEEDED_PAUSE_NS = 5_000_000;

    /** Likewise while operations of ours are in flight, or wait for a provider that has no room. */
    private static final int OWED_PAUSE_PART = 64;

    /** About the slack of Linux's timers: there is no use in sleeping shorter. */
    private static final long SHORTEST_PAUSE_NS = 50_000;

    private static final long LONGEST_OWED_PAUSE_NS = 1_000_000;

    /** In {@code fi_cq_sread}, in which some providers do not see to their timers. */
    private static final int LONGEST_BLOCK_MS = 50;

    private static final int AWAKE = 0;
    private static final int PARKED = 1;
    private static final int BLOCKED = 2;
    /** Another thread is about to signal the completion queue, which must stay open until it has done so. */
    private static final int SIGNALLING = 3;

    private final long spinNs;
    private final long maxParkNs;
    private final Thread thread;
    private final BooleanSupplier hasTasks;
    private final BooleanSupplier servesReads;
    private final AtomicInteger state = new AtomicInteger(AWAKE);
    /** Set before {@link #BLOCKED}. */
    private volatile @Nullable CompletionQueue blockedOn;

    /**
     * @param hasTasks whether there is something to do for other threads
     * @param servesReads whether peers' remote reads wait for this rail
     */
    RailWaiting(EfaSettings settings, Thread thread, BooleanSupplier hasTasks, BooleanSupplier servesReads) {
        this.spinNs = settings.waiting().spin().toNanos();
        this.maxParkNs = settings.waiting().maxPark().toNanos();
        this.thread = thread;
        this.hasTasks = hasTasks;
        this.servesReads = servesReads;
    }

    /**
     * Waits, without a completion queue to look at.
     *
     * @param idleNs since when nothing has happened
     */
    void await(long idleNs) {
        park(idlePauseNs(idleNs));
    }

    /**
     * Waits.
     *
     * @param idleNs since when nothing has happened
     * @param owed whether the provider owes us something
     * @return as {@link CompletionQueue#read}: what it found meanwhile, if it has blocked
     */
    // Giving way is a courtesy to threads that share our core; nothing relies on it.
    @SuppressWarnings("ThreadPriorityCheck")
    int await(CompletionQueue completions, Completions entries, long idleNs, boolean owed) throws FabricException {
        if (idleNs < spinNs) {
            Thread.onSpinWait();
            return 0;
        }
        if (idleNs < spinNs * (1 + YIELD_TIMES)) {
            Thread.yield();
            return 0;
        }
        if (completions.canBlock()) {
            return block(completions, entries, owed ? 1 : LONGEST_BLOCK_MS);
        }
        park(owed ? Math.min(LONGEST_OWED_PAUSE_NS, idleNs / OWED_PAUSE_PART) : idlePauseNs(idleNs));
        return 0;
    }

    private long idlePauseNs(long idleNs) {
        long longestNs = servesReads.getAsBoolean() ? Math.min(maxParkNs, LONGEST_NEEDED_PAUSE_NS) : maxParkNs;
        return Math.max(
                Math.min(maxParkNs / LONG_PAUSE_PART, idleNs / PAUSE_PART),
                Math.min(longestNs, idleNs / LONG_IDLE_PAUSE_PART));
    }

    /** To be called after a task has been added. */
    void wake() {
        int seen = state.get();
        if (seen == PARKED && state.compareAndSet(PARKED, AWAKE)) {
            LockSupport.unpark(thread);
        } else if (seen == BLOCKED && state.compareAndSet(BLOCKED, SIGNALLING)) {
            try {
                CompletionQueue completions = blockedOn;
                if (completions != null) {
                    completions.signal();
                }
            } catch (FabricException e) {
                LOG.debug("a rail could not be woken and goes on when its time is up", e);
            } finally {
                state.set(AWAKE);
            }
        }
    }

    private void park(long pauseNs) {
        state.set(PARKED);
        if (!hasTasks.getAsBoolean()) {
            LockSupport.parkNanos(this, Math.max(SHORTEST_PAUSE_NS, pauseNs));
            // Nobody interrupts a rail to tell it something, and with the flag set it could not sleep again.
            Thread.interrupted();
        }
        state.set(AWAKE);
    }

    private int block(CompletionQueue completions, Completions entries, int timeoutMs) throws FabricException {
        blockedOn = completions;
        state.set(BLOCKED);
        try {
            return hasTasks.getAsBoolean() ? 0 : completions.await(entries, timeoutMs);
        } finally {
            if (!state.compareAndSet(BLOCKED, AWAKE)) {
                while (state.get() != AWAKE) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}

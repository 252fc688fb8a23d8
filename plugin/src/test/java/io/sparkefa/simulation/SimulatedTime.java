package io.sparkefa.simulation;

import io.sparkefa.transport.faulty.Timeline;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** A clock, and all that is to happen at what time. Confined to the simulation's thread. */
final class SimulatedTime implements Timeline, LongSupplier {

    private record Event(long atNs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Consumer<Throwable> onFailure;
    private long nowNs;
    private long eventCount;

    /** @param onFailure told of what an event throws; the others happen nevertheless */
    SimulatedTime(Consumer<Throwable> onFailure) {
        this.onFailure = onFailure;
    }

    @Override
    public long getAsLong() {
        return nowNs;
    }

    @Override
    public void after(long delayNs, Runnable action) {
        events.add(new Event(nowNs + delayNs, eventCount++, action));
    }

    /** An executor that runs each task a little later, up to so much. */
    Executor executor(RandomGenerator random, long maxDelayNs) {
        return task -> after(random.nextLong(maxDelayNs + 1), task);
    }

    /** Something that is done again and again, until it is stopped. */
    final class Timer {
        private final long periodNs;
        private final Runnable action;
        private boolean stopped;

        private Timer(long periodNs, Runnable action) {
            this.periodNs = periodNs;
            this.action = action;
            after(periodNs, this::fire);
        }

        private void fire() {
            if (!stopped) {
                after(periodNs, this::fire);
                action.run();
            }
        }

        void stop() {
            stopped = true;
        }
    }

    Timer every(long periodNs, Runnable action) {
        return new Timer(periodNs, action);
    }

    /** Lets time pass until the condition holds, or so much has passed, or nothing is left to happen. Whether it holds. */
    boolean runUntil(BooleanSupplier condition, long maxNs) {
        long endNs = nowNs + maxNs;
        while (!condition.getAsBoolean()) {
            Event next = events.peek();
            if (next == null || next.atNs > endNs) {
                return false;
            }
            events.poll();
            nowNs = next.atNs;
            try {
                next.action.run();
            } catch (RuntimeException | Error e) {
                onFailure.accept(e);
            }
        }
        return true;
    }

    void run(long durationNs) {
        long endNs = nowNs + durationNs;
        runUntil(() -> false, durationNs);
        nowNs = endNs;
    }

    boolean isOver() {
        return events.isEmpty();
    }

    /** Events that there have been and will be. */
    long eventCount() {
        return eventCount;
    }
}

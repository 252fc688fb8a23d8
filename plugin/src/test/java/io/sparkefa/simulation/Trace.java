package io.sparkefa.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;

/** What happened in a run: the last of it as text, and all of it as a number that two equal runs have in common. */
final class Trace {

    private static final int KEPT = 80;

    private record Entry(long atNs, String what, long first, long second, long third) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%12.6f s  %s %d %d %d", atNs / 1e9, what, first, second, third);
        }
    }

    private final LongSupplier nanoClock;
    private final Deque<Entry> last = new ArrayDeque<>();
    private long hash;

    Trace(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** @param what a constant, which says what the numbers are */
    void note(String what, long first, long second, long third) {
        long atNs = nanoClock.getAsLong();
        for (long part : new long[] {atNs, what.hashCode(), first, second, third}) {
            hash = (hash ^ part) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        if (last.size() == KEPT) {
            last.poll();
        }
        last.add(new Entry(atNs, what, first, second, third));
    }

    long hash() {
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        last.forEach(entry -> text.append(entry).append('\n'));
        return text.toString();
    }
}

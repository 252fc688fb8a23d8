package io.sparkefa.transport;

import java.time.Duration;
import java.util.function.LongConsumer;

/** Keeps a line that somebody else can provoke from filling the log: there is one in so much time. Thread-safe. */
public final class LogLimit {

    private final long intervalNs;

    // ---- guarded by this
    private boolean said;
    private long lastSaidNs;
    private long unsaid;

    public LogLimit(Duration interval) {
        this.intervalNs = interval.toNanos();
    }

    /**
     * Something happened that is worth a line.
     *
     * @param nowNs on a clock that may begin anywhere
     * @param line writes it, unless there was one a short while ago; told how many were not written since then
     * @return whether it was written
     */
    public boolean log(long nowNs, LongConsumer line) {
        long others;
        synchronized (this) {
            if (said && nowNs - lastSaidNs < intervalNs) {
                unsaid++;
                return false;
            }
            said = true;
            lastSaidNs = nowNs;
            others = unsaid;
            unsaid = 0;
        }
        line.accept(others);
        return true;
    }
}

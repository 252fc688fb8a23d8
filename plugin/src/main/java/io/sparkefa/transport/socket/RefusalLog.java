package io.sparkefa.transport.socket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says who was turned away, once in a while and with how many others: whoever knocks must not be able to fill the log. Thread-safe.
 */
final class RefusalLog {

    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

    /** One line in so much time. */
    static final long INTERVAL_NS = 10_000_000_000L;

    // ---- guarded by this
    private boolean said;
    private long lastSaidNs;
    private long unsaid;

    /** Returns whether this one was worth a line. */
    boolean refused(String peer, String why, long nowNs) {
        long others;
        synchronized (this) {
            if (said && nowNs - lastSaidNs < INTERVAL_NS) {
                unsaid++;
                return false;
            }
            said = true;
            lastSaidNs = nowNs;
            others = unsaid;
            unsaid = 0;
        }
        LOG.info("sockets: refused a flow from {}: {}{}", peer, why, others == 0 ? "" : "; and " + others + " others");
        return true;
    }
}

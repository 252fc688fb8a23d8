package io.sparkefa.spark;

import java.util.HashSet;
import java.util.Set;

/** How often a peer has failed, and what follows from it. Not thread-safe: guarded by the peer's lock. */
final class FailureHistory {

    private final PeerSettings settings;
    private final Set<String> warnedCauses = new HashSet<>();
    private int failureCount;
    private boolean demoted;
    private boolean open;
    private long openedNs;

    FailureHistory(PeerSettings settings) {
        this.settings = settings;
    }

    /**
     * A session is open.
     *
     * @return whether the peer had been left to Spark's own client before
     */
    boolean onOpened(long nowNs) {
        boolean restored = demoted;
        demoted = false;
        open = true;
        openedNs = nowNs;
        return restored;
    }

    /**
     * The peer has failed. Failures that come soon after one another make it be avoided for longer each time; a session that
     * lasted for long clears the account.
     *
     * @return for how long the peer is to be avoided
     */
    long onFailed(long nowNs) {
        boolean wasStable = open && nowNs - openedNs >= settings.maxRetryNs();
        failureCount = wasStable ? 1 : failureCount + 1;
        open = false;
        demoted = true;
        return settings.retryNs(failureCount);
    }

    /** Whether this is the first failure of its kind, which is worth a warning. */
    boolean isNew(String cause) {
        return warnedCauses.add(cause);
    }
}

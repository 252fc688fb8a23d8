package io.sparkefa.spark;

import java.util.HashSet;
import java.util.Set;

/** How often a transport to a peer has failed, and what follows from it. Not thread-safe: guarded by the peer's lock. */
final class FailureHistory {

    private final PeerSettings settings;
    private final Set<String> warnedCauses = new HashSet<>();
    private int failureCount;
    private boolean failing;
    private boolean open;
    private long openedNs;

    FailureHistory(PeerSettings settings) {
        this.settings = settings;
    }

    /**
     * A session is open.
     *
     * @return whether the transport had failed since it last worked
     */
    boolean onOpened(long nowNs) {
        boolean restored = failing;
        failing = false;
        open = true;
        openedNs = nowNs;
        return restored;
    }

    /**
     * The transport has failed. Failures that come soon after one another make it be left alone for longer each time; a
     * session that lasted for long clears the account.
     *
     * @return for how long it is to be left alone
     */
    long onFailed(long nowNs) {
        boolean wasStable = open && nowNs - openedNs >= settings.maxRetryNs();
        failureCount = wasStable ? 1 : failureCount + 1;
        open = false;
        failing = true;
        return settings.retryNs(failureCount);
    }

    /** Counts as failing from now on, without a failure. */
    void setFailing() {
        failing = true;
    }

    /** Whether it has failed since it last worked. */
    boolean isFailing() {
        return failing;
    }

    /** Whether this is the first failure of its kind, which is worth a warning. */
    boolean isNew(String cause) {
        return warnedCauses.add(cause);
    }
}

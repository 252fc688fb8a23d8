package io.sparkefa.transfer;

import io.sparkefa.transfer.FetchException.Reason;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How long a fetch has waited, and whether that is too long: for receive memory, or for anything to arrive. Guarded by the
 * lock of the fetch that owns it.
 */
final class FetchPatience {

    private final FetchResources resources;
    private long lastProgressNs;
    private boolean waitingForMemory;

    FetchPatience(FetchResources resources) {
        this.resources = resources;
        onProgress();
    }

    /** Something came of the fetch just now. */
    void onProgress() {
        lastProgressNs = resources.nanoClock().getAsLong();
    }

    void onMemoryAsked() {
        waitingForMemory = true;
        onProgress();
    }

    void onMemoryGranted() {
        waitingForMemory = false;
        onProgress();
    }

    boolean isWaitingForMemory() {
        return waitingForMemory;
    }

    /** Why the fetch must end now, if it must. */
    Optional<FetchException> exhausted(long nowNs) {
        long waitedNs = nowNs - lastProgressNs;
        long waitedMs = TimeUnit.NANOSECONDS.toMillis(waitedNs);
        if (waitingForMemory && waitedNs > resources.settings().memoryWaitNs()) {
            return Optional.of(new FetchException(Reason.NO_MEMORY, "no receive memory within " + waitedMs + " ms"));
        }
        if (waitedNs > resources.settings().requestTimeoutNs()) {
            return Optional.of(new FetchException(Reason.TIMEOUT, "nothing arrived for " + waitedMs + " ms"));
        }
        return Optional.empty();
    }
}

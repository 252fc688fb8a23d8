package io.sparkefa.spark;

/**
 * How long peers are looked for, kept and avoided.
 *
 * @param connectTimeoutNs how long a request waits for a peer that is being found, and how long a session may take to open
 * @param cardTimeoutNs how long to wait for a card, which Spark's own client retries at its leisure
 * @param idleTimeoutNs after which an unused session is closed
 * @param minRetryNs how long a peer is left to Spark's own client after it failed for the first time; doubled each time
 * @param maxRetryNs how long at most
 */
record PeerSettings(long connectTimeoutNs, long cardTimeoutNs, long idleTimeoutNs, long minRetryNs, long maxRetryNs) {

    /** How long a peer is avoided after it has failed so many times without working for long in between. */
    long retryNs(int failureCount) {
        int doublings = Math.min(failureCount - 1, Long.numberOfLeadingZeros(minRetryNs) - 2);
        return Math.min(minRetryNs << doublings, maxRetryNs);
    }
}

package io.sparkefa.spark;

/**
 * How long peers are looked for, kept and avoided.
 *
 * @param connectTimeoutNs how long requests wait for a card, and how long a session may take to open
 * @param cardTimeoutNs how long to wait for a card, which Spark's own client retries at its leisure
 * @param idleTimeoutNs after which an unused session is closed
 * @param minRetryNs how long a transport to a peer is left alone after it failed for the first time; doubled each time
 * @param maxRetryNs how long at most
 */
record PeerSettings(long connectTimeoutNs, long cardTimeoutNs, long idleTimeoutNs, long minRetryNs, long maxRetryNs) {

    /** How long a transport is left alone after it has failed so many times without working for long in between. */
    long retryNs(int failureCount) {
        int doublings = Math.min(failureCount - 1, Long.numberOfLeadingZeros(minRetryNs) - 2);
        return Math.min(minRetryNs << doublings, maxRetryNs);
    }
}

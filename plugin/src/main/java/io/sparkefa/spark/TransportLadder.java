package io.sparkefa.spark;

import java.util.List;
import java.util.stream.Stream;

/**
 * The transports over which a peer may be reached, the best first, and which of them are left alone for a while because they
 * failed. Below the last is Spark's own client. Not thread-safe: guarded by the peer's lock.
 */
final class TransportLadder {

    private static final class Rung {
        final String transport;
        final FailureHistory failures;
        long retryAtNs;

        Rung(String transport, PeerSettings settings) {
            this.transport = transport;
            this.failures = new FailureHistory(settings);
        }

        boolean isSound() {
            return !failures.isFailing();
        }

        boolean isDue(long nowNs) {
            return failures.isFailing() && nowNs - retryAtNs >= 0;
        }
    }

    private final List<Rung> rungs;
    private String lastFailure = "this executor has no transport";

    /** @param transports their names, the preferred one first */
    TransportLadder(List<String> transports, PeerSettings settings) {
        rungs = transports.stream().map(name -> new Rung(name, settings)).toList();
    }

    /** The transports that have not failed since they last worked: those worth waiting for. */
    List<String> sound() {
        return names(rungs.stream().filter(Rung::isSound));
    }

    /** The transports that failed, and have been left alone for long enough. */
    List<String> due(long nowNs) {
        return names(rungs.stream().filter(rung -> rung.isDue(nowNs)));
    }

    /** The transports better than this one that are worth a try. */
    List<String> betterThan(String transport, long nowNs) {
        return names(rungs.stream()
                .takeWhile(rung -> !rung.transport.equals(transport))
                .filter(rung -> rung.isSound() || rung.isDue(nowNs)));
    }

    /**
     * These transports have failed, or what is needed for all of them.
     *
     * @param reason for those who are sent away for it
     * @return for how long they are left alone
     */
    long onFailed(List<String> transports, String reason, long nowNs) {
        lastFailure = reason;
        long longestNs = 0;
        for (Rung rung : rungs) {
            if (transports.contains(rung.transport)) {
                long retryNs = rung.failures.onFailed(nowNs);
                rung.retryAtNs = nowNs + retryNs;
                longestNs = Math.max(longestNs, retryNs);
            }
        }
        return longestNs;
    }

    /** The peer is not to be looked for until then, which is no fault of its transports. */
    void leaveAlone(String reason, long untilNs) {
        lastFailure = reason;
        for (Rung rung : rungs) {
            rung.failures.setFailing();
            rung.retryAtNs = untilNs;
        }
    }

    /**
     * A session over this transport is open.
     *
     * @return whether the transport had been left alone before
     */
    boolean onOpened(String transport, long nowNs) {
        return rungs.stream()
                .filter(rung -> rung.transport.equals(transport))
                .anyMatch(rung -> rung.failures.onOpened(nowNs));
    }

    /** Whether this is the first failure of its kind of any of these transports, which is worth a warning. */
    boolean isNew(List<String> transports, String cause) {
        return rungs.stream()
                        .filter(rung -> transports.contains(rung.transport) && rung.failures.isNew(cause))
                        .count()
                > 0;
    }

    /** Why the last transport that failed did. */
    String lastFailure() {
        return lastFailure;
    }

    private static List<String> names(Stream<Rung> some) {
        return some.map(rung -> rung.transport).toList();
    }
}

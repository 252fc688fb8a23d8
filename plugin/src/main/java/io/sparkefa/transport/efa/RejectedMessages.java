package io.sparkefa.transport.efa;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.SealException;
import io.sparkefa.transport.LogLimit;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that no session of this executor's can have been sent: forged, replayed, truncated, or for a session that is over.
 * Each costs its reading and is counted; the log hears of some, since whoever sends them must not be able to fill it. Confined
 * to its rail's thread.
 */
final class RejectedMessages {

    private static final Logger LOG = LoggerFactory.getLogger(RejectedMessages.class);

    private final ShuffleCounters counters;
    private final LongSupplier nanoClock;
    private final LogLimit limit = new LogLimit(Duration.ofSeconds(60));

    RejectedMessages(ShuffleCounters counters, LongSupplier nanoClock) {
        this.counters = counters;
        this.nanoClock = nanoClock;
    }

    /** For a session that is not (any more) here, as stragglers are: nothing to warn of. */
    void addStray(int lengthBytes) {
        counters.increment(ShuffleCounter.FRAMES_REJECTED);
        LOG.debug("A message of {} bytes is for no session", lengthBytes);
    }

    /** To a session, and not from its peer. */
    void addForged(Session to, long number, SealException why) {
        counters.increment(ShuffleCounter.FRAMES_REJECTED);
        warn("message " + number + " to the session with " + to.peerName(), why);
    }

    /** To open a session, or to say how that went, and not from who may. */
    void addHandshake(RecordException why) {
        counters.increment(ShuffleCounter.SESSIONS_REFUSED);
        warn("a message that would open a session", why);
    }

    private void warn(String what, Exception why) {
        limit.log(
                nanoClock.getAsLong(),
                others -> LOG.warn(
                        "EFA: {} was rejected: {}; and {} others (somebody who is not an executor of this application may be"
                                + " sending)",
                        what,
                        why.getMessage(),
                        others));
    }
}

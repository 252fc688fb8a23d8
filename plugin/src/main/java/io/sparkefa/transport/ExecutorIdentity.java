package io.sparkefa.transport;

import java.util.UUID;

/**
 * Which executor this is, and which life of it. Immutable.
 *
 * @param executorId Spark's id
 * @param incarnation random, new with each start of the executor's server
 */
public record ExecutorIdentity(String executorId, UUID incarnation) {

    /** The longest id that is read off the wire, in bytes of UTF-8. Spark's are far shorter. */
    public static final int MAX_ID_BYTES = 1024;

    /** An executor that has just begun to live. */
    public static ExecutorIdentity newborn(String executorId) {
        return new ExecutorIdentity(executorId, UUID.randomUUID());
    }

    /** Fit for a log, whatever the id has in it. */
    @Override
    public String toString() {
        return "executor " + executorId.replaceAll("\\p{Cntrl}", " ");
    }
}

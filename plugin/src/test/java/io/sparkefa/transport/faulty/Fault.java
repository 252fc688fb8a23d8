package io.sparkefa.transport.faulty;

/**
 * What can go wrong, and what the reader is told of it. The transport interface allows loss, delay and failure as long as
 * they are told in time, and that much a reader must turn into a right answer or a failure. It allows neither messages that
 * come twice nor any that were changed: a transport that seals its messages notices both. What must survive them anyway is
 * tested with plans that are not {@link FaultPlan#sealed}.
 */
public enum Fault {
    /** The session is not opened, and the reader is told so. */
    CONNECT_REFUSED,
    /** The session is opened later. */
    CONNECT_LATE,
    /** The peer does not answer; after the stall time the reader is told that it is gone. */
    CONNECT_STALLED,
    /** The peer dies, or the session's last flow breaks, while a message is under way, and the reader is told. */
    CONNECTION_LOST,

    /** A message is lost, as by a flow that broke or a send that failed, and the reader is told that messages were. */
    MESSAGE_DROPPED,
    /** A message arrives later than those that were sent after it. */
    MESSAGE_DELAYED,
    /** A message waits until the next one has overtaken it. */
    MESSAGE_REORDERED,
    /** A message comes twice. Where messages are sealed, the second one is ignored. */
    MESSAGE_DUPLICATED,
    /** A message comes without its end. Where messages are sealed, that ends the session. */
    MESSAGE_TRUNCATED,
    /** Some bits of a message have changed. Where messages are sealed, that ends the session. */
    MESSAGE_CORRUPTED,
    /** A message never arrives; after the stall time the transport notices, and the session ends. */
    MESSAGE_STALLED,

    /** A read completes with an error. */
    READ_FAILED,
    /** A read begins or completes later. */
    READ_DELAYED,
    /** A read never begins; it fails after the stall time. */
    READ_STALLED,
    /** A read completes although its last bytes are not there. */
    READ_TRUNCATED,
    /** Some bits of what was read have changed. */
    READ_CORRUPTED,

    /** Memory cannot be had or registered: the {@link FaultySlabs} throw. */
    SLAB_REFUSED,

    /**
     * Nothing gets to a peer or from it for a while. Sessions for which that takes longer than the stall time end; others go on,
     * told that messages were lost.
     */
    PEER_CUT_OFF;

    /** Whether bytes that no checksum covers may be wrong after it, where messages are not sealed. */
    boolean changesMessages() {
        return this == MESSAGE_TRUNCATED || this == MESSAGE_CORRUPTED;
    }

    /** Whether bytes that were read may be wrong after it. */
    boolean changesReads() {
        return this == READ_TRUNCATED || this == READ_CORRUPTED;
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.transport.TransportException;

/**
 * How an operation of a {@link Rail} failed.
 *
 * @param cause names the operation, its size, the rail and the provider's words; not the peer, which the rail does not know
 *     by name
 */
record RailFailure(Kind kind, TransportException cause) {

    /** What it means for the operation's peer, and for its memory. */
    enum Kind {
        /** The peer does not, or no longer, let us read there. Both ends are well. */
        BAD_KEY,
        /** The peer's endpoint, process or host is gone. */
        PEER_GONE,
        /** Nothing ever came back from the peer's host: most likely a security group. */
        UNREACHABLE,
        /** Our endpoint broke, or was closed. */
        RAIL_DOWN,
        /**
         * Our endpoint broke and could not even be closed. The NIC may write into the operation's memory for as long as this
         * process lives: it must never be used or freed again.
         */
        MEMORY_LOST,
        /** Something else, perhaps a bug. */
        OTHER
    }

    /** Whether the operation's memory must not be given to anybody any more. */
    boolean isMemoryLost() {
        return kind == Kind.MEMORY_LOST;
    }

    /** Whether there is nothing more to be had from the peer. */
    boolean endsSession() {
        return kind == Kind.PEER_GONE || kind == Kind.UNREACHABLE;
    }
}

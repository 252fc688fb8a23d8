package io.sparkefa.transfer;

import java.io.IOException;

/** Why a block could not be fetched from its peer over the plugin's transport. */
public final class FetchException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What kind of thing went wrong, for whoever decides what to do next. */
    public enum Reason {
        /** The session with the peer has ended or never opened. */
        SESSION_LOST,
        /** The peer did not answer in time. */
        TIMEOUT,
        /** The bytes that arrived do not match the peer's checksum, or the peer broke the protocol. */
        CORRUPT,
        /** There was no receive memory, now or ever, for this request. */
        NO_MEMORY,
        /** The caller gave up. */
        CANCELLED,
        /** The destination of the bytes failed. */
        DESTINATION
    }

    private final Reason reason;

    public FetchException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public FetchException(Reason reason, String message) {
        this(reason, message, null);
    }

    public Reason reason() {
        return reason;
    }
}

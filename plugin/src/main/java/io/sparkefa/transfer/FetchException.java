package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

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
        /** The peer has too much to do for this session. */
        REFUSED,
        /** There was no receive memory, now or ever, for this request. */
        NO_MEMORY,
        /** The caller gave up. */
        CANCELLED,
        /** The destination of the bytes failed. */
        DESTINATION
    }

    private final Reason reason;

    public FetchException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public FetchException(Reason reason, String message) {
        this(reason, message, null);
    }

    /** The transport gave up, and said why. */
    static FetchException sessionLost(TransportException cause) {
        return new FetchException(Reason.SESSION_LOST, String.valueOf(cause.getMessage()), cause);
    }

    /** The bytes of a block that arrived are not those that the peer read. */
    static FetchException wrongChecksum(BlockKey block, long lengthBytes, int actual, int expected) {
        return new FetchException(
                Reason.CORRUPT,
                "%s: CRC32C of %d bytes is %08x, the peer read %08x".formatted(block, lengthBytes, actual, expected));
    }

    public Reason reason() {
        return reason;
    }
}

package io.sparkefa.transport;

import java.io.IOException;

/** A peer could not be reached, went away, or did not answer as the protocol says. The message names the peer. */
public final class TransportException extends IOException {

    private static final long serialVersionUID = 1L;

    public TransportException(String message) {
        super(message);
    }

    public TransportException(String message, Throwable cause) {
        super(message, cause);
    }
}

package io.sparkefa.transfer.protocol;

import java.io.IOException;

/** Bytes that do not follow the protocol. The message says which field, what it held and what is allowed. */
public final class ProtocolException extends IOException {

    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}

package io.sparkefa.transport.socket;

import java.io.IOException;

/** The peer sent what the framing does not allow; the flow it came on must be closed. */
final class FrameException extends IOException {

    private static final long serialVersionUID = 1L;

    FrameException(String message) {
        super(message);
    }
}

package io.sparkefa.transport;

import java.nio.ByteBuffer;
import java.util.UUID;

/** The server's side of one session. Thread-safe; no method blocks. */
public interface ServerConnection {

    UUID sessionId();

    /**
     * Sends a control message, as {@link Connection#send}; dropped when the session is closed.
     *
     * @param message copied or sent before this returns
     */
    void send(ByteBuffer message);

    /**
     * Lets the peer read the window until the returned object is closed.
     *
     * @param window stays readable until {@link Window#close}, which the transport calls when the exposure was closed and
     *     the last read of it has ended
     */
    ExposedWindow expose(Window window);

    /** Ends the session because the peer broke the protocol or is no longer wanted. */
    void close(String reason);
}

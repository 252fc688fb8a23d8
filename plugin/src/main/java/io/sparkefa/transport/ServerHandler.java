package io.sparkefa.transport;

import java.nio.ByteBuffer;

/** The serving side of all sessions. Called on transport threads; must not throw. */
public interface ServerHandler {

    /** A control message from a peer that has proven its session. The buffer is only good during the call. */
    void onMessage(ServerConnection from, ByteBuffer message);

    /**
     * Whether {@link #onMessage} would return within microseconds, as a rule: then a transport may call it on a thread that must
     * not wait. A guess from the looks of the message; takes no time itself and does not move the buffer's position.
     */
    default boolean isQuick(ByteBuffer message) {
        return false;
    }

    /**
     * The session has no flow left, or was closed. Windows still exposed to it must be closed by the handler now. Nothing
     * comes from this connection any more.
     */
    void onClosed(ServerConnection connection);
}

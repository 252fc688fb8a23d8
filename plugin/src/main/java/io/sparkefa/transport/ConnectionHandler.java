package io.sparkefa.transport;

import java.nio.ByteBuffer;

/**
 * What happens to a {@link Connection}. Called on transport threads, possibly on several at once, except that
 * {@link #onOpen} comes first and nothing comes after {@link #onClosed}. Must not block and must not throw.
 */
public interface ConnectionHandler {

    /** The peer has accepted the session. */
    void onOpen();

    /** A control message from the server. The buffer is only good during the call. */
    void onMessage(ByteBuffer message);

    /** Messages sent before now may not have arrived, and answers may be lost: whatever is unanswered must be sent again. */
    void onMessagesLost();

    /**
     * The connection is gone, or could not be made. All outstanding reads have been failed before.
     *
     * @param cause what happened, with the peer in its message; never null
     */
    void onClosed(TransportException cause);
}

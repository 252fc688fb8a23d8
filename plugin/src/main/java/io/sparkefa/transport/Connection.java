package io.sparkefa.transport;

import java.nio.ByteBuffer;

/**
 * The reader's side of a session with one peer, over as many flows or rails as the transport sees fit. Thread-safe; no
 * method blocks.
 */
public interface Connection {

    /**
     * Sends a control message. Messages may overtake each other. One that was under way when a flow broke may be lost; the
     * transport then calls {@link ConnectionHandler#onMessagesLost}.
     *
     * @param message the bytes from position to limit; copied or sent before this returns, so the caller keeps the buffer
     * @throws IllegalArgumentException when it is longer than {@link Transport#maxMessageBytes}
     */
    void send(ByteBuffer message);

    /**
     * Pulls a range of a window. Exactly one of the two methods of {@code completion} is called, once, also when the
     * connection closes. Until then the memory of {@code destination} belongs to the transport.
     *
     * @param window the descriptor that the server's {@link ExposedWindow} gave
     * @param offset first byte of the range within the window
     * @param destination direct memory; its remaining bytes are the length of the range, which is at least 1
     */
    void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion);

    /**
     * Closes the session: outstanding reads fail, and {@link ConnectionHandler#onClosed} follows unless it was already
     * called. Harmless when repeated.
     */
    void close();
}

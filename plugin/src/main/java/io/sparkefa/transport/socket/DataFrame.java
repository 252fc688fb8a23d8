package io.sparkefa.transport.socket;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** The answer to one READ, being sent: a header and a range of a window. Confined to the flow's loop. */
interface DataFrame {

    boolean isSent();

    /**
     * Sends as much as the socket takes at once.
     *
     * @return bytes sent, header included
     */
    long send(SocketChannel channel) throws IOException;

    /** Ends the read of the window; called once, whether all was sent or the flow broke. */
    void end();
}

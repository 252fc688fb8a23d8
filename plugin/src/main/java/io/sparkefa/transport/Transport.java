package io.sparkefa.transport;

import java.io.IOException;
import java.util.Optional;

/**
 * One way of moving bytes between executors, for one executor: its serving side and all its connections to peers.
 *
 * <p>Readers pull: a server exposes a {@link Window}, tells the reader how to name it, and the reader asks for ranges of
 * it into memory that it already holds. No peer can write into another's memory unasked.
 *
 * <p>Thread-safe. {@link #start} is called once, before anything else; {@link #close} may be called at any time and more
 * than once.
 */
public interface Transport extends AutoCloseable {

    /** The name under which cards, counters and logs speak of this transport, such as {@code sockets}. */
    String name();

    /**
     * Opens the serving side.
     *
     * @param self who this executor is, to peers as whose reader it comes and whose sessions it lets in
     * @return the address that peers connect to, as it goes into the card
     * @throws IOException when the address cannot be bound; nothing stays open then
     */
    TransportAddress start(ExecutorIdentity self, SessionDirectory sessions, ServerHandler handler) throws IOException;

    /**
     * Where peers find the serving side now. It may have moved since {@link #start}, so every card asks anew.
     *
     * @return nothing before {@link #start}, and when the serving side has been given up or closed; peers then come another way
     */
    Optional<TransportAddress> address();

    /**
     * Begins to connect to a peer and returns at once. The outcome is told to {@code handler}: first either
     * {@link ConnectionHandler#onOpen} or {@link ConnectionHandler#onClosed}, on a thread of the transport, never on the
     * calling one.
     *
     * @param host the host under which Spark knows the peer
     */
    Connection connect(
            String host, TransportAddress address, SessionCredentials credentials, ConnectionHandler handler);

    /** The longest control message that {@link Connection#send} and {@link ServerConnection#send} take, in bytes. */
    int maxMessageBytes();

    /** Closes every connection, fails every outstanding read, and joins the transport's threads. */
    @Override
    void close();
}

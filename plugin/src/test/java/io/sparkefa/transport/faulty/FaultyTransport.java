package io.sparkefa.transport.faulty;

import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Any transport, with what its {@link FaultyNetwork}'s plan makes go wrong. {@link Fault} says what that is and what the
 * transport interface allows of it. All faults are made on the reader's side of each session, where both directions pass; the
 * serving side is the inner transport's own.
 *
 * <p>Thread-safe. Callbacks come on the timeline. Closing ends the inner transport and returns; the handlers of connections
 * hear of it on the timeline, and until then the memory of their reads is in use.
 */
public final class FaultyTransport implements Transport {

    private final FaultyNetwork network;
    private final String name;
    private final Transport inner;
    private volatile @Nullable TransportAddress started;
    private volatile boolean closed;

    public FaultyTransport(FaultyNetwork network, Transport inner) {
        this(network, inner.name(), inner);
    }

    /** @param name what this transport is called in cards, so that one executor can have several of a kind */
    public FaultyTransport(FaultyNetwork network, String name, Transport inner) {
        this.network = network;
        this.name = name;
        this.inner = inner;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TransportAddress start(ExecutorIdentity self, SessionDirectory sessions, ServerHandler handler)
            throws IOException {
        TransportAddress address = renamed(inner.start(self, sessions, handler), name);
        started = address;
        return address;
    }

    @Override
    public Optional<TransportAddress> address() {
        return inner.address().map(address -> renamed(address, name));
    }

    @Override
    public Connection connect(
            String host, TransportAddress address, SessionCredentials credentials, ConnectionHandler handler) {
        TransportAddress innerAddress = renamed(address, inner.name());
        FaultyConnection connection = new FaultyConnection(
                network, this, address, handler, told -> inner.connect(host, innerAddress, credentials, told));
        network.run(connection::connect);
        return connection;
    }

    @Override
    public int maxMessageBytes() {
        return inner.maxMessageBytes();
    }

    @Override
    public void close() {
        closed = true;
        network.run(() ->
                network.connectionsOf(this).forEach(connection -> connection.end("was closed with its transport")));
        inner.close();
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether this executor is cut off from all others. */
    boolean isCutOff() {
        TransportAddress own = started;
        return own != null && network.isCutOff(own);
    }

    private static TransportAddress renamed(TransportAddress address, String transport) {
        return new TransportAddress(transport, address.encoded());
    }
}

package io.sparkefa.transport.loopback;

import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One executor of a {@link LoopbackNetwork}. */
public final class LoopbackTransport implements Transport {

    private static final int MAX_MESSAGE_BYTES = 256 << 10;

    private final LoopbackNetwork network;
    private int address;
    private volatile @Nullable TransportAddress announced;
    private @Nullable SessionDirectory directory;
    private @Nullable ServerHandler handler;

    /** Sessions as reader and as server. Confined to the network's thread. */
    private final Set<LoopbackSession> sessions = new LinkedHashSet<>();

    public LoopbackTransport(LoopbackNetwork network) {
        this.network = network;
    }

    static ByteBuffer copyOf(ByteBuffer message) {
        if (message.remaining() > MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "a message of " + message.remaining() + " bytes; at most " + MAX_MESSAGE_BYTES);
        }
        return ByteBuffer.allocate(message.remaining()).put(message.duplicate()).flip();
    }

    @Override
    public String name() {
        return "loopback";
    }

    @Override
    public TransportAddress start(
            ExecutorIdentity self, SessionDirectory sessionDirectory, ServerHandler serverHandler) {
        directory = sessionDirectory;
        handler = serverHandler;
        address = network.join(this);
        TransportAddress started = new TransportAddress(
                name(), ByteBuffer.allocate(Integer.BYTES).putInt(address).array());
        announced = started;
        return started;
    }

    @Override
    public Optional<TransportAddress> address() {
        return Optional.ofNullable(announced);
    }

    @Override
    public Connection connect(
            String host, TransportAddress peer, SessionCredentials credentials, ConnectionHandler connectionHandler) {
        int peerAddress = ByteBuffer.wrap(peer.encoded()).getInt();
        LoopbackSession session = new LoopbackSession(network, this, credentials.sessionId(), connectionHandler);
        network.deliver(() -> {
            sessions.add(session);
            LoopbackTransport server = network.at(peerAddress);
            boolean accepted = server != null && network.at(address) != null && server.opens(credentials);
            session.open(accepted ? server : null);
        });
        return session;
    }

    @Override
    public int maxMessageBytes() {
        return MAX_MESSAGE_BYTES;
    }

    /** With an executor of the test's own, the sessions have been closed only when that has run what it was given. */
    @Override
    public void close() {
        announced = null;
        network.leave(address);
        network.deliverAndWait(() -> {
            List.copyOf(sessions).forEach(session -> session.close("ended with its transport"));
            network.deliverRest();
        });
    }

    // ---- confined: the network's thread

    /** Whether the session is known here, which begins then. */
    private boolean opens(SessionCredentials credentials) {
        SessionDirectory known = Objects.requireNonNull(directory);
        return known.find(credentials.sessionId()).filter(credentials::equals).isPresent()
                && known.open(credentials.sessionId()).isPresent();
    }

    ServerHandler handler() {
        return Objects.requireNonNull(handler);
    }

    void add(LoopbackSession session) {
        sessions.add(session);
    }

    void remove(LoopbackSession session) {
        sessions.remove(session);
    }

    void onMessagesLost() {
        List.copyOf(sessions).forEach(session -> session.onMessagesLost(this));
    }
}

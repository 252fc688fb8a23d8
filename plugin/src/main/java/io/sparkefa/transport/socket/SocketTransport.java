package io.sparkefa.transport.socket;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.SessionKeys;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The transport over parallel TCP flows.
 *
 * <p>Its address holds the version of the framing (1 byte) and the port (2 bytes); the host is the one under which Spark
 * knows the peer.
 */
public final class SocketTransport implements Transport {

    public static final String NAME = "sockets";

    private static final int ADDRESS_BYTES = 3;
    private static final int MAX_RESOLVERS = 2;

    private final SocketSettings settings;
    private final ShuffleCounters counters;
    private final LongSupplier clock;

    /** Names are resolved here, since that blocks. Never shut down: its threads end when they have nothing to do. */
    private final ThreadPoolExecutor resolvers;

    // ---- guarded by this
    private @Nullable SocketLoops loops;
    private @Nullable SocketServer server;
    private @Nullable ExecutorIdentity self;
    private @Nullable TransportAddress address;
    private final Set<ClientConnection> connections = new HashSet<>();
    private boolean closed;

    public SocketTransport(SocketSettings settings, ShuffleCounters counters) {
        this(settings, counters, System::nanoTime);
    }

    SocketTransport(SocketSettings settings, ShuffleCounters counters, LongSupplier clock) {
        this.settings = settings;
        this.counters = counters;
        this.clock = clock;
        this.resolvers = new ThreadPoolExecutor(
                MAX_RESOLVERS, MAX_RESOLVERS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "spark-efa-sockets-resolver");
                    thread.setDaemon(true);
                    return thread;
                });
        resolvers.allowCoreThreadTimeOut(true);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public synchronized TransportAddress start(
            ExecutorIdentity executor, SessionDirectory sessions, ServerHandler handler) throws IOException {
        if (loops != null || closed) {
            throw new IllegalStateException("the sockets transport has been started before");
        }
        Optional<String> cannotSeal = SessionKeys.unavailabilityCause();
        if (cannotSeal.isPresent()) {
            throw new IOException("the sockets transport cannot seal what it sends: " + cannotSeal.get());
        }
        SocketLoops startedLoops = SocketLoops.start(settings.loopThreads(), clock);
        try {
            SocketServer startedServer = SocketServer.start(settings, startedLoops, sessions, handler, counters);
            ByteBuffer encoded = ByteBuffer.allocate(ADDRESS_BYTES)
                    .put((byte) Handshake.VERSION)
                    .putShort((short) startedServer.port());
            TransportAddress startedAddress = new TransportAddress(NAME, encoded.array());
            loops = startedLoops;
            server = startedServer;
            self = executor;
            address = startedAddress;
            return startedAddress;
        } catch (IOException | RuntimeException | Error e) {
            startedLoops.close();
            throw e;
        }
    }

    @Override
    public synchronized Optional<TransportAddress> address() {
        return closed ? Optional.empty() : Optional.ofNullable(address);
    }

    @Override
    public Connection connect(
            String host, TransportAddress peerAddress, SessionCredentials credentials, ConnectionHandler handler) {
        synchronized (this) {
            SocketLoops running = loops;
            ExecutorIdentity reader = self;
            if (running == null || reader == null) {
                throw new IllegalStateException("the sockets transport is not started");
            }
            boolean tooLate = closed;
            String peer = host + ":" + describePort(peerAddress);
            ClientConnection connection =
                    new ClientConnection(peer, credentials, reader, handler, settings, running, counters, this::forget);
            connections.add(connection);
            resolvers.execute(() -> {
                try {
                    if (tooLate) {
                        throw new IOException("the transport is closed");
                    }
                    int port = portOf(peerAddress);
                    connection.onResolved(new InetSocketAddress(InetAddress.getByName(host), port));
                } catch (IOException e) {
                    connection.onUnresolved(e);
                }
            });
            return connection;
        }
    }

    private static String describePort(TransportAddress address) {
        try {
            return Integer.toString(portOf(address));
        } catch (IOException e) {
            return "?";
        }
    }

    private static int portOf(TransportAddress address) throws IOException {
        ByteBuffer encoded = ByteBuffer.wrap(address.encoded());
        if (!NAME.equals(address.transport()) || encoded.remaining() != ADDRESS_BYTES) {
            throw new IOException("not an address of the sockets transport: " + address.transport() + ", "
                    + encoded.remaining() + " bytes");
        }
        int version = encoded.get();
        if (version != Handshake.VERSION) {
            throw new IOException(
                    "the peer speaks version " + version + " of the sockets framing; here is " + Handshake.VERSION);
        }
        return Short.toUnsignedInt(encoded.getShort());
    }

    private synchronized void forget(ClientConnection connection) {
        connections.remove(connection);
    }

    /** Flows to all peers that are open or opening. */
    public int flowCount() {
        List<ClientConnection> counted;
        synchronized (this) {
            counted = List.copyOf(connections);
        }
        return counted.stream().mapToInt(ClientConnection::flowCount).sum();
    }

    @Override
    public int maxMessageBytes() {
        return Frame.MAX_MESSAGE_BYTES;
    }

    @Override
    public void close() {
        SocketLoops runningLoops;
        SocketServer runningServer;
        List<ClientConnection> open;
        synchronized (this) {
            closed = true;
            runningLoops = loops;
            runningServer = server;
            open = List.copyOf(connections);
        }
        open.forEach(connection ->
                connection.close(new TransportException(connection.describe("the transport was closed under")), true));
        if (runningServer != null) {
            runningServer.close();
        }
        if (runningLoops != null) {
            runningLoops.close();
        }
    }

    /** The name, and where it listens when it does. */
    @Override
    public synchronized String toString() {
        return server == null ? NAME : NAME + " at " + server.describeAddress();
    }
}

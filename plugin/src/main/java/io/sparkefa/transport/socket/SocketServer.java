package io.sparkefa.transport.socket;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.LogLimit;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionDirectory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens, lets strangers prove a session within bounds of time and number, and keeps the sessions. Thread-safe but for what
 * is the loop's.
 */
final class SocketServer implements SocketLoop.Member {

    /** Connections that have not proven a session yet; beyond, the oldest is closed. */
    static final int MAX_HANDSHAKES = 1024;

    private static final int BACKLOG = 1024;
    private static final int ACCEPTS_PER_TURN = 64;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;
    private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);

    private final SocketSettings settings;
    private final SocketLoops loops;
    private final SocketLoop home;
    private final SessionDirectory directory;
    private final ServerHandler handler;
    private final ShuffleCounters counters;
    private final LogLimit refusals = new LogLimit(Duration.ofSeconds(10));
    private final LogLimit acceptFailures = new LogLimit(Duration.ofSeconds(60));
    private final ServerSocketChannel listener;
    private final Map<UUID, ServerSession> sessions = new ConcurrentHashMap<>();
    private final AtomicLong nextWindowId = new AtomicLong(1);
    private volatile boolean closing;

    /** Guarded by itself. */
    private final Set<ServerFlow> handshakes = new LinkedHashSet<>();

    // confined: the home loop
    private @Nullable SelectionKey key;

    private SocketServer(
            SocketSettings settings,
            SocketLoops loops,
            SessionDirectory directory,
            ServerHandler handler,
            ShuffleCounters counters,
            ServerSocketChannel listener) {
        this.settings = settings;
        this.loops = loops;
        this.home = loops.first();
        this.directory = directory;
        this.handler = handler;
        this.counters = counters;
        this.listener = listener;
    }

    static SocketServer start(
            SocketSettings settings,
            SocketLoops loops,
            SessionDirectory directory,
            ServerHandler handler,
            ShuffleCounters counters)
            throws IOException {
        ServerSocketChannel listener = bind(settings);
        SocketServer server = new SocketServer(settings, loops, directory, handler, counters, listener);
        server.home.execute(server::listen);
        return server;
    }

    private static ServerSocketChannel bind(SocketSettings settings) throws IOException {
        InetAddress host = settings.bindHost() == null ? null : InetAddress.getByName(settings.bindHost());
        for (int attempt = 0; ; attempt++) {
            int port = port(settings.port(), attempt);
            ServerSocketChannel listener = ServerSocketChannel.open();
            try {
                return listener.bind(new InetSocketAddress(host, port), BACKLOG);
            } catch (BindException e) {
                listener.close();
                if (settings.port() == 0 || attempt >= settings.portRetries()) {
                    throw new IOException(
                            "cannot listen on " + (host == null ? "any address" : host) + ", ports " + settings.port()
                                    + " to " + port + ": " + e.getMessage(),
                            e);
                }
            } catch (IOException | RuntimeException e) {
                listener.close();
                throw e;
            }
        }
    }

    /** As Spark counts on from {@code spark.*.port}: upwards, and from the last port back to the first unprivileged one. */
    private static int port(int first, int attempt) {
        if (first == 0 || attempt == 0) {
            return first;
        }
        return FIRST_UNPRIVILEGED_PORT
                + (first + attempt - FIRST_UNPRIVILEGED_PORT) % (65536 - FIRST_UNPRIVILEGED_PORT);
    }

    int port() throws IOException {
        return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    }

    /** Where it listens, for messages. */
    String describeAddress() {
        InetSocketAddress address = (InetSocketAddress) listener.socket().getLocalSocketAddress();
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    SessionDirectory sessions() {
        return directory;
    }

    ShuffleCounters counters() {
        return counters;
    }

    long newWindowId() {
        return nextWindowId.getAndIncrement();
    }

    long nowNs() {
        return home.nowNs();
    }

    void execute(Runnable task) {
        home.execute(task);
    }

    // ---- the listening socket

    private void listen() {
        try {
            key = home.add(listener, SelectionKey.OP_ACCEPT, this);
        } catch (IOException | RuntimeException e) {
            onFailure(e);
        }
    }

    @Override
    public void onReady() {
        try {
            for (int i = 0; i < ACCEPTS_PER_TURN && !closing; i++) {
                SocketChannel accepted = listener.accept();
                if (accepted == null) {
                    return;
                }
                begin(accepted);
            }
        } catch (IOException e) {
            // Most often no file descriptor is free. Trying again at once would only spin: the next tick does.
            acceptFailures.log(
                    nowNs(), others -> LOG.warn("sockets: cannot accept connections for now: {}", e.toString()));
            SelectionKey current = key;
            if (current != null) {
                current.interestOps(0);
            }
        }
    }

    private void begin(SocketChannel accepted) {
        try {
            beginHandshake(accepted);
        } catch (RuntimeException | Error e) {
            // Costs this connection only: without the listening socket nobody could come any more.
            LOG.error("sockets: a connection could not be begun and is closed", e);
            close(accepted);
        }
    }

    private static void close(SocketChannel accepted) {
        try {
            accepted.close();
        } catch (IOException e) {
            LOG.debug("sockets: a connection could not be closed", e);
        }
    }

    private void beginHandshake(SocketChannel accepted) {
        String peer = String.valueOf(accepted.socket().getRemoteSocketAddress());
        ServerFlow flow = new ServerFlow(this, loops.next(), settings, accepted, peer);
        ServerFlow evicted = null;
        synchronized (handshakes) {
            if (handshakes.size() >= MAX_HANDSHAKES) {
                evicted = handshakes.iterator().next();
                handshakes.remove(evicted);
            }
            handshakes.add(flow);
        }
        if (evicted != null) {
            LOG.debug("sockets: {} connections wait to prove a session; closing {}", MAX_HANDSHAKES, evicted.peer());
            evicted.evict();
        }
        flow.start();
    }

    /** A connection is closed that has proven no session. */
    void onRefused(ServerFlow flow, @Nullable Throwable cause) {
        onHandshakeOver(flow);
        if (!closing) {
            counters.increment(ShuffleCounter.SESSIONS_REFUSED);
            String why = cause == null ? "it took too long while others waited" : String.valueOf(cause.getMessage());
            refusals.log(
                    nowNs(),
                    others -> LOG.info(
                            "sockets: refused a flow from {}: {}{}",
                            flow.peer(),
                            why,
                            others == 0 ? "" : "; and " + others + " others"));
        }
    }

    void onHandshakeOver(ServerFlow flow) {
        synchronized (handshakes) {
            handshakes.remove(flow);
        }
    }

    @Override
    public void onTick(long nowNs) {
        SelectionKey current = key;
        if (current != null && current.isValid() && current.interestOps() == 0) {
            current.interestOps(SelectionKey.OP_ACCEPT);
        }
        for (ServerSession session : sessions.values()) {
            try {
                session.expire(nowNs, settings.sessionLinger().toNanos());
            } catch (RuntimeException | Error e) {
                LOG.error("sockets: a session could not be ended", e);
            }
        }
    }

    @Override
    public void onFailure(Throwable cause) {
        if (!closing) {
            LOG.error("sockets: peers can no longer connect", cause);
        }
        closeListener();
    }

    private void closeListener() {
        home.remove(this);
        try {
            listener.close();
        } catch (IOException e) {
            LOG.warn("sockets: closing the listening socket failed", e);
        }
    }

    // ---- sessions

    /**
     * Makes a flow part of the session that it has proven, which begins with its first flow.
     *
     * @return null when the flow may not join; {@code onRefusal} is told why
     */
    @Nullable
    ServerSession join(UUID sessionId, ExecutorIdentity reader, ServerFlow flow, Consumer<Refusal> onRefusal) {
        if (closing) {
            onRefusal.accept(Refusal.CLOSING);
            return null;
        }
        // The directory is asked once more, since the session may have ended after the flow's proof was checked: an id
        // must not begin to live again because one of its flows was late.
        ServerSession session = sessions.computeIfAbsent(
                sessionId, id -> directory.open(id).isPresent() ? new ServerSession(id, reader, this, handler) : null);
        Refusal refusal = session == null ? Refusal.UNKNOWN_SESSION : session.join(flow, reader);
        if (refusal != null) {
            onRefusal.accept(refusal);
            return null;
        }
        if (closing && session != null) {
            session.end(Refusal.CLOSING.text());
        }
        return session;
    }

    /** The handler has been told that a session is over; until then no flow can join it, nor begin it anew. */
    void onSessionOver(ServerSession session) {
        sessions.remove(session.sessionId(), session);
    }

    /** Stops listening and ends all sessions; their last words are said on the loops. */
    void close() {
        closing = true;
        home.execute(this::closeListener);
        List.copyOf(sessions.values()).forEach(session -> session.end(Refusal.CLOSING.text()));
    }
}

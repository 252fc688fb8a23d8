package io.sparkefa.transport.socket;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.seal.SealException;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.Window;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The serving side of one session: its flows and the windows exposed to it. Thread-safe. Survives without a flow for a
 * while, so that a reader whose last flow broke finds its windows again.
 */
final class ServerSession implements ServerConnection {

    private static final Logger LOG = LoggerFactory.getLogger(ServerSession.class);

    private final UUID sessionId;
    private final ExecutorIdentity reader;
    private final SocketServer server;
    private final ServerHandler handler;
    private final long instance = Handshake.newInstance();
    private final Map<Long, Exposure> exposures = new ConcurrentHashMap<>();
    private volatile boolean ended;

    // ---- guarded by this
    private final List<ServerFlow> flows = new ArrayList<>();
    private final List<ServerFlow> usable = new ArrayList<>();
    private long withoutFlowSinceNs;
    private boolean reported;
    private boolean rejectionSaid;

    /** @param reader the first who has proven the session, whose it is from now on */
    ServerSession(UUID sessionId, ExecutorIdentity reader, SocketServer server, ServerHandler handler) {
        this.sessionId = sessionId;
        this.reader = reader;
        this.server = server;
        this.handler = handler;
        // Its first flow joins in a moment.
        this.withoutFlowSinceNs = server.nowNs();
    }

    /** Tells a reader that comes back whether it still finds its windows. */
    long instance() {
        return instance;
    }

    @Override
    public UUID sessionId() {
        return sessionId;
    }

    @Override
    public void send(ByteBuffer message) {
        if (message.remaining() > Frame.MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "a message of " + message.remaining() + " bytes; at most " + Frame.MAX_MESSAGE_BYTES);
        }
        ByteBuffer frame = Frame.of(FrameType.MESSAGE, 0, message.duplicate());
        synchronized (this) {
            // The flow that was heard of last is the one least likely to be dead without this side's knowing.
            ServerFlow best = null;
            for (ServerFlow flow : usable) {
                if (best == null || flow.lastReceivedNs() - best.lastReceivedNs() > 0) {
                    best = flow;
                }
            }
            if (best != null && !ended) {
                best.post(frame);
            }
        }
    }

    @Override
    public ExposedWindow expose(Window window) {
        long id = server.newWindowId();
        Exposure exposure = new Exposure(id, window, () -> exposures.remove(id));
        exposures.put(id, exposure);
        if (ended) {
            exposure.close();
        }
        return exposure;
    }

    @Override
    public void close(String reason) {
        end(reason);
    }

    @Nullable
    Exposure exposure(long windowId) {
        return exposures.get(windowId);
    }

    void onMessage(ByteBuffer message) {
        if (!ended) {
            handler.onMessage(this, message);
        }
    }

    /** Takes in a flow; returns why not, or null. */
    synchronized @Nullable Refusal join(ServerFlow flow, ExecutorIdentity from) {
        if (!reader.equals(from)) {
            return Refusal.OTHER_READER;
        }
        if (ended) {
            return Refusal.UNKNOWN_SESSION;
        }
        if (flows.size() >= SocketSettings.MAX_FLOWS_PER_SESSION) {
            return Refusal.TOO_MANY_FLOWS;
        }
        flows.add(flow);
        usable.add(flow);
        return null;
    }

    /** Something that came on a flow of this session was not what its reader has sealed; the flow is closed. */
    void onRejected(String peer, SealException cause) {
        boolean first;
        synchronized (this) {
            first = !rejectionSaid;
            rejectionSaid = true;
        }
        server.counters().increment(ShuffleCounter.FRAMES_REJECTED);
        LOG.atLevel(first ? Level.WARN : Level.DEBUG)
                .log("sockets: closed a flow of {} from {}: {}", reader, peer, cause.getMessage());
    }

    /** The reader closes this flow: nothing more is to be sent on it. */
    synchronized void stopUsing(ServerFlow flow) {
        usable.remove(flow);
    }

    /** The flow is closed. */
    void leave(ServerFlow flow) {
        synchronized (this) {
            usable.remove(flow);
            flows.remove(flow);
            withoutFlowSinceNs = server.nowNs();
        }
        reportIfOver();
    }

    /** Ends the session if it has been without a flow for too long. */
    void expire(long nowNs, long lingerNs) {
        synchronized (this) {
            if (ended || !flows.isEmpty() || nowNs - withoutFlowSinceNs < lingerNs) {
                return;
            }
            ended = true;
        }
        LOG.info("sockets: {}, the reader of session {}, went without a word", reader, sessionId);
        reportIfOver();
    }

    /** Ends the session: its flows close, and with the last of them it is over. */
    void end(@Nullable String reason) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            flows.forEach(flow -> flow.end(reason));
        }
        server.execute(this::reportIfOver);
    }

    private void reportIfOver() {
        synchronized (this) {
            if (!ended || !flows.isEmpty() || reported) {
                return;
            }
            reported = true;
        }
        try {
            handler.onClosed(this);
        } finally {
            server.onSessionOver(this);
            List.copyOf(exposures.values()).forEach(Exposure::close);
        }
    }
}

package io.sparkefa.transfer;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.FetchMessage;
import io.sparkefa.transfer.protocol.LayoutMessage;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transfer.protocol.ProtocolException;
import io.sparkefa.transfer.protocol.RefusedMessage;
import io.sparkefa.transfer.protocol.ReleaseMessage;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reader's side of a session: sends requests, matches answers to them, and knows which fetches are not finished, so that
 * none is forgotten when the session ends. Thread-safe; never calls out under its lock.
 */
final class ClientSession implements PeerSession, ConnectionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

    /** How often a request is asked for again when messages were lost; a request that kills each flow it takes must end. */
    private static final int MAX_ASKED = 4;

    /**
     * Of what is asked for at once the first blocks are a request of their own, the next are one {@link #PART_GROWTH} times as long, and
     * so on: the task begins with the first while the others are looked up, copied and on their way. A task takes tens of
     * microseconds for a small block, in which several more arrive (docs/performance.md).
     */
    private static final int FIRST_PART_BLOCKS = 16;

    private static final int PART_GROWTH = 3;

    /** A request without an answer, and how many times it has been sent. */
    private record Asked(Fetch fetch, int times) {}

    private enum State {
        OPENING,
        OPEN,
        CLOSED
    }

    private final FetchResources resources;
    private final int maxBlocksPerRequest;
    private final SessionListener listener;
    private final Consumer<ClientSession> onEnded;

    // @GuardedBy("this")
    private @Nullable Connection connection;
    // @GuardedBy("this")
    private State state = State.OPENING;
    // @GuardedBy("this")
    private @Nullable FetchException endCause;
    // @GuardedBy("this")
    private long nextRequestId;
    /** Whether a RELEASE may have been lost, so that the server keeps windows for nothing. */
    // @GuardedBy("this")
    private boolean messagesLost;
    /** Sent or to be sent when the session opens, and not answered; in the order in which they were asked for. */
    // @GuardedBy("this")
    private final Map<Long, Asked> unanswered = new LinkedHashMap<>();
    // @GuardedBy("this")
    private final Set<Fetch> unfinished = new LinkedHashSet<>();

    /** How many blocks one FETCH may name so that it and its LAYOUT fit into the transport's messages. */
    static int maxBlocksPerRequest(TransferSettings settings, int maxMessageBytes) {
        int fitting = Math.min(
                FetchMessage.maxBlocks(maxMessageBytes),
                LayoutMessage.maxBlocks(maxMessageBytes, settings.inlineMaxBytes()));
        if (fitting < 1) {
            throw new IllegalArgumentException(
                    "messages of " + maxMessageBytes + " bytes are too short for any answer");
        }
        return Math.min(settings.maxBlocksPerRequest(), fitting);
    }

    ClientSession(
            FetchResources resources,
            int maxBlocksPerRequest,
            SessionListener listener,
            Consumer<ClientSession> onEnded) {
        this.resources = resources;
        this.maxBlocksPerRequest = maxBlocksPerRequest;
        this.listener = listener;
        this.onEnded = onEnded;
    }

    /** Connects. The transport's callbacks, which come on other threads, wait until the connection is known here. */
    synchronized void open(Function<ConnectionHandler, Connection> connector) {
        connection = connector.apply(this);
    }

    // @GuardedBy("this")
    private Connection connection() {
        return Objects.requireNonNull(connection, "the session is used before it was told to connect");
    }

    // ---- fetching

    @Override
    public FetchHandle fetch(List<BlockKey> blocks, BlockSink sink) {
        return start(
                blocks, (part, firstIndex) -> new MemoryFetch(resources, part, firstIndex, sink, this::onFinished));
    }

    @Override
    public FetchHandle fetchToChannels(List<BlockKey> blocks, ChannelSink sink) {
        return start(
                blocks, (part, firstIndex) -> new ChannelFetch(resources, part, firstIndex, sink, this::onFinished));
    }

    private interface FetchFactory {
        Fetch create(List<BlockKey> part, int firstIndex);
    }

    private FetchHandle start(List<BlockKey> blocks, FetchFactory factory) {
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("no blocks to fetch");
        }
        List<Fetch> parts = new ArrayList<>();
        int partBlocks = FIRST_PART_BLOCKS;
        for (int from = 0; from < blocks.size(); ) {
            int to = Math.min(blocks.size(), from + Math.min(partBlocks, maxBlocksPerRequest));
            parts.add(factory.create(blocks.subList(from, to), from));
            from = to;
            partBlocks = Math.min(maxBlocksPerRequest, PART_GROWTH * partBlocks);
        }
        parts.forEach(this::ask);
        return () -> parts.forEach(this::cancel);
    }

    /** Sends the request, or keeps it until the session is open. */
    private void ask(Fetch fetch) {
        FetchException refused = null;
        @Nullable Connection sendTo = null;
        long requestId = 0;
        synchronized (this) {
            if (state == State.CLOSED) {
                refused = endCause;
            } else {
                requestId = nextRequestId++;
                unanswered.put(requestId, new Asked(fetch, 1));
                unfinished.add(fetch);
                sendTo = state == State.OPEN ? connection() : null;
            }
        }
        if (refused != null) {
            fetch.fail(refused);
        } else if (sendTo != null) {
            send(sendTo, requestId, fetch);
        }
    }

    private void send(Connection sendTo, long requestId, Fetch fetch) {
        resources.counters().increment(ShuffleCounter.FETCH_REQUESTS);
        sendTo.send(new FetchMessage(requestId, fetch.inlineMaxBytes(), fetch.blocks()).encode());
    }

    private void cancel(Fetch fetch) {
        List<Long> withdrawn = new ArrayList<>();
        @Nullable Connection sendTo;
        synchronized (this) {
            if (!unfinished.contains(fetch)) {
                return;
            }
            unanswered.forEach((requestId, asked) -> {
                if (asked.fetch().equals(fetch)) {
                    withdrawn.add(requestId);
                }
            });
            withdrawn.forEach(unanswered::remove);
            sendTo = state == State.OPEN ? connection() : null;
        }
        resources.counters().increment(ShuffleCounter.FETCH_CANCELLED);
        if (sendTo != null) {
            for (long requestId : withdrawn) {
                sendTo.send(new ReleaseMessage(requestId, true).encode());
            }
        }
        fetch.fail(new FetchException(FetchException.Reason.CANCELLED, "the reader gave up"));
    }

    private synchronized void onFinished(Fetch fetch) {
        unfinished.remove(fetch);
        unanswered.values().removeIf(asked -> asked.fetch().equals(fetch));
    }

    synchronized int unfinishedFetchCount() {
        return unfinished.size();
    }

    void tick(long nowNs) {
        List<Fetch> waiting;
        synchronized (this) {
            waiting = List.copyOf(unfinished);
        }
        waiting.forEach(fetch -> fetch.tick(nowNs));
    }

    // ---- the connection

    @Override
    public void onOpen() {
        Map<Long, Asked> toSend;
        Connection sendTo;
        synchronized (this) {
            if (state != State.OPENING) {
                return;
            }
            state = State.OPEN;
            toSend = new LinkedHashMap<>(unanswered);
            sendTo = connection();
        }
        resources.counters().increment(ShuffleCounter.SESSIONS_OPENED);
        toSend.forEach((requestId, asked) -> send(sendTo, requestId, asked.fetch()));
        listener.onOpen();
    }

    @Override
    public void onMessagesLost() {
        // Under new ids: should the first answer still come, it belongs to nothing and its window is released at once.
        // Should it
        // not, the server is told not to wait for that.
        List<Long> withdrawn;
        Map<Long, Asked> again = new LinkedHashMap<>();
        List<Fetch> hopeless = new ArrayList<>();
        Connection sendTo;
        synchronized (this) {
            messagesLost = true;
            withdrawn = List.copyOf(unanswered.keySet());
            for (Asked asked : unanswered.values()) {
                if (asked.times() < MAX_ASKED) {
                    again.put(nextRequestId++, new Asked(asked.fetch(), asked.times() + 1));
                } else {
                    hopeless.add(asked.fetch());
                }
            }
            unanswered.clear();
            unanswered.putAll(again);
            sendTo = connection();
        }
        withdrawn.forEach(requestId -> sendTo.send(new ReleaseMessage(requestId, true).encode()));
        again.forEach((requestId, asked) -> send(sendTo, requestId, asked.fetch()));
        hopeless.forEach(fetch -> fetch.fail(new FetchException(
                FetchException.Reason.SESSION_LOST,
                "asked " + MAX_ASKED + " times, and each time messages were lost")));
    }

    @Override
    public void onMessage(ByteBuffer bytes) {
        try {
            Message message = Message.decode(bytes);
            if (message instanceof LayoutMessage layout) {
                onLayout(layout);
            } else if (message instanceof RefusedMessage refused) {
                Fetch fetch = takeUnanswered(refused.requestId());
                if (fetch != null) {
                    fetch.fail(refusal(refused.reason()));
                }
            } else {
                throw new ProtocolException(
                        "a reader was sent " + message.getClass().getSimpleName());
            }
        } catch (ProtocolException e) {
            LOG.warn("A peer broke the protocol; its session is closed: {}", e.getMessage());
            end(new FetchException(FetchException.Reason.CORRUPT, "the peer broke the protocol: " + e.getMessage(), e));
        }
    }

    /** After messages were lost, the session itself may be why: its windows are given back only when it ends. */
    private synchronized FetchException refusal(String reason) {
        return messagesLost
                ? new FetchException(
                        FetchException.Reason.SESSION_LOST,
                        "the peer refused the request, and the session has lost messages: " + reason)
                : new FetchException(FetchException.Reason.REFUSED, "the peer refused the request: " + reason);
    }

    private void onLayout(LayoutMessage layout) throws ProtocolException {
        Fetch fetch = takeUnanswered(layout.requestId());
        Connection from;
        synchronized (this) {
            from = connection();
        }
        Optional<WindowReader> window =
                layout.window().map(descriptor -> new WindowReader(from, descriptor, layout.requestId()));
        if (fetch == null) {
            window.ifPresent(WindowReader::release);
            return;
        }
        if (layout.blocks().size() != fetch.blocks().size()) {
            String wrong = layout.blocks().size() + " blocks in the answer to a request for "
                    + fetch.blocks().size();
            fetch.fail(new FetchException(FetchException.Reason.CORRUPT, wrong));
            throw new ProtocolException(wrong);
        }
        fetch.onLayout(layout, window);
    }

    private synchronized @Nullable Fetch takeUnanswered(long requestId) {
        Asked asked = unanswered.remove(requestId);
        return asked == null ? null : asked.fetch();
    }

    @Override
    public void onClosed(TransportException cause) {
        boolean lost;
        synchronized (this) {
            lost = state == State.OPEN;
        }
        if (lost) {
            resources.counters().increment(ShuffleCounter.SESSIONS_LOST);
        }
        end(FetchException.sessionLost(cause));
        onEnded.accept(this);
        listener.onClosed(cause);
    }

    @Override
    public void close() {
        end(new FetchException(FetchException.Reason.SESSION_LOST, "the session was closed by the reader"));
    }

    /** No new fetches; the unfinished ones fail. What they are still reading comes to its end in the transport. */
    private void end(FetchException cause) {
        List<Fetch> failing;
        Connection closing;
        synchronized (this) {
            if (state != State.CLOSED) {
                state = State.CLOSED;
                endCause = cause;
            }
            failing = List.copyOf(unfinished);
            unanswered.clear();
            closing = connection();
        }
        failing.forEach(fetch -> fetch.fail(cause));
        closing.close();
    }
}

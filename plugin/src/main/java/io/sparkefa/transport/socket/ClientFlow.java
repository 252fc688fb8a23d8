package io.sparkefa.transport.socket;

import io.sparkefa.seal.SessionKeys;
import io.sparkefa.transport.TransportException;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reader's end of one flow: proves the session, takes stripes from its connection, asks for them and receives them.
 * Confined to its loop, but for what is marked.
 */
final class ClientFlow implements FrameHandler {

    private enum State {
        CONNECTING,
        AWAITING_GREETING,
        AWAITING_WELCOME,
        OPEN,
        CLOSING
    }

    /** Stripes that may be outstanding, so that the next one is on its way while one arrives. */
    private static final int STRIPES_AHEAD = 2;

    /** Reads that may be outstanding when they are small; together they are still no longer than full stripes. */
    private static final int MAX_READS_AHEAD = 64;

    private final ClientConnection connection;
    private final int index;
    private final SocketLoop loop;
    private final SocketSettings settings;
    private final SocketChannel socket;
    private final FlowChannel channel;

    private State state = State.CONNECTING;
    private long stateSinceNs;
    private @Nullable Handshake handshake;
    private long nextReadId;
    private final Map<Long, Stripe> outstanding = new HashMap<>();

    /** Since when an answer is owed; meaningful while {@link #answerOwed}. */
    private long owedSinceNs;

    private boolean pinged;
    private long lastUsedNs;

    // ---- guarded by the connection's lock
    private boolean usable;
    private boolean pullScheduled;
    private int readsAhead;
    private long bytesAhead;

    ClientFlow(ClientConnection connection, int index, SocketLoop loop, SocketSettings settings) throws IOException {
        this.connection = connection;
        this.index = index;
        this.loop = loop;
        this.settings = settings;
        this.socket = loop.openSocket();
        this.channel = new FlowChannel(loop, socket, this);
    }

    /** Begins to connect; from any thread. */
    void connect(InetSocketAddress address) {
        channel.execute(() -> {
            enter(State.CONNECTING);
            try {
                socket.configureBlocking(false);
                socket.connect(address);
            } catch (IOException | RuntimeException e) {
                channel.close(e);
                return;
            }
            channel.open();
        });
    }

    // ---- what the connection asks for, under its lock

    boolean isUsable() {
        return usable;
    }

    void setUsable(boolean usable) {
        this.usable = usable;
    }

    boolean hasRoomFor(int stripeBytes) {
        return usable
                && (readsAhead < STRIPES_AHEAD
                        || (readsAhead < MAX_READS_AHEAD
                                && bytesAhead + stripeBytes <= (long) STRIPES_AHEAD * settings.stripeBytes()));
    }

    /** About how many bytes this flow would take now. */
    long roomBytes() {
        return (long) STRIPES_AHEAD * settings.stripeBytes() - bytesAhead;
    }

    void onTaken(Stripe stripe) {
        readsAhead++;
        bytesAhead += stripe.lengthBytes;
    }

    void onGivenBack(Stripe stripe) {
        readsAhead--;
        bytesAhead -= stripe.lengthBytes;
    }

    /** Has the flow look for stripes soon. */
    void schedulePull() {
        if (!pullScheduled) {
            pullScheduled = true;
            channel.execute(this::pull);
        }
    }

    void onPull() {
        pullScheduled = false;
    }

    /** Sends a frame; should the flow be closed before, the connection gets it back. */
    void post(ByteBuffer frame) {
        loop.execute(() -> {
            if (channel.isClosed()) {
                connection.route(frame);
                return;
            }
            try {
                lastUsedNs = loop.nowNs();
                channel.enqueue(frame);
                channel.flush();
            } catch (RuntimeException | Error e) {
                channel.onFailure(e);
            }
        });
    }

    /** Closes the flow after everything in line has been sent and everything the peer still sends has come. */
    void scheduleCloseIdle() {
        channel.execute(() -> {
            enter(State.CLOSING);
            channel.enqueue(Frame.empty(FrameType.CLOSE_FLOW, 0));
            channel.flush();
        });
    }

    /** Closes the flow at once, telling the peer that the session is over where that is still possible. */
    void closeForGood(boolean tellPeer) {
        channel.execute(() -> {
            if (tellPeer && (state == State.OPEN || state == State.CLOSING)) {
                channel.enqueue(Frame.empty(FrameType.CLOSE_SESSION, 0));
                channel.flush();
            }
            channel.close(null);
        });
    }

    long unsentBytes() {
        return channel.unsentBytes();
    }

    long receivedBytes() {
        return channel.receivedBytes();
    }

    // ---- frames

    @Override
    public void onConnected() {
        enter(State.AWAITING_GREETING);
    }

    @Override
    public @Nullable ByteBuffer onHeader(FrameType type, int lengthBytes, long id) throws FrameException {
        boolean expected = switch (type) {
            case GREETING -> state == State.AWAITING_GREETING;
            case WELCOME -> state == State.AWAITING_WELCOME;
            case REFUSED -> state == State.AWAITING_GREETING || state == State.AWAITING_WELCOME;
            case MESSAGE, DATA, READ_FAILED, PONG, CLOSE_SESSION -> state == State.OPEN || state == State.CLOSING;
            case HELLO, READ, PING, CLOSE_FLOW -> false;
        };
        if (!expected) {
            throw new FrameException("the peer sent " + type + " to a flow that is " + state);
        }
        if (type != FrameType.DATA) {
            return null;
        }
        Stripe stripe = outstanding.get(id);
        if (stripe == null || stripe.lengthBytes != lengthBytes) {
            throw new FrameException("the peer sent " + lengthBytes + " bytes for read " + id + ", for which "
                    + (stripe == null ? "nothing" : stripe.lengthBytes + " bytes") + " had been asked");
        }
        return stripe.destination();
    }

    @Override
    public void onFrame(FrameType type, long id, ByteBuffer payload) throws FrameException {
        switch (type) {
            case GREETING -> {
                byte[] challenge = Handshake.readGreeting(payload, settings.encrypted());
                Handshake answer = connection.answer(challenge, index);
                handshake = answer;
                enter(State.AWAITING_WELCOME);
                channel.enqueue(answer.hello());
            }
            case WELCOME -> welcome(payload);
            case REFUSED -> throw new FrameException("the peer refuses it: " + Refusal.describe(payload.get()));
            case MESSAGE -> {
                lastUsedNs = loop.nowNs();
                connection.onMessage(payload);
            }
            case DATA -> connection.onStripeArrived(this, removeOutstanding(id));
            case READ_FAILED -> connection.onStripeFailed(this, removeOutstanding(id), Frame.reason(payload));
            case PONG -> pinged = false;
            case CLOSE_SESSION -> connection.onClosedByPeer(Frame.reason(payload));
            case HELLO, READ, PING, CLOSE_FLOW -> throw new AssertionError(type);
        }
    }

    private void welcome(ByteBuffer payload) throws FrameException {
        Handshake answer = handshake;
        if (answer == null) {
            throw new AssertionError("welcomed before the greeting was answered");
        }
        long instance = answer.readWelcome(payload);
        handshake = null;
        try (SessionKeys keys = answer.keys()) {
            channel.startSealing(FlowSeal.ofReader(keys, settings.encrypted()));
        }
        enter(State.OPEN);
        lastUsedNs = stateSinceNs;
        connection.onFlowOpen(this, instance);
    }

    private Stripe removeOutstanding(long readId) throws FrameException {
        Stripe stripe = outstanding.remove(readId);
        if (stripe == null) {
            throw new FrameException("the peer answered read " + readId + ", which was not asked for");
        }
        return stripe;
    }

    @Override
    public void onFramesHandled() {
        if (state == State.OPEN) {
            pull();
        }
    }

    @Override
    public @Nullable DataFrame nextDataFrame() {
        return null;
    }

    @Override
    public boolean wantsPause() {
        return false;
    }

    /** Takes stripes as long as there is room, and asks for them. */
    private void pull() {
        List<Stripe> taken = connection.take(this);
        if (taken.isEmpty()) {
            return;
        }
        lastUsedNs = loop.nowNs();
        if (!answerOwed()) {
            owedSinceNs = lastUsedNs;
        }
        for (Stripe stripe : taken) {
            long readId = nextReadId++;
            outstanding.put(readId, stripe);
            channel.enqueue(Frame.read(readId, stripe.read.windowId, stripe.windowOffset(), stripe.lengthBytes));
        }
        channel.flush();
    }

    // ---- time

    @Override
    public void onTick(long nowNs) throws FrameException {
        long inStateNs = nowNs - stateSinceNs;
        switch (state) {
            case CONNECTING ->
                require(inStateNs < settings.connectTimeout().toNanos(), "no connection was made in time");
            case AWAITING_GREETING, AWAITING_WELCOME ->
                require(
                        inStateNs < settings.handshakeTimeout().toNanos(),
                        "the peer did not complete the handshake in time");
            case OPEN -> {
                checkStall(nowNs);
                long idleNs = outstanding.isEmpty() ? nowNs - lastUsedNs : 0;
                connection.onTick(
                        this, nowNs, idleNs >= settings.flowIdleTimeout().toNanos());
            }
            case CLOSING ->
                require(
                        inStateNs < settings.flowStallTimeout().toNanos(),
                        "the peer did not close an idle flow in time");
        }
    }

    private void checkStall(long nowNs) throws FrameException {
        long stallNs = settings.flowStallTimeout().toNanos();
        long quietNs = nowNs - channel.lastReceivedNs();
        if (answerOwed()) {
            require(
                    quietNs < stallNs || nowNs - owedSinceNs < stallNs,
                    "no byte came for " + quietNs / 1_000_000 + " ms, with " + outstanding.size()
                            + " reads outstanding");
        }
        if (!pinged && quietNs > stallNs / 3) {
            if (!answerOwed()) {
                owedSinceNs = nowNs;
            }
            pinged = true;
            channel.enqueue(Frame.empty(FrameType.PING, 0));
            channel.flush();
        }
    }

    private boolean answerOwed() {
        return pinged || !outstanding.isEmpty();
    }

    private static void require(boolean holds, String otherwise) throws FrameException {
        if (!holds) {
            throw new FrameException(otherwise);
        }
    }

    private void enter(State next) {
        state = next;
        stateSinceNs = loop.nowNs();
    }

    @Override
    public void onClosed(@Nullable Throwable cause) {
        List<Stripe> stripes = new ArrayList<>(outstanding.values());
        outstanding.clear();
        boolean asked = state == State.CLOSING && stripes.isEmpty() && cause instanceof EOFException;
        boolean wasOpen = state == State.OPEN || state == State.CLOSING;
        TransportException lost = asked || cause == null
                ? null
                : new TransportException(
                        connection.describe(wasOpen ? "lost flow " + index + " to" : "cannot reach") + ": "
                                + (cause.getMessage() == null ? cause.toString() : cause.getMessage()),
                        cause);
        connection.onFlowClosed(this, stripes, wasOpen, lost);
    }
}

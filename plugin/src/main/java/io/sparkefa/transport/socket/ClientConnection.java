package io.sparkefa.transport.socket;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.SealException;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.WindowDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The reader's side of a session: the queue of its reads and the flows that take from it. Thread-safe. Nothing of the
 * handler or of a completion is called under the lock.
 *
 * <p>A flow that is being opened counts as one; the connection is over when it has none left and the last attempt to open
 * one has failed, and then {@code onClosed} is the last call of all.
 */
final class ClientConnection implements Connection {

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    /** A stripe that so many flows died of takes the connection with it: it is not the flows' fault then. */
    private static final int MAX_FAILED_FLOWS = 3;

    /** A peer that lets flows in and drops them again, so often without any use in between, is no peer. */
    private static final int MAX_USELESS_RETURNS = 3;

    /** A peer that dies takes all flows with it: one line says so. */
    private static final long LOSS_LOG_INTERVAL_NS = 10_000_000_000L;

    private final String peer;
    private final SessionCredentials credentials;
    private final ExecutorIdentity self;
    private final ConnectionHandler handler;
    private final SocketSettings settings;
    private final SocketLoops loops;
    private final ShuffleCounters counters;
    private final Consumer<ClientConnection> onEnd;
    private final SocketLoop home;

    private final Object lock = new Object();

    // ---- guarded by the lock
    private final ReadQueue reads;
    private final FlowController controller;
    private final ClientFlows flows = new ClientFlows();
    private final Queue<ByteBuffer> unrouted = new ArrayDeque<>(0);
    private @Nullable InetSocketAddress address;
    private boolean open;
    private long instance;
    private @Nullable TransportException closeCause;
    private int nextFlowIndex;
    private long lastLossLoggedNs;

    /** How often the last flow was lost since something useful came. */
    private int uselessReturns;

    /** What must be over before onClosed, besides all flows: completions and callbacks being called. */
    private int holds;

    private boolean closedReported;

    ClientConnection(
            String peer,
            SessionCredentials credentials,
            ExecutorIdentity self,
            ConnectionHandler handler,
            SocketSettings settings,
            SocketLoops loops,
            ShuffleCounters counters,
            Consumer<ClientConnection> onEnd) {
        this.peer = peer;
        this.credentials = credentials;
        this.self = self;
        this.handler = handler;
        this.settings = settings;
        this.loops = loops;
        this.counters = counters;
        this.onEnd = onEnd;
        this.home = loops.next();
        this.lastLossLoggedNs = home.nowNs() - LOSS_LOG_INTERVAL_NS - 1;
        this.reads = new ReadQueue(settings.stripeBytes());
        this.controller = new FlowController(settings.initialFlows(), settings.maxFlows());
    }

    /** What proves to the server that a flow is this session's. */
    Handshake answer(byte[] challenge, int flowIndex) {
        return Handshake.answer(challenge, credentials, self, flowIndex, settings.encrypted());
    }

    String describe(String what) {
        return what + " " + peer + " (" + credentials + ")";
    }

    /** The peer's name has been resolved: opens the first flow. */
    void onResolved(InetSocketAddress resolved) {
        synchronized (lock) {
            address = resolved;
            if (closeCause == null) {
                openFlow();
            }
        }
    }

    void onUnresolved(IOException cause) {
        close(new TransportException(describe("cannot reach") + ": " + cause.getMessage(), cause), false);
    }

    // ---- what the reader asks for

    @Override
    public void send(ByteBuffer message) {
        if (message.remaining() > Frame.MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "a message of " + message.remaining() + " bytes; at most " + Frame.MAX_MESSAGE_BYTES);
        }
        route(Frame.of(FrameType.MESSAGE, 0, message.duplicate()));
    }

    /** Gives a frame to the flow that has the least to send, or keeps it until there is one. */
    void route(ByteBuffer frame) {
        synchronized (lock) {
            if (closeCause != null) {
                return;
            }
            ClientFlow best = flows.leastLoaded();
            if (best == null) {
                unrouted.add(frame);
            } else {
                best.post(frame);
            }
        }
    }

    @Override
    public void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
        if (!destination.isDirect() || !destination.hasRemaining() || destination.isReadOnly() || offset < 0) {
            throw new IllegalArgumentException("a read at offset " + offset + " into " + destination);
        }
        if (window.encoded().length != Exposure.DESCRIPTOR_BYTES) {
            refuse(
                    completion,
                    new TransportException(describe("a window descriptor of " + window.encoded().length
                            + " bytes instead of " + Exposure.DESCRIPTOR_BYTES + " from")));
            return;
        }
        long windowId = ByteBuffer.wrap(window.encoded()).getLong();
        TransportException refusal;
        synchronized (lock) {
            refusal = closeCause;
            if (refusal == null) {
                reads.add(new PendingRead(windowId, offset, destination, completion));
                onWaitingChanged();
                wakeFlows();
            }
        }
        if (refusal != null) {
            refuse(completion, refusal);
        }
    }

    private void refuse(ReadCompletion completion, TransportException cause) {
        home.execute(() -> completion.onReadFailed(cause));
    }

    @Override
    public void close() {
        close(new TransportException(describe("closed the connection to")), true);
    }

    void close(TransportException cause, boolean tellPeer) {
        List<PendingRead> ended;
        synchronized (lock) {
            if (closeCause != null) {
                return;
            }
            closeCause = cause;
            holds++;
            unrouted.clear();
            ended = reads.failAll(cause);
            flows.forEach(flow -> {
                flow.setUsable(false);
                flow.closeForGood(tellPeer);
            });
        }
        home.execute(() -> {
            ended.forEach(PendingRead::report);
            release();
        });
    }

    /** Flows that are open or opening. */
    int flowCount() {
        synchronized (lock) {
            return flows.count();
        }
    }

    // ---- what the flows report, each on its loop

    /** Stripes for a flow, as many as it has room for. */
    List<Stripe> take(ClientFlow flow) {
        synchronized (lock) {
            flow.onPull();
            if (closeCause != null || reads.waitingBytes() == 0 || !flows.isWanted(flow, controller.target())) {
                return List.of();
            }
            List<Stripe> taken = new ArrayList<>();
            int nextBytes = reads.nextStripeBytes();
            while (nextBytes > 0 && flow.hasRoomFor(nextBytes)) {
                Stripe stripe = reads.take();
                if (stripe == null) {
                    break;
                }
                flow.onTaken(stripe);
                taken.add(stripe);
                nextBytes = reads.nextStripeBytes();
            }
            onWaitingChanged();
            return taken;
        }
    }

    void onStripeArrived(ClientFlow flow, Stripe stripe) {
        PendingRead ended;
        synchronized (lock) {
            flow.onGivenBack(stripe);
            uselessReturns = 0;
            ended = reads.arrived(stripe);
        }
        if (ended != null) {
            ended.report();
        }
    }

    void onStripeFailed(ClientFlow flow, Stripe stripe, String reason) {
        TransportException cause = new TransportException(describe("cannot read " + stripe.lengthBytes + " bytes at "
                        + stripe.windowOffset() + " of window " + stripe.read.windowId + " from")
                + ": " + reason);
        PendingRead ended;
        synchronized (lock) {
            flow.onGivenBack(stripe);
            ended = reads.failed(stripe, cause);
            onWaitingChanged();
        }
        if (ended != null) {
            ended.report();
        }
    }

    void onMessage(ByteBuffer message) {
        synchronized (lock) {
            if (closeCause != null) {
                return;
            }
            uselessReturns = 0;
        }
        handler.onMessage(message);
    }

    void onClosedByPeer(String reason) {
        close(new TransportException(describe("the session was ended by") + ": " + reason), false);
    }

    void onFlowOpen(ClientFlow flow, long flowInstance) {
        boolean first;
        synchronized (lock) {
            first = !open;
        }
        if (first) {
            handler.onOpen();
        }
        boolean forgotten;
        synchronized (lock) {
            if (closeCause != null) {
                return;
            }
            forgotten = open && instance != flowInstance;
            if (!forgotten) {
                open = true;
                instance = flowInstance;
                flow.setUsable(true);
                unrouted.forEach(flow::post);
                unrouted.clear();
                wakeFlows();
            }
        }
        counters.increment(ShuffleCounter.FLOWS_OPENED);
        if (forgotten) {
            close(new TransportException(describe("the session was forgotten by")), false);
        }
    }

    /** Called now and then for each open flow. */
    void onTick(ClientFlow flow, long nowNs, boolean idle) {
        synchronized (lock) {
            if (closeCause != null) {
                return;
            }
            int usable = flows.usableCount();
            controller.onTick(nowNs, flows.receivedBytes(), Math.min(usable, controller.target()));
            wakeFlows();
            if (idle && usable > 1 && flow.isUsable() && reads.waitingBytes() == 0) {
                flow.setUsable(false);
                flow.scheduleCloseIdle();
            }
        }
    }

    /**
     * A flow is gone, and nothing writes into the destinations of its stripes any more.
     *
     * @param lost null when it was closed on purpose
     */
    void onFlowClosed(ClientFlow flow, Collection<Stripe> stripes, boolean wasOpen, @Nullable TransportException lost) {
        List<PendingRead> ended = new ArrayList<>();
        TransportException fatal = null;
        boolean messagesLost;
        boolean closedIdle;
        boolean firstForAWhile;
        long nowNs = home.nowNs();
        synchronized (lock) {
            flow.setUsable(false);
            holds++;
            flows.remove(flow);
            for (Stripe stripe : stripes) {
                PendingRead read = reads.putBack(stripe);
                if (read != null) {
                    ended.add(read);
                }
                if (stripe.failedFlows >= MAX_FAILED_FLOWS) {
                    fatal = lost;
                }
            }
            messagesLost = wasOpen && lost != null && closeCause == null;
            closedIdle = wasOpen && lost == null && closeCause == null;
            firstForAWhile = messagesLost && nowNs - lastLossLoggedNs > LOSS_LOG_INTERVAL_NS;
            lastLossLoggedNs = firstForAWhile ? nowNs : lastLossLoggedNs;
            if (lost != null && !wasOpen) {
                controller.onFlowRefused(nowNs, flows.count());
                fatal = flows.isEmpty() ? lost : fatal;
            }
            if (messagesLost && flows.isEmpty() && ++uselessReturns > MAX_USELESS_RETURNS) {
                fatal = lost;
            }
            if (closeCause == null && fatal == null) {
                onWaitingChanged();
                wakeFlows();
                if (flows.isEmpty()) {
                    openFlow();
                }
            }
        }
        ended.forEach(PendingRead::report);
        if (closedIdle) {
            counters.increment(ShuffleCounter.FLOWS_CLOSED_IDLE);
        }
        if (messagesLost && lost != null) {
            counters.increment(ShuffleCounter.FLOWS_LOST);
            boolean rejected = lost.getCause() instanceof SealException;
            if (rejected) {
                counters.increment(ShuffleCounter.FRAMES_REJECTED);
            }
            LOG.atLevel(!firstForAWhile ? Level.DEBUG : rejected ? Level.WARN : Level.INFO)
                    .log("{}; its {} stripes go to other flows", lost.getMessage(), stripes.size());
            tellMessagesLost();
        }
        if (fatal != null) {
            close(fatal, true);
        }
        release();
    }

    private void tellMessagesLost() {
        try {
            handler.onMessagesLost();
        } catch (RuntimeException e) {
            LOG.error("a connection handler threw", e);
        }
    }

    /** Something that onClosed waits for is over. */
    private void release() {
        TransportException cause;
        synchronized (lock) {
            holds--;
            cause = closeCause;
            if (cause == null || holds > 0 || !flows.isEmpty() || closedReported) {
                return;
            }
            closedReported = true;
        }
        onEnd.accept(this);
        handler.onClosed(cause);
    }

    // ---- under the lock

    /** Gives the waiting reads to flows, and opens more where there are fewer than the waiting reads could use. */
    private void wakeFlows() {
        boolean opened = flows.wake(controller.target(), reads.waitingBytes(), reads.nextStripeBytes());
        while (opened && open && flows.count() < controller.target()) {
            opened = openFlow();
        }
    }

    private boolean openFlow() {
        InetSocketAddress to = address;
        if (to == null) {
            return false;
        }
        try {
            // Not the next loop for the first: then every other loop would have the first flows of all connections.
            SocketLoop loop = nextFlowIndex == 0 ? home : loops.next();
            ClientFlow flow = new ClientFlow(this, nextFlowIndex++, loop, settings);
            flows.add(flow);
            flow.connect(to);
            return true;
        } catch (IOException e) {
            TransportException cause =
                    new TransportException(describe("cannot open a socket to reach") + ": " + e.getMessage(), e);
            controller.onFlowRefused(home.nowNs(), flows.count());
            if (flows.isEmpty()) {
                home.execute(() -> close(cause, false));
            }
            return false;
        }
    }

    private void onWaitingChanged() {
        controller.onWaiting(reads.waitingBytes() > 0, home.nowNs(), flows.receivedBytes());
    }
}

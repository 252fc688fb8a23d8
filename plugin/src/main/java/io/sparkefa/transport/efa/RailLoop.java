package io.sparkefa.transport.efa;

import io.sparkefa.fabric.EventError;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.transport.LogLimit;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of a {@link Rail}: turn by turn it runs tasks, takes completions, posts what waits, and waits itself when there is
 * nothing to do. It opens the endpoint, closes it when it breaks, and opens another one.
 *
 * <p>The thread blocks nowhere but in {@link RailWaiting}, and for a bounded time when it closes an endpoint.
 */
final class RailLoop {

    private static final Logger LOG = LoggerFactory.getLogger(RailLoop.class);

    private static final int TASKS_PER_TURN = 256;
    private static final long TICK_NS = 250_000_000;

    /** After a longer turn the process was stopped, or its host was: what came meanwhile is looked at before any deadline. */
    private static final long LATE_NS = 1_000_000_000;

    private static final int TICKS_PER_SWEEP = 8;
    private static final int EVENTS_PER_TICK = 16;

    /** For what is on its way when a rail is closed, such as a last message that says so. */
    private static final long LAST_SENDS_NS = 500_000_000;

    /** Operations that were begun because others failed, and fail too. */
    private static final int LAST_ROUNDS = 100;

    private static final long CLOSE_ENDPOINT_MS = 5_000;

    /** As an executor stops, which is not to take longer than 5 s in all: {@link EfaTransport#close}. */
    private static final long CLOSE_LAST_ENDPOINT_MS = 1_000;

    private static final long CLOSE_MS = CLOSE_ENDPOINT_MS + 5_000;

    /** The EFA provider needs 0.1 to 0.3 s. */
    private static final long START_MS = 60_000;

    private final String rail;
    private final EfaDevices.Device device;
    private final Rail.Listener listener;
    private final Runnable turnEnd;
    private final LongSupplier clock;
    private final RailLimits limits;
    private final RailFailures failures;
    private final Thread thread;
    private final RailTasks tasks = new RailTasks();
    private final RailWaiting waiting;
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private volatile Optional<byte[]> address = Optional.empty();
    private volatile boolean stopping;

    // confined: this thread
    private final SendBuffers sendBuffers;
    private final ReceiveBuffers receiveBuffers;
    private final PeerTable peers = new PeerTable();
    private final RailTraffic traffic;
    private final RailCompletions completions;
    private final LogLimit peersErrors = new LogLimit(Duration.ofSeconds(60));
    private final RebuildAllowance allowance = new RebuildAllowance();
    private @Nullable RailEndpoint endpoint;
    /** The endpoint is to be closed at the end of this turn. */
    private @Nullable String broken;

    private long lastTurnNs;
    private long lastWorkNs;
    private long lastTickNs;
    private int ticks;

    /** Allocates the buffers for messages. To be followed by {@link #start}. */
    RailLoop(
            String rail,
            String threadName,
            EfaDevices.Device device,
            EfaSettings settings,
            Rail.Listener listener,
            LongSupplier clock)
            throws IOException {
        if (device.isHeldForEver()) {
            throw new IOException(rail + " cannot be opened again: its last endpoint could not be closed");
        }
        this.rail = rail;
        this.device = device;
        this.listener = listener;
        this.turnEnd = listener::onTurnEnd;
        this.clock = clock;
        this.limits = RailLimits.of(settings, device.info);
        this.failures = new RailFailures(settings.provider(), rail);
        this.thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
        this.waiting = new RailWaiting(
                settings,
                thread,
                () -> !tasks.isEmpty() || stopping,
                () -> device.emulatesReads() && listener.isBeingRead());
        this.sendBuffers = new SendBuffers(device, limits, settings.hugePages());
        try {
            this.receiveBuffers = new ReceiveBuffers(device, limits, settings.hugePages());
        } catch (IOException | RuntimeException | Error e) {
            sendBuffers.close();
            throw e;
        }
        this.traffic = new RailTraffic(device.index, limits, sendBuffers, failures);
        this.completions = new RailCompletions(rail, traffic, receiveBuffers, failures, listener, this::rebuild, clock);
    }

    /** Returns when the endpoint is open; when that fails, everything is closed again. */
    void start() throws IOException {
        thread.start();
        try {
            opened.get(START_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            close();
            Throwable cause = Objects.requireNonNull(e.getCause());
            throw new IOException(rail + " could not be opened: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IOException("interrupted while " + rail + " was being opened", e);
        } catch (TimeoutException e) {
            close();
            throw new IOException(rail + " could not be opened within " + START_MS + " ms", e);
        }
    }

    Optional<byte[]> address() {
        return address.map(byte[]::clone);
    }

    void execute(Runnable task) {
        tasks.add(task);
        waiting.wake();
    }

    boolean isOnThread() {
        return Thread.currentThread().equals(thread);
    }

    RailTraffic traffic() {
        return traffic;
    }

    Peer peer(long handle) {
        assert isOnThread();
        return peers.get(handle);
    }

    long insertPeer(byte[] peerAddress) throws TransportException {
        assert isOnThread();
        RailEndpoint current = endpoint;
        if (current == null) {
            throw new TransportException(rail + " is down");
        }
        Peer peer = peers.use(peerAddress);
        try {
            PeerTable.number(peer, current.addresses);
            return peer.handle;
        } catch (FabricException e) {
            peers.release(peer, clock.getAsLong());
            throw new TransportException(
                    rail + " does not take the address of a peer (" + peerAddress.length + " bytes): " + e.getMessage(),
                    e);
        }
    }

    void releasePeer(long handle) {
        assert isOnThread();
        peers.release(peers.get(handle), clock.getAsLong());
    }

    void rebuild(String reason) {
        assert isOnThread();
        if (broken == null) {
            broken = reason;
        }
    }

    /** Has the thread end; {@link #close} waits for that. */
    void stop() {
        stopping = true;
        waiting.wake();
    }

    void close() {
        stop();
        if (isOnThread() || RailEndpoint.join(thread, CLOSE_MS)) {
            return;
        }
        device.holdForEver();
        LOG.error("{} does not end: {} stays, and all registered memory with it", rail, thread);
    }

    private void run() {
        try {
            bringUp();
        } catch (IOException | RuntimeException | Error e) {
            stopping = true;
            try {
                end();
            } finally {
                opened.completeExceptionally(e);
            }
            return;
        }
        opened.complete(null);
        lastTurnNs = lastWorkNs = lastTickNs = clock.getAsLong();
        while (!stopping) {
            turnOrBreak();
        }
        finishSends();
        end();
    }

    private void turnOrBreak() {
        try {
            turn();
        } catch (FabricException e) {
            rebuild(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.error("a turn of {} failed", rail, e);
            rebuild("a turn failed with " + e);
        }
        if (broken != null) {
            takeDown(broken);
        }
    }

    private void turn() throws FabricException {
        int work = tasks.run(TASKS_PER_TURN);
        RailEndpoint current = endpoint;
        boolean backlog = false;
        if (current != null) {
            int polled = completions.poll(current);
            backlog = completions.isBacklog(polled, current);
            receiveBuffers.post(current.endpoint);
            work += polled + traffic.postWaiting();
        }
        work += traffic.deliverFailures();
        if (work > 0) {
            guard(turnEnd);
        }
        long nowNs = clock.getAsLong();
        tick(nowNs, backlog);
        if (endpoint == null) {
            tryToBringUp(nowNs);
        }
        if (work > 0 || traffic.hasFailures() || broken != null) {
            lastWorkNs = nowNs;
        } else {
            idle(nowNs - lastWorkNs);
        }
    }

    private void idle(long idleNs) throws FabricException {
        RailEndpoint current = endpoint;
        if (current == null) {
            waiting.await(idleNs);
            return;
        }
        boolean owed = traffic.inFlightCount() > 0 || traffic.hasWaiting() || receiveBuffers.hasToPost();
        completions.onFound(waiting.await(current.completions, current.entries, idleNs, owed));
    }

    private void tick(long nowNs, boolean backlog) throws FabricException {
        boolean late = nowNs - lastTurnNs > LATE_NS;
        lastTurnNs = nowNs;
        if (late) {
            lastTickNs = nowNs;
        }
        long sinceNs = nowNs - lastTickNs;
        if (sinceNs < (backlog ? LATE_NS : TICK_NS)) {
            return;
        }
        lastTickNs = nowNs;
        RailEndpoint current = endpoint;
        if (current != null) {
            pollEvents(current);
            if (++ticks % TICKS_PER_SWEEP == 0) {
                peers.sweep(current.addresses, nowNs);
            }
        }
        guard(() -> listener.onTick(nowNs));
    }

    private void pollEvents(RailEndpoint current) throws FabricException {
        for (int i = 0; i < EVENTS_PER_TICK; i++) {
            Optional<EventError> event = current.events.poll();
            if (event.isEmpty()) {
                return;
            }
            if (failures.isCausedByPeer(event.get())) {
                peersErrors.log(
                        clock.getAsLong(),
                        others ->
                                LOG.warn("a peer caused an error on {}: {}; and {} others", rail, event.get(), others));
            } else {
                rebuild("the provider reports " + event.get());
            }
        }
    }

    private void bringUp() throws FabricException {
        RailEndpoint current = RailEndpoint.open(device, limits.completionQueueSize());
        endpoint = current;
        completions.onUp();
        traffic.onUp(current);
        // The EFA provider receives nothing before the first poll: peers must not know the address earlier.
        receiveBuffers.post(current.endpoint);
        completions.poll(current);
        address = Optional.of(current.address);
    }

    private void tryToBringUp(long nowNs) {
        if (device.isHeldForEver() || !allowance.tryTake(nowNs)) {
            return;
        }
        try {
            bringUp();
        } catch (FabricException e) {
            LOG.warn("{} could not be opened again", rail, e);
            if (endpoint != null) {
                closeEndpoint("it could not be opened again: " + e.getMessage(), CLOSE_ENDPOINT_MS);
            }
            return;
        }
        LOG.info("{} is up again", rail);
        guard(listener::onUp);
    }

    private void takeDown(String reason) {
        broken = null;
        if (endpoint == null) {
            return;
        }
        RailFailure failure = closeEndpoint(reason, CLOSE_ENDPOINT_MS);
        LOG.warn(
                "{} is down ({}){}",
                rail,
                reason,
                device.isHeldForEver()
                        ? " for good"
                        : ", to be opened again in "
                                + TimeUnit.NANOSECONDS.toSeconds(allowance.waitNs(clock.getAsLong())) + " s");
        traffic.deliverFailures();
        guard(() -> listener.onDown(failure.cause()));
    }

    private RailFailure closeEndpoint(String reason, long timeoutMs) {
        address = Optional.empty();
        RailEndpoint current = endpoint;
        endpoint = null;
        boolean closed = current == null || current.close(timeoutMs);
        RailFailure failure = closed ? failures.railDown(reason) : failures.memoryLost(reason);
        traffic.onDown(failure);
        peers.onEndpointClosed();
        if (closed) {
            receiveBuffers.onEndpointClosed();
        }
        return failure;
    }

    private void finishSends() {
        long startNs = System.nanoTime();
        while ((traffic.hasWaiting() || traffic.inFlightCount() > 0 || !tasks.isEmpty())
                && endpoint != null
                && System.nanoTime() - startNs < LAST_SENDS_NS) {
            turnOrBreak();
        }
    }

    private void end() {
        tasks.close();
        tasks.run(Integer.MAX_VALUE);
        closeEndpoint("it has been closed", CLOSE_LAST_ENDPOINT_MS);
        for (int rounds = 0; traffic.hasFailures() && rounds < LAST_ROUNDS; rounds++) {
            traffic.deliverFailures();
        }
        sendBuffers.close();
        receiveBuffers.close();
    }

    private void guard(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            LOG.error("what follows something on {} failed", rail, e);
        }
    }
}

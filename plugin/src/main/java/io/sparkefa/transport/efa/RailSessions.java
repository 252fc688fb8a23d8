package io.sparkefa.transport.efa;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.SealException;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions whose control rail is this one: gives messages to the session that they are for, and what sessions have to say
 * to the rail. Confined to the rail's thread, except where said.
 */
final class RailSessions implements Rail.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(RailSessions.class);

    /** Answers that take longer wait for a disk, and are nothing for a rail… */
    private static final long QUICK_NS = 1_000_000;

    /** … for so long. */
    private static final long SLOW_PAUSE_NS = 1_000_000_000;

    /** Batches kept for the next turn. */
    private static final int SPARE_BATCHES = 8;

    private final EfaSettings settings;
    private final SessionDoor door;
    private final ShuffleCounters counters;
    private final LongSupplier nanoClock;
    private final RejectedMessages rejected;
    private final Rail rail;
    private boolean closing;
    private boolean numberingBroken;
    /** Until when the server threads answer everything. */
    private long slowUntilNs;

    private final Map<Long, Session> sessions = new HashMap<>();
    private final AtomicInteger sessionCount = new AtomicInteger();
    private final List<Outbox> unflushed = new ArrayList<>();
    private final Deque<ByteBuffer> spareBatches = new ArrayDeque<>();

    /** Makes a rail, which is to be started by the caller. */
    RailSessions(
            int index,
            EfaDevices.Device device,
            EfaSettings settings,
            SessionDoor door,
            ShuffleCounters counters,
            LongSupplier nanoClock) {
        this.settings = settings;
        this.door = door;
        this.counters = counters;
        this.nanoClock = nanoClock;
        this.rejected = new RejectedMessages(counters, nanoClock);
        this.rail = new Rail(index, device, settings, this, nanoClock);
        this.slowUntilNs = nanoClock.getAsLong();
    }

    /** Any thread. */
    Rail rail() {
        return rail;
    }

    /** Any thread. */
    EfaSettings settings() {
        return settings;
    }

    /** Any thread. */
    long nowNs() {
        return nanoClock.getAsLong();
    }

    /** Any thread. */
    int count() {
        return sessionCount.get();
    }

    void add(Session session) {
        sessions.put(session.id(), session);
        sessionCount.set(sessions.size());
    }

    void remove(Session session) {
        sessions.remove(session.id(), session);
        sessionCount.set(sessions.size());
    }

    /** A copy, since what is done to a session may remove it. */
    List<Session> all() {
        return List.copyOf(sessions.values());
    }

    /** Begins to end all sessions, so that the peers hear of it. */
    void closeAll() {
        closing = true;
        all().forEach(session -> session.beginClose("its transport is closed"));
    }

    /** The last word, when all rails are closed: on the thread that closed them. */
    void onAllRailsClosed(TransportException cause) {
        all().forEach(session -> session.onRailsClosed(cause));
    }

    // ---- what comes

    @Override
    public void onMessage(ByteBuffer message) {
        int lengthBytes = message.remaining();
        if (lengthBytes < Wire.HEADER_BYTES) {
            rejected.addStray(lengthBytes);
            return;
        }
        long id = message.getLong();
        long number = message.getLong();
        Session session = sessions.get(id);
        if (number == Wire.HANDSHAKE) {
            onHandshake(id, session, message);
        } else if (session == null) {
            rejected.addStray(lengthBytes);
        } else {
            onSealed(session, number, message);
        }
    }

    private void onSealed(Session session, long number, ByteBuffer message) {
        try {
            session.unseal(number, message);
        } catch (SealException e) {
            rejected.addForged(session, number, e);
            return;
        }
        try {
            dispatch(session, message);
        } catch (RecordException e) {
            session.onPeerLost(session.brokeTheProtocol(e));
        } catch (RuntimeException | Error e) {
            // The rest of the message is lost; whoever waits for what it said must not wait for ever.
            LOG.error("A message of {} could not be handled", session.peerName(), e);
            session.onPeerLost(new TransportException("a message of " + session.peerName() + " met " + e, e));
        }
    }

    private static void dispatch(Session session, ByteBuffer message) throws RecordException {
        // A record may end the session, and leaves nobody then whom the others could be for.
        while (message.hasRemaining() && !session.hasLeft()) {
            byte code = message.get();
            RecordType type = RecordType.of(code);
            if (type == null) {
                throw new RecordException("a record of type " + code);
            }
            session.receive(type, message);
        }
    }

    /** Anybody can send these, so nothing happens before the message has proven that it may. */
    private void onHandshake(long id, @Nullable Session session, ByteBuffer message) {
        try {
            Wire.need(message, 1);
            byte code = message.get();
            RecordType type = RecordType.of(code);
            if (id == 0 && type == RecordType.OPEN) {
                door.onOpening(this, message, closing);
            } else if (session != null && type != null) {
                session.onHandshake(type, message);
            } else {
                throw new RecordException(
                        "a record of type " + code + " for " + (session == null ? "no" : "a") + " session");
            }
        } catch (RecordException e) {
            rejected.addHandshake(e);
        } catch (RuntimeException e) {
            LOG.error("A message that would open a session could not be handled", e);
        }
    }

    @Override
    public void onTick(long nowNs) {
        all().forEach(session -> session.tick(nowNs));
        onTurnEnd();
        if (numberingBroken && sessions.isEmpty()) {
            numberingBroken = false;
            rail.rebuild("a message was lost, after which the provider delivers no others to the same peer");
        }
    }

    /**
     * A message to a peer that may still be there was lost. The EFA provider numbers the messages of two endpoints and delivers
     * them in order, so the peer waits for that one for ever: nothing gets through to it from this endpoint any more. The rail
     * gets a new one as soon as that disturbs nobody.
     */
    void onMessageLost() {
        numberingBroken = true;
    }

    @Override
    public void onDown(TransportException cause) {
        counters.increment(ShuffleCounter.RAILS_LOST);
        unflushed.clear();
        all().forEach(session -> session.onRailDown(cause));
    }

    @Override
    public void onUp() {
        LOG.info("EFA rail {} is up again", rail.index());
    }

    /** Whether to answer here what can be answered quickly. */
    boolean answersQuickly() {
        return nowNs() - slowUntilNs >= 0;
    }

    /** Answers on this thread; when that was not quick after all, the next ones are for the server threads. */
    void answer(Runnable quickAnswer) {
        long startNs = nowNs();
        quickAnswer.run();
        long endNs = nowNs();
        if (endNs - startNs > QUICK_NS) {
            slowUntilNs = endNs + SLOW_PAUSE_NS;
        }
    }

    /** Peers read over any rail, so all of them look. */
    @Override
    public boolean isBeingRead() {
        return door.isBeingRead();
    }

    /** Some chunks, or windows in place, may be read from now on; not any more when the count is negative. */
    void addChunksBeingRead(int count) {
        door.addChunksBeingRead(count);
    }

    // ---- what goes

    ByteBuffer takeBatch() {
        ByteBuffer spare = spareBatches.poll();
        return spare == null ? ByteBuffer.allocate(settings.queues().messageBytes()) : spare.clear();
    }

    void giveBackBatch(ByteBuffer batch) {
        if (spareBatches.size() < SPARE_BATCHES) {
            spareBatches.push(batch);
        }
    }

    void flushAtTurnEnd(Outbox outbox) {
        unflushed.add(outbox);
    }

    void send(long peer, ByteBuffer message, Rail.Operation onSent) {
        rail.send(peer, message, onSent);
    }

    /** A message that opens a session, or says that it does not open. */
    void sendHandshake(long peer, long destinationId, RecordType type, ByteBuffer body, Rail.Operation delivery) {
        ByteBuffer message = ByteBuffer.allocate(Wire.HEADER_BYTES + 1 + body.remaining());
        message.putLong(destinationId).putLong(Wire.HANDSHAKE).put(type.code()).put(body);
        rail.send(peer, message.flip(), delivery);
    }

    @Override
    public void onTurnEnd() {
        // By index: a send that fails at once may have something to say.
        for (int i = 0; i < unflushed.size(); i++) {
            unflushed.get(i).flush();
        }
        unflushed.clear();
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.seal.SealException;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What both ends of a session have in common: its place on a control rail, the way to the peer, and the watch over whether
 * the peer is still there. Confined to its rail's thread.
 */
abstract class Session {

    /** A peer that owes nothing is asked this many times less often whether it is there. */
    private static final int IDLE_PING_FACTOR = 30;

    private final RailSessions home;
    private final long id;
    private final String peerName;

    private final Rail.Operation delivery = new Rail.Operation() {
        @Override
        public void onDone() {
            // What matters is only whether something did not leave.
        }

        @Override
        public void onFailed(RailFailure failure) {
            onUnsent(failure);
        }
    };

    private boolean hasPeer;
    private long peer;
    /** Nothing before both ends have their keys. */
    private @Nullable MessageSeal seal;

    private @Nullable Outbox outbox;
    private boolean left;

    private long lastHeardNs;
    /** When the oldest question without an answer was asked; meaningless when the peer was heard after it. */
    private long askedNs;

    private boolean asked;
    /** A message was sent since the peer was heard last, and may be one that it has to answer. */
    private boolean messaged;

    /**
     * @param id what messages for this session begin with
     * @param peerName for messages
     */
    Session(RailSessions home, long id, String peerName) {
        this.home = home;
        this.id = id;
        this.peerName = peerName;
    }

    final long id() {
        return id;
    }

    final RailSessions home() {
        return home;
    }

    final String peerName() {
        return peerName;
    }

    final TransportException brokeTheProtocol(RecordException how) {
        return new TransportException(peerName + " broke the protocol: " + how.getMessage(), how);
    }

    /**
     * An answer to the OPEN of this session, from whomever.
     *
     * @throws RecordException when it does not prove that it comes from the peer, or is not wanted; it has changed nothing then
     */
    abstract void onHandshake(RecordType type, ByteBuffer from) throws RecordException;

    /** A record for this session; takes exactly its body. Not called for PING and PONG. */
    abstract void onRecord(RecordType type, ByteBuffer from) throws RecordException;

    /** The peer cannot be reached, has gone silent, or has broken the protocol. */
    abstract void onPeerLost(TransportException cause);

    /** The control rail broke: all operations have ended, and our own address is not what the peer knows. */
    abstract void onRailDown(TransportException cause);

    /** Ends the session, and lets the peer know. */
    abstract void beginClose(String reason);

    /** No rail lives any more, and all operations have ended: the session is over now. */
    abstract void onRailsClosed(TransportException cause);

    /** Whether the peer has to do something for this end. */
    abstract boolean isOwed();

    /** Time passes. */
    abstract void onTick(long nowNs);

    /** Enters the rail. */
    final void join() {
        lastHeardNs = home.nowNs();
        home.add(this);
    }

    /** Says where the peer is. */
    final void setPeer(long railPeer) {
        peer = railPeer;
        hasPeer = true;
    }

    /**
     * Both ends have their keys.
     *
     * @param destinationId what the peer knows this session by
     */
    final void introduce(long destinationId, MessageSeal sealedWith) {
        seal = sealedWith;
        outbox = new Outbox(home, peer, destinationId, sealedWith, delivery);
    }

    final boolean hasPeer() {
        return hasPeer;
    }

    final boolean isIntroduced() {
        return outbox != null;
    }

    /** Sends what cannot be sealed, since there are no keys yet. */
    final void sendHandshake(long destinationId, RecordType type, ByteBuffer body) {
        home.sendHandshake(peer, destinationId, type, body, delivery);
    }

    final long peer() {
        return peer;
    }

    final Outbox outbox() {
        Outbox known = outbox;
        if (known == null) {
            throw new IllegalStateException("session " + id + " has no keys yet");
        }
        return known;
    }

    /** Leaves the rail. Harmless when repeated. */
    final void leave() {
        if (!left) {
            left = true;
            home.remove(this);
            if (outbox != null) {
                outbox.flush();
            }
            if (hasPeer) {
                home.rail().releasePeer(peer);
            }
        }
    }

    final boolean hasLeft() {
        return left;
    }

    /** As {@link #leave}, from a rail that is closed. */
    final void leaveClosedRail() {
        left = true;
        home.remove(this);
    }

    /**
     * Opens a message: from here on, it is known to be the peer's, and to come for the first time.
     *
     * @param message its position is after the header; what remains afterwards are its records
     * @throws SealException otherwise; nothing has changed then
     */
    final void unseal(long number, ByteBuffer message) throws SealException {
        MessageSeal known = seal;
        if (known == null) {
            throw new SealException("it comes before there are keys");
        }
        known.open(number, message);
        lastHeardNs = home.nowNs();
        asked = false;
        messaged = false;
    }

    final void receive(RecordType type, ByteBuffer from) throws RecordException {
        if (type == RecordType.PING) {
            outbox().add(RecordType.PONG);
        } else if (type != RecordType.PONG) {
            onRecord(type, from);
        }
    }

    /** Sends what a handler has to say: all that remains of the buffer. */
    final void addMessage(ByteBuffer message) {
        int lengthBytes = message.remaining();
        outbox().add(RecordType.MESSAGE, Integer.BYTES + lengthBytes)
                .putInt(lengthBytes)
                .put(message);
        messaged = true;
    }

    /** Looks after the peer, once it is known. */
    final void tick(long nowNs) {
        onTick(nowNs);
        if (outbox == null || left) {
            return;
        }
        if (seal != null && seal.isWorn()) {
            beginClose("its keys have sealed as much as they should");
            return;
        }
        EfaSettings settings = home.settings();
        if (asked && nowNs - askedNs >= settings.patience().peerTimeout().toNanos()) {
            onPeerLost(new TransportException(peerName + " has not been heard for "
                    + TimeUnit.NANOSECONDS.toSeconds(nowNs - lastHeardNs) + " s and does not answer"));
            return;
        }
        long silenceNs = settings.patience().pingInterval().toNanos() * (isOwed() || messaged ? 1 : IDLE_PING_FACTOR);
        if (!asked && nowNs - lastHeardNs >= silenceNs) {
            asked = true;
            askedNs = nowNs;
            outbox().add(RecordType.PING);
        }
    }

    private void onUnsent(RailFailure failure) {
        if (failure.kind() == RailFailure.Kind.UNREACHABLE) {
            home.onMessageLost();
        }
        if (!left && failure.kind() != RailFailure.Kind.RAIL_DOWN) {
            onPeerLost(new TransportException(
                    "cannot send to " + peerName + ": " + failure.cause().getMessage(), failure.cause()));
        }
    }
}

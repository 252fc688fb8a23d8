package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way to one session at a peer, in as few messages as possible: what is added in one turn of the rail goes
 * out together at its end, under one seal. Confined to its rail's thread.
 */
final class Outbox {

    private final RailSessions rail;
    private final long peer;
    private final long destinationId;
    private final MessageSeal seal;
    private final Rail.Operation delivery;
    private @Nullable ByteBuffer batch;

    /**
     * @param peer from {@link Rail#insertPeer}
     * @param destinationId what the peer knows the session by
     * @param delivery told how every message ended
     */
    Outbox(RailSessions rail, long peer, long destinationId, MessageSeal seal, Rail.Operation delivery) {
        this.rail = rail;
        this.peer = peer;
        this.destinationId = destinationId;
        this.seal = seal;
        this.delivery = delivery;
    }

    /** Begins a record; exactly so many bytes must be put into what this returns, before anything else is added. */
    ByteBuffer add(RecordType type, int bodyBytes) {
        ByteBuffer current = batch;
        if (current != null && current.remaining() < 1 + bodyBytes) {
            flush();
            current = null;
        }
        if (current == null) {
            current = rail.takeBatch();
            current.limit(current.capacity() - MessageSeal.TAG_BYTES).position(Wire.HEADER_BYTES);
            batch = current;
            rail.flushAtTurnEnd(this);
        }
        if (current.remaining() < 1 + bodyBytes) {
            throw new IllegalArgumentException("a " + type + " record of " + bodyBytes + " bytes");
        }
        return current.put(type.code());
    }

    void add(RecordType type) {
        add(type, 0);
    }

    void addText(RecordType type, String text) {
        byte[] bytes = Wire.text(text);
        add(type, Short.BYTES + bytes.length).putShort((short) bytes.length).put(bytes);
    }

    /** Sends what was added. */
    void flush() {
        ByteBuffer ready = batch;
        if (ready != null) {
            batch = null;
            ready.putLong(0, destinationId);
            seal.seal(ready.limit(ready.capacity()));
            rail.send(peer, ready.flip(), delivery);
            rail.giveBackBatch(ready);
        }
    }
}

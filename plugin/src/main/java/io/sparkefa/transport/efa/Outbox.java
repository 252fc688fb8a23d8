package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way to one session at a peer, as few messages as possible: what is added in one turn of the rail goes
 * out together at its end. Confined to its rail's thread.
 */
final class Outbox implements Rail.Operation {

    private final RailSessions rail;
    private final long peer;
    private final long destinationId;
    private final Consumer<RailFailure> onUnsent;
    private @Nullable ByteBuffer batch;

    /**
     * @param peer from {@link Rail#insertPeer}
     * @param destinationId what the peer knows the session by
     * @param onUnsent told of every message that could not be sent
     */
    Outbox(RailSessions rail, long peer, long destinationId, Consumer<RailFailure> onUnsent) {
        this.rail = rail;
        this.peer = peer;
        this.destinationId = destinationId;
        this.onUnsent = onUnsent;
    }

    /** Begins a record; exactly so many bytes must be put into what this returns, before anything else is added. */
    ByteBuffer add(RecordType type, int bodyBytes) {
        ByteBuffer current = batch;
        if (current != null && current.remaining() < 1 + bodyBytes) {
            flush();
            current = null;
        }
        if (current == null) {
            current = rail.takeBatch().putLong(destinationId);
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
            rail.send(peer, ready.flip(), this);
            rail.giveBackBatch(ready);
        }
    }

    @Override
    public void onDone() {
        // What matters is only whether something did not leave.
    }

    @Override
    public void onFailed(RailFailure failure) {
        onUnsent.accept(failure);
    }
}

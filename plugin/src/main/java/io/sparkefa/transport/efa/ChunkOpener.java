package io.sparkefa.transport.efa;

import io.sparkefa.seal.Opener;
import io.sparkefa.seal.SealException;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

/** Opens what the peer's {@link ChunkSealer} has sealed, on several threads at once. Thread-safe. */
final class ChunkOpener {

    /** The threads that open are few and live long. */
    private static final ThreadLocal<ByteBuffer> SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocate(ChunkSeals.SEGMENT_BYTES + ChunkSeals.TAG_BYTES));

    private final SessionSecrets secrets;

    /** By lane. */
    private final ConcurrentHashMap<Integer, Opener> openers = new ConcurrentHashMap<>();

    ChunkOpener(SessionSecrets secrets) {
        this.secrets = secrets;
    }

    /**
     * @param sealed as long as the chunk; its position does not move
     * @param destination may be the same memory; its position does not move
     * @throws SealException when it does not open; what the destination holds is of no use then
     */
    void open(ChunkSeals.Name name, ChunkSeals seals, ByteBuffer sealed, ByteBuffer destination) throws SealException {
        Opener opener = openers.computeIfAbsent(seals.lane(), secrets::laneOpener);
        ByteBuffer associated = name.encode();
        ByteBuffer scratch = SCRATCH.get();
        int lengthBytes = sealed.remaining();
        for (int segment = 0; segment < ChunkSeals.segmentCount(lengthBytes); segment++) {
            int from = segment * ChunkSeals.SEGMENT_BYTES;
            int segmentBytes = Math.min(ChunkSeals.SEGMENT_BYTES, lengthBytes - from);
            scratch.clear();
            scratch.put(0, sealed, sealed.position() + from, segmentBytes);
            scratch.put(segmentBytes, seals.tags(), segment * ChunkSeals.TAG_BYTES, ChunkSeals.TAG_BYTES);
            opener.open(
                    seals.firstNumber() + segment,
                    associated.duplicate(),
                    scratch.duplicate().limit(segmentBytes + ChunkSeals.TAG_BYTES),
                    scratch);
            destination.put(destination.position() + from, scratch, 0, segmentBytes);
        }
    }
}

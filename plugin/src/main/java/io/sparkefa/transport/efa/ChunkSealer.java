package io.sparkefa.transport.efa;

import io.sparkefa.seal.Sealer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Seals the chunks of one session, on several threads at once: each takes a lane for as long as it seals a chunk, and each lane
 * has a key of its own, in which it counts for itself. Thread-safe.
 */
final class ChunkSealer {

    /** Half of what a key is good for: a lane that has sealed so many segments is not used any more. */
    private static final long MANY_SEGMENTS = 1L << 31;

    /** The threads that seal are few and live long. What they seal must not be where peers can read it before. */
    private static final ThreadLocal<ByteBuffer> SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocate(ChunkSeals.SEGMENT_BYTES + ChunkSeals.TAG_BYTES));

    private final SessionSecrets secrets;

    // ---- guarded by this
    private final Deque<Lane> free = new ArrayDeque<>();
    private int laneCount;

    private record Lane(int number, Sealer sealer) {}

    ChunkSealer(SessionSecrets secrets) {
        this.secrets = secrets;
    }

    /** Where the bytes of a chunk come from. */
    interface Source {

        /** Fills what remains of the target with what begins at this byte of the chunk. */
        void copy(int from, ByteBuffer target) throws IOException;
    }

    /**
     * @param target gets the sealed bytes from its position to its limit; which do not move
     * @throws IOException of the source; what the target holds is sealed with numbers that are not used again
     */
    ChunkSeals seal(ChunkSeals.Name name, Source source, ByteBuffer target) throws IOException {
        Lane lane = take();
        try {
            return seal(lane, name, source, target);
        } finally {
            giveBack(lane);
        }
    }

    private static ChunkSeals seal(Lane lane, ChunkSeals.Name name, Source source, ByteBuffer target)
            throws IOException {
        int lengthBytes = target.remaining();
        ByteBuffer associated = name.encode();
        ByteBuffer tags = ByteBuffer.allocate(ChunkSeals.segmentCount(lengthBytes) * ChunkSeals.TAG_BYTES);
        ByteBuffer scratch = SCRATCH.get();
        long firstNumber = lane.sealer.nextNumber();
        for (int from = 0; from < lengthBytes; from += ChunkSeals.SEGMENT_BYTES) {
            int segmentBytes = Math.min(ChunkSeals.SEGMENT_BYTES, lengthBytes - from);
            scratch.clear();
            source.copy(from, scratch.slice(0, segmentBytes));
            lane.sealer.seal(associated.duplicate(), scratch.duplicate().limit(segmentBytes), scratch);
            target.put(target.position() + from, scratch, 0, segmentBytes);
            tags.put(scratch.limit(segmentBytes + ChunkSeals.TAG_BYTES).position(segmentBytes));
        }
        return new ChunkSeals(lane.number, firstNumber, tags.array());
    }

    private synchronized Lane take() {
        Lane lane = free.poll();
        if (lane != null) {
            return lane;
        }
        if (laneCount == ChunkSeals.MAX_LANE) {
            throw new IllegalStateException("a session has used up the keys for what is read");
        }
        laneCount++;
        return new Lane(laneCount, secrets.laneSealer(laneCount));
    }

    private synchronized void giveBack(Lane lane) {
        if (lane.sealer.nextNumber() < MANY_SEGMENTS) {
            free.push(lane);
        }
    }
}

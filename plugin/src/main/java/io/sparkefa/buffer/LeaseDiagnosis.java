package io.sparkefa.buffer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers who holds a pool's leases, and overwrites memory that is given back so that whoever still reads it notices.
 * Both only when assertions are enabled. Thread-safe.
 */
final class LeaseDiagnosis {

    static final boolean ENABLED = LeaseDiagnosis.class.desiredAssertionStatus();

    /** What memory that was given back is filled with. */
    static final byte POISON = (byte) 0xDB;

    private static final byte[] POISONED = new byte[Chunk.UNIT_BYTES];

    static {
        Arrays.fill(POISONED, POISON);
    }

    private static final int MAX_FRAMES = 16;

    private final Set<PooledLease> leases = ConcurrentHashMap.newKeySet();

    void onAcquired(PooledLease lease) {
        if (ENABLED) {
            leases.add(lease);
        }
    }

    /** To be called while the memory still belongs to the lease. */
    void onReleased(PooledLease lease) {
        if (ENABLED) {
            leases.remove(lease);
            ChunkStore.Piece piece = lease.piece();
            ByteBuffer memory = piece.chunk().slice(piece.firstUnit(), piece.lengthBytes());
            while (memory.hasRemaining()) {
                memory.put(POISONED, 0, Math.min(memory.remaining(), POISONED.length));
            }
        }
    }

    /** Appends each lease, the thread that acquired it, and where. */
    void describe(StringBuilder text) {
        for (PooledLease lease : leases) {
            text.append('\n').append(lease);
            Throwable acquiredAt = lease.acquiredAt();
            if (acquiredAt != null) {
                text.append(", ").append(acquiredAt.getMessage());
                Arrays.stream(acquiredAt.getStackTrace())
                        .limit(MAX_FRAMES)
                        .forEach(frame -> text.append("\n    at ").append(frame));
            }
        }
    }
}

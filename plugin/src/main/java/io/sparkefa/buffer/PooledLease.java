package io.sparkefa.buffer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A piece of a pool's memory and whether it still is leased. */
final class PooledLease implements BufferLease {

    private final BufferPool pool;
    private final ChunkStore.Piece piece;

    /** Null once closed. */
    private @Nullable ByteBuffer buffer;

    /** Who asked for the lease; null unless {@link LeaseDiagnosis#ENABLED}. */
    private final @Nullable Throwable acquiredAt;

    PooledLease(BufferPool pool, ChunkStore.Piece piece) {
        this.pool = pool;
        this.piece = piece;
        this.buffer = piece.chunk().slice(piece.firstUnit(), piece.lengthBytes());
        this.acquiredAt = LeaseDiagnosis.ENABLED
                ? new Throwable("acquired by " + Thread.currentThread().getName())
                : null;
    }

    ChunkStore.Piece piece() {
        return piece;
    }

    @Nullable
    Throwable acquiredAt() {
        return acquiredAt;
    }

    @Override
    public synchronized ByteBuffer buffer() {
        if (buffer == null) {
            throw new IllegalStateException(this + " was given back already");
        }
        return buffer;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (buffer == null) {
                throw new IllegalStateException(this + " was given back already");
            }
            buffer = null;
        }
        pool.release(this);
    }

    @Override
    public String toString() {
        return "lease of " + piece.lengthBytes() + " bytes from " + pool;
    }
}

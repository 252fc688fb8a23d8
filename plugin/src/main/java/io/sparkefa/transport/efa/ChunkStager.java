package io.sparkefa.transport.efa;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.buffer.BufferPool;
import io.sparkefa.transport.MappedReads;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowPiece;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Puts chunks of windows where readers can pull them from. What lies in registered memory already stays where it is; anything
 * else is copied into a lease of the chunk pool. Thread-safe.
 */
final class ChunkStager {

    /** The regions of an {@link Acceptance}, by index. */
    static final int CHUNK_REGION = 0;

    static final int STAGING_REGION = 1;

    /** Copied, and then its checksum computed while it is still in the processor's cache. */
    private static final int STEP_BYTES = 128 << 10;

    private final BufferPool chunkPool;
    private final RegisteredMemory chunkMemory;
    private final Optional<RegisteredMemory> staging;
    private final Executor serverThreads;

    /**
     * @param chunkPool takes its memory from {@code chunkMemory}
     * @param staging where whoever exposes windows keeps their {@link WindowPiece.Memory}, if peers may read there
     * @param serverThreads read files
     */
    ChunkStager(
            BufferPool chunkPool,
            RegisteredMemory chunkMemory,
            Optional<RegisteredMemory> staging,
            Executor serverThreads) {
        this.chunkPool = chunkPool;
        this.chunkMemory = chunkMemory;
        this.staging = staging;
        this.serverThreads = serverThreads;
    }

    /**
     * Where a range is in registered memory as it is, for as long as the window is held; nothing when it has to be staged, or
     * lies in more extents.
     */
    Optional<List<Extent>> inPlace(Window window, long offset, long lengthBytes, int maxExtents) {
        List<Extent> extents = new ArrayList<>(2);
        long at = offset;
        long missingBytes = lengthBytes;
        for (WindowPiece piece : window.pieces()) {
            if (at >= piece.lengthBytes()) {
                at -= piece.lengthBytes();
                continue;
            }
            long memoryOffset = piece instanceof WindowPiece.Memory memory ? inStaging(memory) : -1;
            if (memoryOffset < 0 || extents.size() == maxExtents) {
                return Optional.empty();
            }
            int partBytes = (int) Math.min(missingBytes, piece.lengthBytes() - at);
            extents.add(new Extent(STAGING_REGION, memoryOffset + at, partBytes));
            missingBytes -= partBytes;
            at = 0;
            if (missingBytes == 0) {
                return Optional.of(extents);
            }
        }
        return Optional.empty();
    }

    private long inStaging(WindowPiece.Memory memory) {
        return staging.map(registered -> registered.offsetOf(memory.bytes())).orElse(-1L);
    }

    /** What comes of {@link #stage}: one call, on a server thread, or on the one that closes the pool's leases. */
    interface Staging {

        /** @param lease holds the chunk, and is the receiver's to close */
        void onStaged(StagedChunk chunk, BufferLease lease);

        void onUnreadable(IOException cause);
    }

    /**
     * Copies a chunk when there is memory for it: first come, first served.
     *
     * @param window held until the end
     * @param name says which chunk; its length is at most {@link BufferPool#MAX_LEASE_BYTES}
     * @param sealer of the session, if it is encrypted
     */
    void stage(Window window, ChunkSeals.Name name, @Nullable ChunkSealer sealer, Staging staged) {
        chunkPool.acquire(name.lengthBytes(), leases -> {
            BufferLease lease = leases.get(0);
            serverThreads.execute(() -> copy(window, name, sealer, lease, staged));
        });
    }

    private void copy(
            Window window, ChunkSeals.Name name, @Nullable ChunkSealer sealer, BufferLease lease, Staging staged) {
        ByteBuffer target = lease.buffer();
        StagedChunk.Check check;
        try {
            check = copy(window, name, sealer, target);
        } catch (IOException e) {
            lease.close();
            staged.onUnreadable(e);
            return;
        } catch (RuntimeException | Error e) {
            // A bug; whoever waits for the chunk must not wait for ever.
            lease.close();
            staged.onUnreadable(new IOException("staging failed: " + e, e));
            return;
        }
        Extent extent = new Extent(CHUNK_REGION, chunkMemory.offsetOf(target), target.remaining());
        staged.onStaged(new StagedChunk(List.of(extent), check), lease);
    }

    /** Returns what vouches for what was copied. */
    private static StagedChunk.Check copy(
            Window window, ChunkSeals.Name name, @Nullable ChunkSealer sealer, ByteBuffer target) throws IOException {
        try {
            StagedChunk.Check check = copy(window, name, sealer, target, true);
            MappedReads.confirm();
            return check;
        } catch (InternalError e) {
            // A mapped file was cut short, or its disk fails: reading says which, and why.
            return copy(window, name, sealer, target, false);
        }
    }

    private static StagedChunk.Check copy(
            Window window, ChunkSeals.Name name, @Nullable ChunkSealer sealer, ByteBuffer target, boolean useMappings)
            throws IOException {
        if (sealer != null) {
            return sealer.seal(
                    name, (from, segment) -> copyStep(window, name.offset() + from, segment, useMappings), target);
        }
        CRC32C crc = new CRC32C();
        for (int from = 0; from < target.remaining(); from += STEP_BYTES) {
            ByteBuffer step = target.slice(from, Math.min(STEP_BYTES, target.remaining() - from));
            copyStep(window, name.offset() + from, step.duplicate(), useMappings);
            crc.update(step);
        }
        return new StagedChunk.Crc32c((int) crc.getValue());
    }

    private static void copyStep(Window window, long offset, ByteBuffer target, boolean useMappings)
            throws IOException {
        long at = offset;
        for (WindowPiece piece : window.pieces()) {
            if (at < piece.lengthBytes() && target.hasRemaining()) {
                int partBytes = (int) Math.min(target.remaining(), piece.lengthBytes() - at);
                ByteBuffer part = target.slice(target.position(), partBytes);
                if (piece instanceof WindowPiece.Memory memory) {
                    part.put(0, memory.bytes(), (int) at, partBytes);
                } else if (piece instanceof WindowPiece.File file) {
                    ByteBuffer mapped = useMappings ? file.mapped() : null;
                    if (mapped == null) {
                        read(file, at, part);
                    } else {
                        part.put(0, mapped, (int) at, partBytes);
                    }
                }
                target.position(target.position() + partBytes);
            }
            at = Math.max(0, at - piece.lengthBytes());
        }
    }

    private static void read(WindowPiece.File file, long offset, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            long position = file.position() + offset + target.position();
            if (file.file().read(target, position) < 0) {
                throw new EOFException("its file ends before byte " + position);
            }
        }
    }
}

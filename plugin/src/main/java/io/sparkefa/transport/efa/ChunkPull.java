package io.sparkefa.transport.efa;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.seal.SealException;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A staged chunk on its way into the reader's memory: one remote read for each of its extents, on one rail. Owns the
 * destination until its last remote read has completed, and what came was checked. Confined to that rail's thread once started,
 * and then to the one that checks.
 */
final class ChunkPull implements Rail.Operation {

    /** Who waits for the end. */
    interface Listener {
        /**
         * On the rail's thread or one that checks, when the destination is not used any more; its bytes are right unless there is a
         * failure. After {@linkplain RailFailure#isMemoryLost one} it never belongs to anybody again.
         */
        void onPulled(@Nullable RailFailure failure);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ChunkPull.class);

    /** The checksum of fewer bytes takes no longer than waking a thread (3 us). */
    private static final int LONG_BYTES = 64 << 10;

    /** Opens a chunk that was sealed; takes up to a millisecond, and ends with the read's part of the destination in clear. */
    interface Unsealing {

        /** @param sealed as it was read; may be the destination */
        void open(ChunkSeals seals, ByteBuffer sealed, ByteBuffer destination) throws SealException;
    }

    private final ChunkRead read;
    private final StagedChunk chunk;
    private final RegisteredMemory memory;
    private final @Nullable BufferLease bounce;
    private final Unsealing unsealing;
    private final Executor checkers;
    private final Listener listener;
    private int openReads;
    private @Nullable RailFailure failure;

    /**
     * @param memory holds the destination, or the lease if there is one
     * @param bounce registered memory to read into and copy from, for a destination that is not registered; becomes the pull's
     * @param checkers threads that have time for what takes long
     */
    ChunkPull(
            ChunkRead read,
            StagedChunk chunk,
            RegisteredMemory memory,
            @Nullable BufferLease bounce,
            Unsealing unsealing,
            Executor checkers,
            Listener listener) {
        this.read = read;
        this.chunk = chunk;
        this.memory = memory;
        this.bounce = bounce;
        this.unsealing = unsealing;
        this.checkers = checkers;
        this.listener = listener;
    }

    private ByteBuffer target() {
        return bounce == null ? read.destination() : bounce.buffer();
    }

    /** Posts the remote reads. */
    void start(Rail rail, RemoteMemory remote) {
        long peer;
        try {
            peer = remote.peerOn(rail);
        } catch (TransportException e) {
            failure = new RailFailure(RailFailure.Kind.UNREACHABLE, e);
            end();
            return;
        }
        long offset = memory.offsetOf(target());
        // All at once, since the first may end before the next is posted.
        openReads = chunk.extents().size();
        for (Extent extent : chunk.extents()) {
            rail.read(
                    peer,
                    remote.address(rail, extent),
                    remote.key(rail, extent),
                    memory,
                    offset,
                    extent.lengthBytes(),
                    this);
            offset += extent.lengthBytes();
        }
    }

    /** Ends it before it was started. */
    void abandon(TransportException cause) {
        failure = new RailFailure(RailFailure.Kind.RAIL_DOWN, cause);
        end();
    }

    @Override
    public void onDone() {
        onReadEnded();
    }

    @Override
    public void onFailed(RailFailure cause) {
        boolean worse = failure == null || cause.isMemoryLost();
        failure = worse ? cause : failure;
        onReadEnded();
    }

    private void onReadEnded() {
        if (--openReads == 0) {
            end();
        }
    }

    private void end() {
        if (failure != null && failure.isMemoryLost()) {
            LOG.error(
                    "{} bytes of memory are never used again, because a NIC may still write to them: {}",
                    target().remaining(),
                    failure.cause().getMessage());
            listener.onPulled(failure);
            return;
        }
        if (failure == null && takesLong()) {
            // The rail has other completions to look after.
            checkers.execute(this::check);
        } else {
            check();
        }
    }

    private boolean takesLong() {
        boolean touched = bounce != null || chunk.check() instanceof StagedChunk.Crc32c;
        return chunk.check() instanceof ChunkSeals || (touched && target().remaining() >= LONG_BYTES);
    }

    private void check() {
        try {
            if (failure == null) {
                failure = checkAndCopy();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("A chunk could not be checked", e);
            failure = wrongBytes("the bytes read could not be checked: " + e);
        }
        if (bounce != null) {
            bounce.close();
        }
        listener.onPulled(failure);
    }

    private @Nullable RailFailure checkAndCopy() {
        if (chunk.check() instanceof ChunkSeals seals) {
            try {
                unsealing.open(seals, target(), read.destination());
                return null;
            } catch (SealException e) {
                return wrongBytes("the bytes read are not what the peer has sealed: " + e.getMessage());
            }
        }
        if (chunk.check() instanceof StagedChunk.Crc32c expected) {
            CRC32C crc = new CRC32C();
            crc.update(target().duplicate());
            if ((int) crc.getValue() != expected.value()) {
                return wrongBytes("the bytes read do not match their CRC32C: the window was closed meanwhile");
            }
        }
        if (bounce != null) {
            read.destination().duplicate().put(bounce.buffer().duplicate());
        }
        return null;
    }

    private static RailFailure wrongBytes(String message) {
        return new RailFailure(RailFailure.Kind.BAD_KEY, new TransportException(message));
    }
}

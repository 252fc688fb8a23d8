package io.sparkefa.transport.efa;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.SealException;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.TransportException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Pulls chunks over the rail that has the fewest to pull. Thread-safe. */
final class RailPulls {

    private final List<RailSessions> rails;
    /** Chunks that each rail was given and that have not ended, by the rail's index. */
    private final AtomicIntegerArray pulling;

    private final RegisteredMemory receive;
    private final BufferPool chunkPool;
    private final RegisteredMemory chunkMemory;
    private final Executor checkers;
    private final ShuffleCounters counters;
    private final ExecutorIdentity self;
    private final Supplier<EfaAddress> ownAddress;

    /**
     * @param receive where most destinations are
     * @param chunkPool memory to read into for the others, taken from {@code chunkMemory}
     * @param checkers compute the checksums of chunks, and open those that are sealed
     */
    RailPulls(
            List<RailSessions> rails,
            RegisteredMemory receive,
            BufferPool chunkPool,
            RegisteredMemory chunkMemory,
            Executor checkers,
            ShuffleCounters counters,
            ExecutorIdentity self,
            Supplier<EfaAddress> ownAddress) {
        this.rails = rails;
        this.pulling = new AtomicIntegerArray(rails.size());
        this.receive = receive;
        this.chunkPool = chunkPool;
        this.chunkMemory = chunkMemory;
        this.checkers = checkers;
        this.counters = counters;
        this.self = self;
        this.ownAddress = ownAddress;
    }

    /**
     * Ends the chunk's part of the read, and then calls {@link ReaderSession#onPulled} on the session's rail.
     *
     * @param opener for a chunk that is sealed
     */
    void pull(
            ReaderSession session,
            int readId,
            ChunkRead read,
            StagedChunk chunk,
            RemoteMemory remote,
            @Nullable ChunkOpener opener) {
        ChunkSeals.Name name = new ChunkSeals.Name(readId, read.windowId(), read.offset(), read.lengthBytes());
        ChunkPull.Unsealing unsealing = (seals, pulled, destination) -> {
            try {
                Objects.requireNonNull(opener).open(name, seals, pulled, destination);
            } catch (SealException e) {
                counters.increment(ShuffleCounter.FRAMES_REJECTED);
                throw e;
            }
        };
        if (receive.offsetOf(read.destination()) >= 0) {
            pull(session, readId, read, chunk, remote, receive, null, unsealing);
        } else {
            // The bytes are in the server's registered memory, so whoever holds a lease meanwhile waits for nobody.
            chunkPool.acquire(
                    read.lengthBytes(),
                    leases -> pull(session, readId, read, chunk, remote, chunkMemory, leases.get(0), unsealing));
        }
    }

    private void pull(
            ReaderSession session,
            int readId,
            ChunkRead read,
            StagedChunk chunk,
            RemoteMemory remote,
            RegisteredMemory memory,
            @Nullable BufferLease bounce,
            ChunkPull.Unsealing unsealing) {
        Rail rail = quietest();
        pulling.incrementAndGet(rail.index());
        ChunkPull pull = new ChunkPull(read, chunk, memory, bounce, unsealing, checkers, failure -> {
            pulling.decrementAndGet(rail.index());
            try {
                if (failure == null || !failure.isMemoryLost()) {
                    read.whole().onChunkEnded(failure == null ? null : failure.cause());
                }
            } finally {
                // The server is told whatever the reader's callback does: it holds memory for the chunk.
                session.home().rail().tryExecute(() -> session.onPulled(readId, read, failure));
            }
        });
        if (!rail.tryExecute(() -> pull.start(rail, remote))) {
            pull.abandon(new TransportException("rail " + rail.index() + " is closed"));
        }
    }

    private Rail quietest() {
        Rail best = rails.get(0).rail();
        for (RailSessions each : rails) {
            Rail rail = each.rail();
            boolean better = best.address().isEmpty() || pulling.get(rail.index()) < pulling.get(best.index());
            if (rail.address().isPresent() && better) {
                best = rail;
            }
        }
        return best;
    }

    RemoteMemory remoteMemory(EfaAddress peer, Acceptance acceptance) {
        return new RemoteMemory(peer, acceptance.regions(), rails.size());
    }

    /** All rails may forget the peer. */
    void release(RemoteMemory remote) {
        onEachRail(remote::release);
    }

    /** Ends pulls that do not end by themselves. */
    void abort(RemoteMemory remote, String reason) {
        onEachRail(rail -> {
            if (remote.isKnownTo(rail) && rail.readsOutstanding() > 0) {
                rail.rebuild(reason);
            }
        });
    }

    private void onEachRail(Consumer<Rail> task) {
        for (RailSessions each : rails) {
            Rail rail = each.rail();
            rail.tryExecute(() -> task.accept(rail));
        }
    }

    /** Who this executor is to its peers. */
    ExecutorIdentity self() {
        return self;
    }

    /** Where peers find this executor now. */
    EfaAddress ownAddress() {
        return ownAddress.get();
    }
}

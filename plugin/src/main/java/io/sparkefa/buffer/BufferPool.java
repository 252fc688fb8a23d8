package io.sparkefa.buffer;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded pool of off-heap memory, leased in pieces of up to {@link #MAX_LEASE_BYTES}.
 *
 * <p>The memory comes in slabs from a {@link SlabSource}, when it is needed, up to the bound; {@link #trim} returns what
 * nobody has used for a while. A lease takes whole mebibytes, and 64, 128, 256 or 512 KiB for the rest; what it takes
 * counts against the bound, not what was asked for.
 *
 * <p>Requests get all of their memory or wait, and are served in the order in which they came, however small they are:
 * nobody starves. When a slab cannot be allocated, that is back-pressure and no error: the pool makes do with the slabs it
 * has, says so in {@link #maxLeasableBytes}, and tries to grow again at a later {@link #trim}. Until then waiters that need
 * more than all slabs together are passed over, since no lease given back could help them; they keep their place. Whoever
 * waits should therefore give up some time.
 *
 * <p>Thread-safe. Whichever thread makes room (by {@link BufferLease#close}, {@link Waiter#cancel}, {@link #trim} or an
 * acquire that makes the pool grow) calls the waiters for which there is room now; so hold no lock meanwhile that such a
 * callback may want. Callbacks for waiters never run at the same time, and never inside one another.
 *
 * <p>With assertions enabled the pool remembers who acquired each lease and overwrites what is given back.
 */
public final class BufferPool implements AutoCloseable {

    /** The longest piece that a lease can be, in bytes. */
    public static final int MAX_LEASE_BYTES = Chunk.BYTES;

    /** What the pool asks its {@link SlabSource} for, in bytes; less only for the last slab below the bound. */
    public static final int SLAB_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(BufferPool.class);

    private final String name;
    private final long maxBytes;
    private final SlabSource slabSource;

    private final LeaseDiagnosis diagnosis = new LeaseDiagnosis();

    private final Object lock = new Object();

    // All below are guarded by the lock.
    private final ChunkStore store = new ChunkStore();
    private final Set<Waiting> waiters = new LinkedHashSet<>();
    private final GrowthPause growthPause = new GrowthPause();
    /** A thread is in {@link #serveWaiters} and will look again before it leaves. */
    private boolean serving;
    /** Slabs, and slabs being allocated or freed. */
    private long allocatedBytes;

    private long leasedBytes;
    private long peakLeasedBytes;
    private int leaseCount;
    private long failedAllocations;
    private boolean closed;

    /**
     * @param name for messages
     * @param maxBytes bound of all slabs; rounded down to a multiple of {@link #MAX_LEASE_BYTES}, of which it is at least one
     */
    public BufferPool(String name, long maxBytes, SlabSource slabSource) {
        if (maxBytes < Chunk.BYTES) {
            throw new IllegalArgumentException(
                    "pool " + name + " needs at least " + Chunk.BYTES + " bytes and was given " + maxBytes);
        }
        this.name = name;
        this.maxBytes = maxBytes - maxBytes % Chunk.BYTES;
        this.slabSource = slabSource;
    }

    /**
     * Leases that together hold exactly {@code lengthBytes}, in order: all but the last of {@link #MAX_LEASE_BYTES}. Nothing
     * when there is no room now, or others wait already.
     *
     * @throws IllegalArgumentException when that is more than the pool's bound
     */
    public Optional<List<BufferLease>> tryAcquire(long lengthBytes) {
        LeaseShape shape = shapeOf(lengthBytes);
        while (true) {
            int growthBytes;
            synchronized (lock) {
                checkOpen();
                if (!waiters.isEmpty()) {
                    return Optional.empty();
                }
                if (store.missingChunks(shape) == 0) {
                    return Optional.of(take(shape));
                }
                growthBytes = reserveGrowth(shape);
            }
            if (growthBytes == 0) {
                return Optional.empty();
            }
            grow(growthBytes);
            serveWaiters();
        }
    }

    /**
     * As {@link #tryAcquire}, but waits its turn: first come, first served, all or nothing.
     *
     * @param onGranted called once with the leases, which it owns: by this call when there is room and nobody waits,
     *     otherwise by the thread that makes room; under no lock. Must not block and must not throw. Not called any more
     *     after {@link #close}
     * @throws IllegalArgumentException when that is more than the pool's bound
     */
    public Waiter acquire(long lengthBytes, Consumer<List<BufferLease>> onGranted) {
        Waiting waiter = new Waiting(shapeOf(lengthBytes), onGranted);
        @Nullable List<BufferLease> granted = null;
        synchronized (lock) {
            checkOpen();
            if (waiters.isEmpty() && store.missingChunks(waiter.shape) == 0) {
                granted = take(waiter.shape);
            } else {
                waiters.add(waiter);
            }
        }
        if (granted == null) {
            serveWaiters();
        } else {
            onGranted.accept(granted);
        }
        return waiter;
    }

    /** The place of an {@link #acquire} in the queue. */
    public interface Waiter {
        /** Leaves the queue. False when the leases were (or are just being) granted. */
        boolean cancel();
    }

    /**
     * The longest request that can be granted once others have given back what they hold, in bytes: the pool's bound, or while
     * it cannot grow, all of its slabs.
     */
    public long maxLeasableBytes() {
        synchronized (lock) {
            return growthPause.isOn() ? store.chunkCount() * (long) Chunk.BYTES : maxBytes;
        }
    }

    /** Bytes leased now, rounded up as the pool rounds. */
    public long leasedBytes() {
        synchronized (lock) {
            return leasedBytes;
        }
    }

    /** The most that {@link #leasedBytes} ever was. */
    public long peakLeasedBytes() {
        synchronized (lock) {
            return peakLeasedBytes;
        }
    }

    /** Bytes of all slabs, those just being allocated or freed included. */
    public long allocatedBytes() {
        synchronized (lock) {
            return allocatedBytes;
        }
    }

    /** How often a slab could not be allocated. */
    public long failedAllocations() {
        synchronized (lock) {
            return failedAllocations;
        }
    }

    public int waiterCount() {
        synchronized (lock) {
            return waiters.size();
        }
    }

    /** Who holds what: one line in all, and with assertions enabled one stack trace for each lease. Empty when all is back. */
    public String describeLeases() {
        StringBuilder text = new StringBuilder();
        synchronized (lock) {
            if (leaseCount == 0) {
                return "";
            }
            text.append(leaseCount).append(" leases of ").append(leasedBytes).append(" bytes are out");
        }
        diagnosis.describe(text);
        return text.toString();
    }

    /**
     * Returns to the {@link SlabSource} the slabs of which nothing was leased since the last call. After a failed allocation,
     * tries another one when its time has come. To be called every few seconds, by a thread that may block.
     */
    public void trim() {
        List<Slab> idle;
        int growthBytes;
        synchronized (lock) {
            if (closed) {
                return;
            }
            idle = waiters.isEmpty() ? store.removeIdle() : List.of();
            growthBytes = growthPause.isDueAtTrim() ? reserveSlab() : 0;
        }
        idle.forEach(this::free);
        if (growthBytes > 0) {
            grow(growthBytes);
        }
        serveWaiters();
    }

    /**
     * Returns the slabs of which nothing is leased. Slabs that somebody still uses are kept from the {@link SlabSource} on
     * purpose, now and later, and an error is logged: memory that is lost is better than memory that is overwritten.
     * Requests still waiting are never granted. Harmless when repeated.
     */
    @Override
    public void close() {
        List<Slab> unused;
        int leakedSlabs;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            waiters.clear();
            unused = store.removeFree();
            leakedSlabs = store.slabCount();
        }
        unused.forEach(this::free);
        if (leakedSlabs > 0) {
            LOG.error(
                    "{} was closed while in use, and keeps {} slabs for ever: {}", this, leakedSlabs, describeLeases());
        }
    }

    @Override
    public String toString() {
        return "pool " + name + " (at most " + maxBytes + " bytes)";
    }

    void release(PooledLease lease) {
        diagnosis.onReleased(lease);
        ChunkStore.Piece piece = lease.piece();
        synchronized (lock) {
            leasedBytes -= Chunk.pieceBytes(piece.order());
            leaseCount--;
            store.giveBack(piece);
            if (waiters.isEmpty()) {
                return;
            }
        }
        serveWaiters();
    }

    private LeaseShape shapeOf(long lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > maxBytes) {
            throw new IllegalArgumentException("cannot lease " + lengthBytes + " bytes from " + this);
        }
        return LeaseShape.of(lengthBytes);
    }

    // Under the lock.
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    // Under the lock.
    private List<BufferLease> take(LeaseShape shape) {
        leasedBytes += shape.leasedBytes();
        leaseCount += shape.pieceCount();
        peakLeasedBytes = Math.max(peakLeasedBytes, leasedBytes);
        return store.take(shape).stream().map(this::lease).toList();
    }

    private BufferLease lease(ChunkStore.Piece piece) {
        PooledLease lease = new PooledLease(this, piece);
        diagnosis.onAcquired(lease);
        return lease;
    }

    /** Grants and grows until nothing more can be granted, unless another thread is at it already. */
    private void serveWaiters() {
        synchronized (lock) {
            if (serving) {
                return;
            }
            serving = true;
        }
        boolean finished = false;
        try {
            for (Runnable step = nextStep(); step != null; step = nextStep()) {
                step.run();
            }
            finished = true;
        } finally {
            if (!finished) {
                synchronized (lock) {
                    serving = false;
                }
            }
        }
    }

    private @Nullable Runnable nextStep() {
        synchronized (lock) {
            for (Iterator<Waiting> inOrder = waiters.iterator(); inOrder.hasNext(); ) {
                Waiting waiter = inOrder.next();
                if (store.missingChunks(waiter.shape) == 0) {
                    inOrder.remove();
                    List<BufferLease> granted = take(waiter.shape);
                    return () -> waiter.grant(granted);
                }
                int growthBytes = reserveGrowth(waiter.shape);
                if (growthBytes > 0) {
                    return () -> grow(growthBytes);
                }
                boolean passOver = growthPause.isOn() && waiter.shape.pieceCount() > store.chunkCount();
                if (!passOver) {
                    break;
                }
            }
            serving = false;
            return null;
        }
    }

    // Under the lock. The length of the slab to allocate now; 0 when growing would not help, or is not possible.
    private int reserveGrowth(LeaseShape shape) {
        boolean wouldHelp = (long) store.missingChunks(shape) * Chunk.BYTES <= maxBytes - allocatedBytes;
        return wouldHelp && !growthPause.isOn() && !closed ? reserveSlab() : 0;
    }

    // Under the lock.
    private int reserveSlab() {
        int slabBytes = (int) Math.min(SLAB_BYTES, maxBytes - allocatedBytes);
        allocatedBytes += slabBytes;
        return slabBytes;
    }

    private void grow(int slabBytes) {
        Slab slab;
        try {
            ByteBuffer memory = slabSource.allocate(slabBytes);
            if (!memory.isDirect() || memory.capacity() != slabBytes) {
                throw new IllegalStateException("the slab source answered with " + memory);
            }
            slab = new Slab(memory);
        } catch (RuntimeException | OutOfMemoryError e) {
            onAllocationFailed(slabBytes, e);
            return;
        }
        boolean tooLate;
        synchronized (lock) {
            tooLate = closed;
            if (!tooLate) {
                growthPause.onAllocated();
                store.add(slab);
            }
        }
        if (tooLate) {
            free(slab);
        }
    }

    private void onAllocationFailed(int slabBytes, Throwable cause) {
        boolean first;
        long remainingBytes;
        synchronized (lock) {
            allocatedBytes -= slabBytes;
            remainingBytes = allocatedBytes;
            first = failedAllocations++ == 0;
            growthPause.onAllocationFailed();
        }
        if (first) {
            LOG.warn(
                    "{} could not grow by {} bytes and makes do with {} for now; -XX:MaxDirectMemorySize may be too small"
                            + " (not logged again)",
                    this,
                    slabBytes,
                    remainingBytes,
                    cause);
        }
    }

    private void free(Slab slab) {
        slabSource.free(slab.memory);
        synchronized (lock) {
            allocatedBytes -= slab.memory.capacity();
        }
    }

    /** A request that waits for its turn. */
    private final class Waiting implements Waiter {

        private final LeaseShape shape;
        private final Consumer<List<BufferLease>> onGranted;

        Waiting(LeaseShape shape, Consumer<List<BufferLease>> onGranted) {
            this.shape = shape;
            this.onGranted = onGranted;
        }

        void grant(List<BufferLease> granted) {
            try {
                onGranted.accept(granted);
            } catch (RuntimeException | Error e) {
                // Whoever made room is not to blame, and the other waiters still have to be served.
                LOG.error("a request to {} failed when it was granted {} leases", BufferPool.this, granted.size(), e);
            }
        }

        @Override
        public boolean cancel() {
            synchronized (lock) {
                if (!waiters.remove(this)) {
                    return false;
                }
            }
            serveWaiters();
            return true;
        }
    }
}

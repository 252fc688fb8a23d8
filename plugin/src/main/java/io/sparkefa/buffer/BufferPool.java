package io.sparkefa.buffer;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A bounded pool of off-heap memory. SIGNATURES ONLY, to be implemented.
 */
public final class BufferPool implements AutoCloseable {

    /** The longest piece that a lease can be, in bytes. */
    public static final int MAX_LEASE_BYTES = 1 << 20;

    public BufferPool(String name, long maxBytes, SlabSource slabs) {
        throw new UnsupportedOperationException();
    }

    /** Leases that together hold exactly {@code lengthBytes}: all but the last of {@link #MAX_LEASE_BYTES}; nothing when not available now. */
    public Optional<List<BufferLease>> tryAcquire(long lengthBytes) {
        throw new UnsupportedOperationException();
    }

    /**
     * As {@link #tryAcquire}, but waits its turn: first come, first served, all or nothing.
     *
     * @param onGranted called once with the leases, by this call when there is room and nobody waits, otherwise by the thread that gave memory back; under no lock
     * @throws IllegalArgumentException when the pool can never hold this much ({@link #maxLeasableBytes})
     */
    public Waiter acquire(long lengthBytes, Consumer<List<BufferLease>> onGranted) {
        throw new UnsupportedOperationException();
    }

    /** The place of an {@link #acquire} in the queue. */
    public interface Waiter {
        /** Leaves the queue. False when the leases were (or are just being) granted. */
        boolean cancel();
    }

    public long maxLeasableBytes() {
        throw new UnsupportedOperationException();
    }

    /** Bytes leased now, rounded up as the pool rounds. */
    public long leasedBytes() {
        throw new UnsupportedOperationException();
    }

    /** Bytes of all slabs. */
    public long allocatedBytes() {
        throw new UnsupportedOperationException();
    }

    public int waiterCount() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}

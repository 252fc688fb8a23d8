package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferLease;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A lease with several holders: the read that fills it and the blocks that lie in it. The last one to release gives it back.
 * Thread-safe.
 */
final class SharedLease {

    private final BufferLease lease;
    private final ByteBuffer readable;
    private final AtomicInteger holders;

    /** Takes over the lease. */
    SharedLease(BufferLease lease, int holders) {
        this.lease = lease;
        this.readable = lease.buffer().asReadOnlyBuffer();
        this.holders = new AtomicInteger(holders);
    }

    /** The memory that a read fills. */
    ByteBuffer destination() {
        return lease.buffer().duplicate();
    }

    /** A read-only view of a part, which is the caller's as long as it is a holder. */
    ByteBuffer view(int from, int to) {
        return readable.slice(from, to - from);
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            lease.close();
        }
    }
}

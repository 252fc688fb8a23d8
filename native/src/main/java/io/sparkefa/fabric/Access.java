package io.sparkefa.fabric;

/**
 * What a registered memory region may be used for; the bits are those of {@code fi_mr_reg}'s access argument. The EFA provider
 * keeps peers to that from libfabric 2.5 on; older ones let whoever knows the key read, and on NICs with RDMA write (from 1.18.1
 * on) write, whatever is registered.
 */
public enum Access {
    /** Source of {@code fi_send}. The EFA provider lets peers that know the key read such memory. */
    SEND(1L << 11),
    /** Destination of {@code fi_recv}. */
    RECEIVE(1L << 10),
    /** Destination of a local {@code fi_read}. */
    READ(1L << 8),
    /** Source of a local {@code fi_write}. */
    WRITE(1L << 9),
    /** Peers may read it. */
    REMOTE_READ(1L << 12),
    /** Peers may write it. */
    REMOTE_WRITE(1L << 13);

    private final long bits;

    Access(long bits) {
        this.bits = bits;
    }

    public long bits() {
        return bits;
    }
}

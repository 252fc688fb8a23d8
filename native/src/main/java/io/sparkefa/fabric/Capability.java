package io.sparkefa.fabric;

/** What an endpoint can do: {@code FI_MSG} and its like, with the bits of {@code rdma/fabric.h}. */
public enum Capability {
    MESSAGE(1L << 1),
    RMA(1L << 2),
    TAGGED(1L << 3),
    READ(1L << 8),
    WRITE(1L << 9),
    RECEIVE(1L << 10),
    SEND(1L << 11),
    REMOTE_READ(1L << 12),
    REMOTE_WRITE(1L << 13),
    /** Reaching peers on other hosts; without its counterpart, the EFA provider from 1.20 on leaves shared memory alone. */
    REMOTE_COMMUNICATION(1L << 52),
    SOURCE(1L << 57);

    private final long bits;

    Capability(long bits) {
        this.bits = bits;
    }

    public long bits() {
        return bits;
    }
}

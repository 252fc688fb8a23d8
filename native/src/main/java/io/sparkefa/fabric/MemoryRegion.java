package io.sparkefa.fabric;

/** {@code fid_mr}: memory that a NIC may use. Immutable. Closed before its memory, and after the last operation on it. */
public interface MemoryRegion extends AutoCloseable {

    NativeMemory memory();

    /** {@code fi_mr_key}: what peers name it by. */
    long key();

    /** What peers name a byte of it by, depending on the provider a virtual address or an offset. */
    long remoteAddress(long offset);

    /** {@code fi_close}. */
    @Override
    void close() throws FabricException;
}

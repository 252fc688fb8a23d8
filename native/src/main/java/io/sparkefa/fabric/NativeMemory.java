package io.sparkefa.fabric;

import java.nio.ByteBuffer;

/**
 * A block of memory outside of the Java heap whose address does not change. Thread-safe to look at. Whoever allocated it
 * closes it, after every {@link MemoryRegion} over it has been closed: the NIC may use it until then.
 */
public interface NativeMemory extends AutoCloseable {

    long address();

    long lengthBytes();

    /** Whether the system gave huge pages for it. */
    boolean isHugePaged();

    /** A direct buffer over a part, with its position at 0. Must not be used after {@link #close}. */
    ByteBuffer slice(long offset, int lengthBytes);

    /**
     * Where a direct buffer's position lies within this memory, in bytes from its start; -1 when its remaining bytes are not
     * wholly inside. Cheap.
     */
    long offsetOf(ByteBuffer direct);

    /** Gives the memory back to the system. Harmless when repeated. */
    @Override
    void close();
}

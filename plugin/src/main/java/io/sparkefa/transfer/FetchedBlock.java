package io.sparkefa.transfer;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The bytes of one block, in leased memory that several blocks may share. Thread-safe. Counts its holders: the memory goes
 * back to the pool when the last one has released.
 */
public interface FetchedBlock {

    long lengthBytes();

    /**
     * The bytes in order, as read-only views with positions of their own. None of them may be used after the last
     * {@link #release}.
     */
    List<ByteBuffer> buffers();

    void retain();

    void release();
}

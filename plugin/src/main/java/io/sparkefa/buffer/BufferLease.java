package io.sparkefa.buffer;

import java.nio.ByteBuffer;

/**
 * The right to use one piece of a pool's memory until it is closed. Has one owner at a time; not thread-safe. Closing twice
 * is an error ({@link IllegalStateException}), because the memory may be somebody else's by then.
 */
public interface BufferLease extends AutoCloseable {

    /**
     * The memory: direct, from position 0 to its limit, which is the length that was asked for. The same object at each call;
     * position and limit are the owner's to move.
     */
    ByteBuffer buffer();

    /** Gives the memory back. Nothing may use it from now on, least of all a device. */
    @Override
    void close();
}

package io.sparkefa.transport;

import java.util.List;

/**
 * Bytes that a server offers to one reader: the pieces of an answer, one after the other. Not thread-safe to close, safe to
 * read from several threads.
 */
public interface Window extends AutoCloseable {

    /** The pieces in order. Immutable; the sum of their lengths is {@link #lengthBytes}. */
    List<WindowPiece> pieces();

    long lengthBytes();

    /** Gives back what the pieces hold: staging memory and open files. Called once. */
    @Override
    void close();
}

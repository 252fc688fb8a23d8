package io.sparkefa.buffer;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A list of chunks linked through themselves, so that any of them leaves in constant time. Guarded by the pool's lock. */
final class ChunkList {

    private @Nullable Chunk first;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** The one to use first; the list must not be empty. */
    Chunk first() {
        return Objects.requireNonNull(first);
    }

    void addFirst(Chunk chunk) {
        chunk.previous = null;
        chunk.next = first;
        if (first != null) {
            first.previous = chunk;
        }
        first = chunk;
        size++;
    }

    void remove(Chunk chunk) {
        if (chunk.previous == null) {
            first = chunk.next;
        } else {
            chunk.previous.next = chunk.next;
        }
        if (chunk.next != null) {
            chunk.next.previous = chunk.previous;
        }
        chunk.previous = null;
        chunk.next = null;
        size--;
    }
}

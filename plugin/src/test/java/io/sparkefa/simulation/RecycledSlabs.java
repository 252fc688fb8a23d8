package io.sparkefa.simulation;

import io.sparkefa.buffer.SlabSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Keeps slabs for the next run, since new ones cost more than all else in a run. Confined to the simulation's thread. */
final class RecycledSlabs implements SlabSource {

    private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();
    private int usedCount;

    @Override
    public ByteBuffer allocate(int lengthBytes) {
        usedCount++;
        ByteBuffer kept = ofLength(lengthBytes).poll();
        return kept == null ? ByteBuffer.allocateDirect(lengthBytes) : kept;
    }

    @Override
    public void free(ByteBuffer slab) {
        usedCount--;
        ofLength(slab.capacity()).push(slab);
    }

    private Deque<ByteBuffer> ofLength(int lengthBytes) {
        return free.computeIfAbsent(lengthBytes, length -> new ArrayDeque<>());
    }

    /** Slabs that some pool has. */
    int usedCount() {
        return usedCount;
    }
}

package io.sparkefa.buffer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** One allocation of a {@link SlabSource}, cut into chunks. Guarded by the pool's lock, except for its final fields. */
final class Slab {

    final ByteBuffer memory;
    final List<Chunk> chunks;

    /** Set when a piece is taken, cleared by {@link ChunkStore#removeIdle}: what is still clear then was not needed in between. */
    boolean usedSinceTrim = true;

    Slab(ByteBuffer memory) {
        this.memory = memory;
        this.chunks = IntStream.range(0, memory.capacity() / Chunk.BYTES)
                .mapToObj(index -> new Chunk(this, index * Chunk.BYTES))
                .toList();
    }

    boolean isWhollyFree() {
        return chunks.stream().allMatch(Chunk::isWhollyFree);
    }
}

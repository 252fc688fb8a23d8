package io.sparkefa.buffer;

import java.nio.ByteBuffer;

/**
 * Where a pool gets its slabs and returns them. A transport that must register memory with a device does so here, once per
 * slab. Called under no lock, by whichever thread makes the pool grow.
 */
public interface SlabSource {

    /** A direct buffer of this length, in bytes. */
    ByteBuffer allocate(int lengthBytes);

    /** Takes back a slab; the pool holds no reference to it any more. */
    void free(ByteBuffer slab);

    /** Ordinary direct memory, freed by the garbage collector. */
    SlabSource DIRECT = new SlabSource() {
        @Override
        public ByteBuffer allocate(int lengthBytes) {
            return ByteBuffer.allocateDirect(lengthBytes);
        }

        @Override
        public void free(ByteBuffer slab) {
            // The collector frees it with the last reference.
        }
    };
}

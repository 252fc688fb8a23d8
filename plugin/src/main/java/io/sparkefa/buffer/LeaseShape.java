package io.sparkefa.buffer;

/**
 * What a request takes from the pool: whole chunks, and a last piece of 2^{@code tailOrder} units for the rest.
 *
 * @param tailOrder {@link #NO_TAIL} when the whole chunks are all
 */
record LeaseShape(int wholeChunks, int tailOrder, int tailBytes) {

    static final int NO_TAIL = -1;

    static LeaseShape of(long lengthBytes) {
        int tailBytes = (int) (lengthBytes % Chunk.BYTES);
        int wholeChunks = Math.toIntExact(lengthBytes / Chunk.BYTES);
        return new LeaseShape(wholeChunks, tailBytes == 0 ? NO_TAIL : Chunk.orderFor(tailBytes), tailBytes);
    }

    boolean hasTail() {
        return tailOrder != NO_TAIL;
    }

    int pieceCount() {
        return wholeChunks + (hasTail() ? 1 : 0);
    }

    /** What it counts for in the pool. */
    long leasedBytes() {
        return (long) wholeChunks * Chunk.BYTES + (hasTail() ? Chunk.pieceBytes(tailOrder) : 0);
    }
}

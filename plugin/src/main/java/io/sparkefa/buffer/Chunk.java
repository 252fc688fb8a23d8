package io.sparkefa.buffer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One mebibyte of a slab, handed out whole or in pieces of 2^order units. Buddies need no bookkeeping: which units are free
 * is a bit mask, a piece of 2^order units begins at a multiple of 2^order, and returned neighbours are one run again by
 * themselves. Guarded by the pool's lock.
 */
final class Chunk {

    static final int BYTES = 1 << 20;
    static final int UNIT_BYTES = 64 << 10;

    /** The order of a piece that is the whole chunk: 2^4 units. */
    static final int WHOLE = 4;

    private static final int ALL_UNITS = 0xFFFF;

    /** For each order, the units at which a piece of that order can begin. */
    private static final int[] STARTS = {0xFFFF, 0x5555, 0x1111, 0x0101, 0x0001};

    final Slab slab;
    private final int offsetBytes;
    private int freeUnits = ALL_UNITS;

    // Neighbours in the ChunkList that holds this chunk now, if any.
    @Nullable
    Chunk previous;

    @Nullable
    Chunk next;

    Chunk(Slab slab, int offsetBytes) {
        this.slab = slab;
        this.offsetBytes = offsetBytes;
    }

    /** The order of the smallest piece that holds {@code lengthBytes}, from 1 byte to a chunk. */
    static int orderFor(int lengthBytes) {
        int units = (lengthBytes + UNIT_BYTES - 1) / UNIT_BYTES;
        return Integer.SIZE - Integer.numberOfLeadingZeros(units - 1);
    }

    static int pieceBytes(int order) {
        return UNIT_BYTES << order;
    }

    /** The order of the largest piece that can be taken; -1 when nothing is free. */
    int largestFreeOrder() {
        int order = WHOLE;
        while (order >= 0 && freeRuns(order) == 0) {
            order--;
        }
        return order;
    }

    boolean isWhollyFree() {
        return freeUnits == ALL_UNITS;
    }

    /** Takes a piece, of which there must be one, and returns its first unit. */
    int take(int order) {
        int runs = freeRuns(order);
        assert runs != 0 : "no free run of order " + order + " in " + Integer.toHexString(freeUnits);
        int unit = Integer.numberOfTrailingZeros(runs);
        freeUnits &= ~mask(unit, order);
        return unit;
    }

    void giveBack(int unit, int order) {
        int mask = mask(unit, order);
        assert (freeUnits & mask) == 0 : "unit " + unit + " is free already: " + Integer.toHexString(freeUnits);
        freeUnits |= mask;
    }

    /** The first bytes of a piece that was taken. */
    ByteBuffer slice(int unit, int lengthBytes) {
        return slab.memory.slice(offsetBytes + unit * UNIT_BYTES, lengthBytes);
    }

    /** The units at which a free piece of this order begins. */
    private int freeRuns(int order) {
        int runs = freeUnits;
        for (int shift = 0; shift < order; shift++) {
            runs &= runs >>> (1 << shift);
        }
        return runs & STARTS[order];
    }

    private static int mask(int unit, int order) {
        return ((1 << (1 << order)) - 1) << unit;
    }
}

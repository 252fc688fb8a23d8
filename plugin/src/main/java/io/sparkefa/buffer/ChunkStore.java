package io.sparkefa.buffer;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The slabs of a pool and what of them is free. Guarded by the pool's lock. */
final class ChunkStore {

    /** A run of units that somebody holds. */
    record Piece(Chunk chunk, int firstUnit, int order, int lengthBytes) {}

    private final Set<Slab> slabs = new LinkedHashSet<>();

    /** Chunks with something free, by the order of the largest piece that they can give. */
    private final ChunkList[] free = new ChunkList[Chunk.WHOLE + 1];

    private int chunkCount;

    ChunkStore() {
        for (int order = 0; order <= Chunk.WHOLE; order++) {
            free[order] = new ChunkList();
        }
    }

    int chunkCount() {
        return chunkCount;
    }

    void add(Slab slab) {
        slabs.add(slab);
        slab.chunks.forEach(free[Chunk.WHOLE]::addFirst);
        chunkCount += slab.chunks.size();
    }

    /** How many more free chunks it would take to satisfy the request; 0 when it can be taken now. */
    int missingChunks(LeaseShape shape) {
        boolean splitForTail = shape.hasTail() && smallestFreeOrder(shape.tailOrder()) == Chunk.WHOLE;
        int needed = shape.wholeChunks() + (splitForTail ? 1 : 0);
        return Math.max(0, needed - free[Chunk.WHOLE].size());
    }

    /** Takes everything the request asks for; {@link #missingChunks} must be 0. */
    List<Piece> take(LeaseShape shape) {
        List<Piece> pieces = new ArrayList<>(shape.pieceCount());
        for (int index = 0; index < shape.wholeChunks(); index++) {
            pieces.add(take(Chunk.WHOLE, Chunk.BYTES));
        }
        if (shape.hasTail()) {
            pieces.add(take(shape.tailOrder(), shape.tailBytes()));
        }
        return pieces;
    }

    void giveBack(Piece piece) {
        Chunk chunk = piece.chunk();
        unlist(chunk);
        chunk.giveBack(piece.firstUnit(), piece.order());
        list(chunk);
    }

    /** Removes the slabs that are wholly free and were so all the time since the last call. */
    List<Slab> removeIdle() {
        List<Slab> idle = new ArrayList<>();
        for (Iterator<Slab> iterator = slabs.iterator(); iterator.hasNext(); ) {
            Slab slab = iterator.next();
            if (slab.usedSinceTrim) {
                slab.usedSinceTrim = !slab.isWhollyFree();
            } else {
                iterator.remove();
                forget(slab);
                idle.add(slab);
            }
        }
        return idle;
    }

    /** Removes every slab of which nothing is held. */
    List<Slab> removeFree() {
        List<Slab> whollyFree = slabs.stream().filter(Slab::isWhollyFree).toList();
        whollyFree.forEach(slabs::remove);
        whollyFree.forEach(this::forget);
        return whollyFree;
    }

    int slabCount() {
        return slabs.size();
    }

    private void forget(Slab slab) {
        slab.chunks.forEach(free[Chunk.WHOLE]::remove);
        chunkCount -= slab.chunks.size();
    }

    private Piece take(int order, int lengthBytes) {
        Chunk chunk = free[smallestFreeOrder(order)].first();
        unlist(chunk);
        int unit = chunk.take(order);
        list(chunk);
        chunk.slab.usedSinceTrim = true;
        return new Piece(chunk, unit, order, lengthBytes);
    }

    /** Where to take a piece from: the chunks that are broken up most; {@link Chunk#WHOLE} also when there are none at all. */
    private int smallestFreeOrder(int atLeast) {
        int order = atLeast;
        while (order < Chunk.WHOLE && free[order].isEmpty()) {
            order++;
        }
        return order;
    }

    private void list(Chunk chunk) {
        int order = chunk.largestFreeOrder();
        if (order >= 0) {
            free[order].addFirst(chunk);
        }
    }

    private void unlist(Chunk chunk) {
        int order = chunk.largestFreeOrder();
        if (order >= 0) {
            free[order].remove(chunk);
        }
    }
}

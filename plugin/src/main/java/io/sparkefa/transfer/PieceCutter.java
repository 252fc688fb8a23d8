package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.transfer.protocol.BlockLayout;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Cuts the window of an answer into pieces that fit into one lease each and belong to one block each, in order. Confined to
 * its owner's lock.
 */
final class PieceCutter {

    /**
     * One piece.
     *
     * @param block index in the request
     * @param offsetInBlock of the piece's first byte
     * @param blockBytes length of the whole block
     */
    record Cut(int block, long windowOffset, long offsetInBlock, int lengthBytes, long blockBytes) {
        boolean isFirst() {
            return offsetInBlock == 0;
        }

        boolean isLast() {
            return offsetInBlock + lengthBytes == blockBytes;
        }
    }

    private final List<BlockLayout> layouts;
    private final int maxCutBytes;
    private int block;
    private long offsetInBlock;
    private long windowOffset;

    PieceCutter(List<BlockLayout> layouts) {
        this.layouts = layouts;
        long longest = 0;
        for (BlockLayout layout : layouts) {
            longest = Math.max(longest, lengthOf(layout));
        }
        this.maxCutBytes = (int) Math.min(BufferPool.MAX_LEASE_BYTES, longest);
        skipEmpty();
    }

    /** No piece is longer. */
    int maxCutBytes() {
        return maxCutBytes;
    }

    boolean hasNext() {
        return block < layouts.size();
    }

    Cut next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all blocks are cut");
        }
        long blockBytes = lengthOf(layouts.get(block));
        int length = (int) Math.min(maxCutBytes, blockBytes - offsetInBlock);
        Cut cut = new Cut(block, windowOffset, offsetInBlock, length, blockBytes);
        windowOffset += length;
        offsetInBlock += length;
        if (offsetInBlock == blockBytes) {
            block++;
            offsetInBlock = 0;
            skipEmpty();
        }
        return cut;
    }

    private void skipEmpty() {
        while (block < layouts.size() && lengthOf(layouts.get(block)) == 0) {
            block++;
        }
    }

    private static long lengthOf(BlockLayout layout) {
        return layout instanceof BlockLayout.Present present ? present.lengthBytes() : 0;
    }
}

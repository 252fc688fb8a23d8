package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.transfer.protocol.BlockLayout;
import java.util.List;
import java.util.OptionalInt;

/**
 * Which blocks of an answer lie where in its window, and which of them touch which piece, where a piece is what one lease
 * holds: {@link BufferPool#MAX_LEASE_BYTES} bytes of the window, the last one less. Immutable.
 */
final class WindowBlocks {

    private final List<BlockLayout> layouts;

    /** Where each block begins in the window, and, after the last, the length of the window. */
    private final long[] starts;

    private final int[] firstBlockOfPiece;
    private final int[] endBlockOfPiece;

    WindowBlocks(List<BlockLayout> layouts) {
        this.layouts = layouts;
        this.starts = new long[layouts.size() + 1];
        for (int i = 0; i < layouts.size(); i++) {
            starts[i + 1] = starts[i] + lengthOf(layouts.get(i));
        }
        int pieceCount = Math.toIntExact(ceilDiv(totalBytes()));
        this.firstBlockOfPiece = new int[pieceCount];
        this.endBlockOfPiece = new int[pieceCount];
        for (int i = 0; i < layouts.size(); i++) {
            for (int piece = firstPieceOf(i); piece < endPieceOf(i); piece++) {
                if (endBlockOfPiece[piece] == 0) {
                    firstBlockOfPiece[piece] = i;
                }
                endBlockOfPiece[piece] = i + 1;
            }
        }
    }

    int blockCount() {
        return layouts.size();
    }

    long totalBytes() {
        return starts[starts.length - 1];
    }

    long start(int block) {
        return starts[block];
    }

    /** Zero for missing blocks. */
    long lengthBytes(int block) {
        return starts[block + 1] - starts[block];
    }

    OptionalInt crc32c(int block) {
        return layouts.get(block) instanceof BlockLayout.Present present ? present.crc32c() : OptionalInt.empty();
    }

    /** The first block with bytes in the piece; there may be empty and missing blocks between this and the last. */
    int firstBlockOf(int piece) {
        return firstBlockOfPiece[piece];
    }

    int endBlockOf(int piece) {
        return endBlockOfPiece[piece];
    }

    int firstPieceOf(int block) {
        return (int) (starts[block] / BufferPool.MAX_LEASE_BYTES);
    }

    /** As {@link #firstPieceOf} for blocks without bytes. */
    int endPieceOf(int block) {
        return lengthBytes(block) == 0 ? firstPieceOf(block) : (int) ceilDiv(starts[block + 1]);
    }

    private static long lengthOf(BlockLayout layout) {
        return layout instanceof BlockLayout.Present present ? present.lengthBytes() : 0;
    }

    private static long ceilDiv(long bytes) {
        return (bytes + BufferPool.MAX_LEASE_BYTES - 1) / BufferPool.MAX_LEASE_BYTES;
    }
}

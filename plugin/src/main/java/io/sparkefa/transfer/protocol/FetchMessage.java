package io.sparkefa.transfer.protocol;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A reader asks for blocks.
 *
 * @param requestId chosen by the reader, never used twice in a session
 * @param inlineMaxBytes an answer of at most this many bytes of blocks may come inside the LAYOUT message
 * @param blocks 1 to {@link #MAX_BLOCKS}
 */
public record FetchMessage(long requestId, int inlineMaxBytes, List<BlockKey> blocks) implements Message {

    static final int TYPE = 1;

    /** Keeps a FETCH (20 bytes per block) and its LAYOUT (13 bytes per block) well below 1 MiB. */
    public static final int MAX_BLOCKS = 16_384;

    /** More than this inline would copy what a window read receives in place. */
    public static final int MAX_INLINE_BYTES = 64 << 10;

    private static final int HEADER_BYTES = 1 + Long.BYTES + Integer.BYTES + Integer.BYTES;
    private static final int BLOCK_BYTES = Integer.BYTES + Long.BYTES + Integer.BYTES + Integer.BYTES;

    /** How many blocks fit into a message of this length. */
    public static int maxBlocks(int messageBytes) {
        return Math.min(MAX_BLOCKS, (messageBytes - HEADER_BYTES) / BLOCK_BYTES);
    }

    @Override
    public ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + blocks.size() * BLOCK_BYTES);
        out.put((byte) TYPE).putLong(requestId).putInt(inlineMaxBytes).putInt(blocks.size());
        for (BlockKey block : blocks) {
            out.putInt(block.shuffleId()).putLong(block.mapId());
            out.putInt(block.startReduceId()).putInt(block.endReduceId());
        }
        return out.flip();
    }

    static FetchMessage decodeBody(WireReader in) throws ProtocolException {
        long requestId = in.i64("request id");
        int inlineMaxBytes = in.i32("inline limit", 0, MAX_INLINE_BYTES);
        int blockCount = in.i32("block count", 1, MAX_BLOCKS);
        if (in.remaining() != blockCount * BLOCK_BYTES) {
            throw new ProtocolException(
                    blockCount + " blocks need " + blockCount * BLOCK_BYTES + " bytes, not " + in.remaining());
        }
        List<BlockKey> blocks = new ArrayList<>(blockCount);
        for (int i = 0; i < blockCount; i++) {
            int shuffleId = in.i32("shuffle id", 0, Integer.MAX_VALUE);
            long mapId = in.nonNegativeI64("map id");
            int startReduceId = in.i32("first reduce partition", 0, Integer.MAX_VALUE - 1);
            int endReduceId = in.i32("end of the reduce partitions", startReduceId + 1, Integer.MAX_VALUE);
            blocks.add(new BlockKey(shuffleId, mapId, startReduceId, endReduceId));
        }
        return new FetchMessage(requestId, inlineMaxBytes, blocks);
    }
}

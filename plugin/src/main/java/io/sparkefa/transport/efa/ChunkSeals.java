package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;

/**
 * What a sealed chunk opens with. A chunk is sealed in segments of {@link #SEGMENT_BYTES}, the last one shorter, since the JDK is
 * fastest where a segment stays in the processor's cache; each has its tag here and not in the chunk, so that a chunk is as long
 * as what it holds.
 *
 * @param lane of its session's {@link ChunkSealer}, 1 to {@link #MAX_LANE}
 * @param firstNumber of its first segment in the lane; the others follow
 * @param tags of all segments, in order
 */
record ChunkSeals(int lane, long firstNumber, byte[] tags) implements StagedChunk.Check {

    static final int SEGMENT_BYTES = 128 << 10;

    static final int TAG_BYTES = MessageSeal.TAG_BYTES;

    static final int MAX_LANE = 255;

    private static final int FIXED_BYTES = 1 + Long.BYTES + 1;

    /** What the segments of a chunk are bound to: they are good as answer to one READ only. */
    record Name(int readId, long windowId, long offset, int lengthBytes) {

        ByteBuffer encode() {
            return ByteBuffer.allocate(2 * Integer.BYTES + 2 * Long.BYTES)
                    .putInt(readId)
                    .putLong(windowId)
                    .putLong(offset)
                    .putInt(lengthBytes)
                    .flip();
        }
    }

    static int segmentCount(int lengthBytes) {
        return (lengthBytes + SEGMENT_BYTES - 1) / SEGMENT_BYTES;
    }

    /** Whether there is a tag for each segment of so many bytes, and a lane. */
    boolean areFor(int lengthBytes) {
        return lane > 0 && tags.length == segmentCount(lengthBytes) * TAG_BYTES;
    }

    @Override
    public int encodedBytes() {
        return FIXED_BYTES + tags.length;
    }

    @Override
    public void encode(ByteBuffer to) {
        to.put((byte) lane)
                .putLong(firstNumber)
                .put((byte) (tags.length / TAG_BYTES))
                .put(tags);
    }

    static ChunkSeals decode(ByteBuffer from) throws RecordException {
        Wire.need(from, FIXED_BYTES);
        int lane = Byte.toUnsignedInt(from.get());
        long firstNumber = from.getLong();
        int segments = Byte.toUnsignedInt(from.get());
        return new ChunkSeals(lane, firstNumber, Wire.getBytes(from, segments * TAG_BYTES));
    }
}

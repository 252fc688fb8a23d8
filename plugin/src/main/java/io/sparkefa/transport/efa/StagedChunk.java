package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A chunk of a window in memory that the reader can pull. As the body of READY it follows the read id (4): a byte that is 1
 * when there is a checksum, CRC32C (4), number of extents (1), and for each its region (1), offset in it (8) and length (4).
 *
 * @param extents where the bytes are, in order
 * @param crc32c of all of them; nothing for memory whose content whoever exposed it answers for
 */
record StagedChunk(List<Extent> extents, OptionalInt crc32c) {

    /** More are copied into one. */
    static final int MAX_EXTENTS = 8;

    private static final int FIXED_BYTES = 1 + Integer.BYTES + 1;

    /** @param region index in the {@link Acceptance} */
    record Extent(int region, long offset, int lengthBytes) {
        static final int ENCODED_BYTES = 1 + Long.BYTES + Integer.BYTES;
    }

    int encodedBytes() {
        return FIXED_BYTES + extents.size() * Extent.ENCODED_BYTES;
    }

    void encode(ByteBuffer to) {
        to.put((byte) (crc32c.isPresent() ? 1 : 0)).putInt(crc32c.orElse(0)).put((byte) extents.size());
        for (Extent extent : extents) {
            to.put((byte) extent.region).putLong(extent.offset).putInt(extent.lengthBytes);
        }
    }

    static StagedChunk decode(ByteBuffer from) throws RecordException {
        Wire.need(from, FIXED_BYTES);
        boolean checked = from.get() != 0;
        int crc = from.getInt();
        int count = Byte.toUnsignedInt(from.get());
        Wire.need(from, count * Extent.ENCODED_BYTES);
        List<Extent> extents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            extents.add(new Extent(Byte.toUnsignedInt(from.get()), from.getLong(), from.getInt()));
        }
        return new StagedChunk(extents, checked ? OptionalInt.of(crc) : OptionalInt.empty());
    }

    /** Fails unless the extents are of regions that there are and make up so many bytes. */
    void check(int regionCount, int lengthBytes) throws RecordException {
        long sum = 0;
        for (Extent extent : extents) {
            if (extent.region >= regionCount || extent.lengthBytes <= 0 || extent.offset < 0) {
                throw new RecordException("a chunk lies at " + extent);
            }
            sum += extent.lengthBytes;
        }
        if (sum != lengthBytes) {
            throw new RecordException("a chunk of " + lengthBytes + " bytes came as " + sum);
        }
    }
}

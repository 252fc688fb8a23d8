package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A chunk of a window in memory that the reader can pull. As the body of READY it follows the read id (4): what vouches for the
 * bytes (1, see {@link Check}) and that itself, number of extents (1), and for each its region (1), offset in it (8) and length
 * (4).
 *
 * @param extents where the bytes are, in order
 * @param check what vouches for them
 */
record StagedChunk(List<Extent> extents, Check check) {

    /** What READY may name; more are copied into one. */
    static final int MAX_EXTENTS = 8;

    /** What vouches for the bytes of a chunk. */
    sealed interface Check permits Unchecked, Crc32c, ChunkSeals {

        int encodedBytes();

        void encode(ByteBuffer to);
    }

    /** 0: whoever exposed the memory answers for its content. */
    record Unchecked() implements Check {

        @Override
        public int encodedBytes() {
            return 0;
        }

        @Override
        public void encode(ByteBuffer to) {}
    }

    /** 1: CRC32C (4) of all bytes. */
    record Crc32c(int value) implements Check {

        @Override
        public int encodedBytes() {
            return Integer.BYTES;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.putInt(value);
        }
    }

    private static final byte UNCHECKED = 0;
    private static final byte CRC32C = 1;

    /** {@link ChunkSeals}: lane (1), number of the first segment (8), number of segments (1), for each its tag (16). */
    private static final byte SEALED = 2;

    /** @param region index in the {@link Acceptance} */
    record Extent(int region, long offset, int lengthBytes) {
        static final int ENCODED_BYTES = 1 + Long.BYTES + Integer.BYTES;

        void encode(ByteBuffer to) {
            to.put((byte) region).putLong(offset).putInt(lengthBytes);
        }

        /** @param from with all of it remaining */
        static Extent decode(ByteBuffer from) {
            return new Extent(Byte.toUnsignedInt(from.get()), from.getLong(), from.getInt());
        }
    }

    int encodedBytes() {
        return 1 + check.encodedBytes() + 1 + extents.size() * Extent.ENCODED_BYTES;
    }

    void encode(ByteBuffer to) {
        to.put(check instanceof ChunkSeals ? SEALED : check instanceof Crc32c ? CRC32C : UNCHECKED);
        check.encode(to);
        to.put((byte) extents.size());
        extents.forEach(extent -> extent.encode(to));
    }

    static StagedChunk decode(ByteBuffer from) throws RecordException {
        Check check = decodeCheck(from);
        Wire.need(from, 1);
        int count = Byte.toUnsignedInt(from.get());
        if (count > MAX_EXTENTS) {
            throw new RecordException("a chunk in " + count + " extents");
        }
        Wire.need(from, count * Extent.ENCODED_BYTES);
        List<Extent> extents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            extents.add(Extent.decode(from));
        }
        return new StagedChunk(extents, check);
    }

    private static Check decodeCheck(ByteBuffer from) throws RecordException {
        Wire.need(from, 1);
        byte kind = from.get();
        return switch (kind) {
            case UNCHECKED -> new Unchecked();
            case CRC32C -> {
                Wire.need(from, Integer.BYTES);
                yield new Crc32c(from.getInt());
            }
            case SEALED -> ChunkSeals.decode(from);
            default -> throw new RecordException("a chunk with a check of kind " + kind);
        };
    }

    /** Fails unless the extents are of regions that there are and make up so many bytes, sealed if they have to be. */
    void check(int regionCount, int lengthBytes, boolean encrypted) throws RecordException {
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
        if (check instanceof ChunkSeals != encrypted) {
            throw new RecordException("a chunk is " + (encrypted ? "not sealed" : "sealed"));
        }
        if (check instanceof ChunkSeals seals && !seals.areFor(lengthBytes)) {
            throw new RecordException("a chunk of " + lengthBytes + " bytes has the seals of another");
        }
    }
}

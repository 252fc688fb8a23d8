package io.sparkefa.shuffle;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Where each reduce partition begins in a map output's data file. Immutable.
 *
 * <p>The file is Spark's ({@code IndexShuffleBlockResolver}): for R partitions, R + 1 offsets as big-endian longs, of which
 * the first is 0, none is less than the one before, and the last is the length of the data.
 */
final class MapOutputIndex {

    private static final int READ_BYTES = 64 << 10;

    /** That of 134 million partitions. A longer one is no index, and reading it would take memory that nobody has to spare. */
    private static final int MAX_FILE_BYTES = 1 << 30;

    private final long[] offsets;

    private MapOutputIndex(long[] offsets) {
        this.offsets = offsets;
    }

    /**
     * @throws java.nio.file.NoSuchFileException when there is no such file
     * @throws IOException when it cannot be read, or is no index
     */
    static MapOutputIndex read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long fileBytes = channel.size();
            if (fileBytes == 0 || fileBytes % Long.BYTES != 0 || fileBytes > MAX_FILE_BYTES) {
                throw corrupt(
                        file,
                        "is " + fileBytes + " bytes long; expected 8 for each partition and 8 more, and no more than "
                                + MAX_FILE_BYTES);
            }
            long[] offsets = new long[(int) (fileBytes / Long.BYTES)];
            readInto(offsets, channel, file);
            check(offsets, file);
            return new MapOutputIndex(offsets);
        }
    }

    private static void readInto(long[] offsets, FileChannel channel, Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(READ_BYTES, offsets.length * Long.BYTES));
        int read = 0;
        while (read < offsets.length) {
            buffer.clear().limit(Math.min(buffer.capacity(), (offsets.length - read) * Long.BYTES));
            while (buffer.hasRemaining()) {
                if (channel.read(buffer) < 0) {
                    throw new EOFException("index file " + file + " became shorter than " + offsets.length
                            + " offsets while it was read");
                }
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                offsets[read++] = buffer.getLong();
            }
        }
    }

    private static void check(long[] offsets, Path file) throws IOException {
        if (offsets[0] != 0) {
            throw corrupt(file, "begins with offset " + offsets[0] + "; expected 0");
        }
        for (int i = 1; i < offsets.length; i++) {
            if (offsets[i] < offsets[i - 1]) {
                throw corrupt(file, "has offset " + offsets[i] + " at " + i + "; expected at least " + offsets[i - 1]);
            }
        }
    }

    private static IOException corrupt(Path file, String finding) {
        return new IOException("index file " + file + " " + finding);
    }

    int partitionCount() {
        return offsets.length - 1;
    }

    long offset(int reduceId) {
        return offsets[reduceId];
    }

    long dataBytes() {
        return offsets[offsets.length - 1];
    }

    /** What it counts for in the cache: its offsets. */
    long sizeBytes() {
        return (long) offsets.length * Long.BYTES;
    }
}

package io.sparkefa.it.bench.work;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import org.apache.spark.network.buffer.ManagedBuffer;

/** The bytes of a {@link DataSet}: each eight of them are a function of the map output's id and of their position in its file. */
final class Contents {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final long MAP_FACTOR = 0x9E3779B97F4A7C15L;
    private static final long MIX_FACTOR = 0xBF58476D1CE4E5B9L;

    private Contents() {}

    private static long word(long mapId, long position) {
        long mixed = (mapId * MAP_FACTOR + position) * MIX_FACTOR;
        return mixed ^ (mixed >>> 29);
    }

    static void write(FileChannel file, long mapId, long lengthBytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, lengthBytes));
        for (long position = 0; position < lengthBytes; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), lengthBytes - position));
            LongBuffer words = buffer.asLongBuffer();
            for (; words.hasRemaining(); position += Long.BYTES) {
                words.put(word(mapId, position));
            }
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
        }
    }

    /** @throws IOException when the block does not have the bytes that it must have */
    static void check(DataSet data, String blockId, ManagedBuffer block) throws IOException {
        String[] parts = blockId.split("_", -1);
        long mapId = Long.parseLong(parts[2]);
        long start = Integer.parseInt(parts[3]) * data.blockBytes();
        long end = start + data.blockBytes();
        byte[] bytes = new byte[(int) Math.min(BUFFER_BYTES, data.blockBytes())];
        try (InputStream in = block.createInputStream()) {
            for (long position = start; position < end; ) {
                int length = in.readNBytes(bytes, 0, (int) Math.min(bytes.length, end - position));
                LongBuffer words = ByteBuffer.wrap(bytes, 0, length).asLongBuffer();
                for (; words.hasRemaining(); position += Long.BYTES) {
                    if (words.get() != word(mapId, position)) {
                        throw new IOException(blockId + " has a wrong byte at " + (position - start));
                    }
                }
                if (length % Long.BYTES != 0 || length == 0) {
                    throw new IOException(blockId + " ends after " + (position - start) + " bytes");
                }
            }
            if (in.read() >= 0) {
                throw new IOException(blockId + " is longer than " + data.blockBytes() + " bytes");
            }
        }
    }
}

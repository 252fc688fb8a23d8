package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transfer.protocol.BlockKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Map outputs in files of a test's own folder, whose bytes follow from map id and position. Every second file is mapped. */
final class FakeMapOutputs implements MapOutputs {

    private record Output(
            Path file, long[] offsets, @Nullable ByteBuffer mapped) {}

    private final Path folder;
    private final Map<Long, Output> outputs = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean outOfDescriptors;

    FakeMapOutputs(Path folder) {
        this.folder = folder;
    }

    /** The byte that stands at this position of this map's data. */
    static byte expectedByte(long mapId, long position) {
        long mixed = (mapId * 0x9E3779B97F4A7C15L) ^ (position * 0xC2B2AE3D27D4EB4FL);
        return (byte) (mixed >>> 56);
    }

    /** Writes one map output of shuffle 0 with blocks of these lengths. */
    void write(long mapId, long... blockLengths) throws IOException {
        long[] offsets = offsets(blockLengths);
        Path file = folder.resolve("map-" + mapId);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            for (long position = 0; position < offsets[offsets.length - 1]; ) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), offsets[offsets.length - 1] - position));
                while (buffer.hasRemaining()) {
                    buffer.put(expectedByte(mapId, position++));
                }
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
        outputs.put(mapId, new Output(file, offsets, mapId % 2 == 0 ? map(file) : null));
    }

    /** A map output with one block of zeros that takes no room on disk. */
    void writeSparse(long mapId, long lengthBytes) throws IOException {
        Path file = folder.resolve("map-" + mapId);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), lengthBytes - 1);
        }
        outputs.put(mapId, new Output(file, offsets(lengthBytes), null));
    }

    /** Unmapped by the collector. */
    private static @Nullable ByteBuffer map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.size() > Integer.MAX_VALUE
                    ? null
                    : channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
    }

    private static long[] offsets(long... blockLengths) {
        long[] offsets = new long[blockLengths.length + 1];
        for (int i = 0; i < blockLengths.length; i++) {
            offsets[i + 1] = offsets[i] + blockLengths[i];
        }
        return offsets;
    }

    long offset(long mapId, int reduceId) {
        return outputs.get(mapId).offsets()[reduceId];
    }

    /** Fails unless these are the bytes that the block was written with. */
    void assertBytes(BlockKey block, byte[] actual) {
        long from = offset(block.mapId(), block.startReduceId());
        assertThat(actual.length).describedAs("length of %s", block).isEqualTo((int)
                (offset(block.mapId(), block.endReduceId()) - from));
        for (int i = 0; i < actual.length; i++) {
            if (actual[i] != expectedByte(block.mapId(), from + i)) {
                throw new AssertionError("byte " + i + " of " + block + " is wrong");
            }
        }
    }

    /** Cuts the data file short behind the back of the index. */
    void truncate(long mapId, long lengthBytes) throws IOException {
        try (FileChannel channel = FileChannel.open(outputs.get(mapId).file(), StandardOpenOption.WRITE)) {
            channel.truncate(lengthBytes);
        }
    }

    /** Whether opening any but map 0 fails as in a process that has all files open that it may. */
    void outOfDescriptors(boolean out) {
        outOfDescriptors = out;
    }

    void delete(long mapId) throws IOException {
        Files.delete(outputs.remove(mapId).file());
    }

    /** Outputs opened and not closed. */
    int openCount() {
        return open.get();
    }

    @Override
    public MapOutput open(int shuffleId, long mapId) throws IOException {
        Output output = outputs.get(mapId);
        if (output == null || shuffleId != 0) {
            throw new NoSuchFileException(folder.resolve("map-" + mapId).toString());
        }
        if (outOfDescriptors && mapId > 0) {
            throw new FileSystemException(output.file().toString(), null, "Too many open files");
        }
        FileChannel channel = FileChannel.open(output.file(), StandardOpenOption.READ);
        open.incrementAndGet();
        return new MapOutput() {
            @Override
            public int partitionCount() {
                return output.offsets().length - 1;
            }

            @Override
            public long offset(int reduceId) {
                return output.offsets()[reduceId];
            }

            @Override
            public FileChannel data() {
                return channel;
            }

            @Override
            public @Nullable ByteBuffer mapped() {
                return output.mapped();
            }

            @Override
            public void close() {
                open.decrementAndGet();
                try {
                    channel.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        };
    }
}

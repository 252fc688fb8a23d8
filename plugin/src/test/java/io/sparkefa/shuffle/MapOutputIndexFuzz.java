package io.sparkefa.shuffle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.AllocationBound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Index files: either every partition that one names is a range of the data, or it is refused. */
public final class MapOutputIndexFuzz {

    /** What reading a file takes: the buffer, at most 64 KiB, and the channel. */
    private static final long READING_BYTES = 128 << 10;

    private static final Path FILE = newFile();

    private MapOutputIndexFuzz() {}

    private static Path newFile() {
        try {
            Path file = Files.createTempFile("fuzz", ".index");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Files.write(FILE, input);
        AllocationBound.check(input.length, READING_BYTES, MapOutputIndexFuzz::read);
        Optional<MapOutputIndex> read = read();
        if (read.isEmpty()) {
            return;
        }
        MapOutputIndex index = read.get();
        ByteBuffer written = ByteBuffer.wrap(input);
        long previous = 0;
        for (int i = 0; i <= index.partitionCount(); i++) {
            long offset = index.offset(i);
            assertThat(offset).isEqualTo(written.getLong()).isBetween(previous, index.dataBytes());
            previous = offset;
        }
        assertThat(written.hasRemaining()).isFalse();
        assertThat(index.offset(0)).isZero();
        assertThat(index.sizeBytes()).isEqualTo(input.length);
    }

    private static Optional<MapOutputIndex> read() {
        try {
            return Optional.of(MapOutputIndex.read(FILE));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

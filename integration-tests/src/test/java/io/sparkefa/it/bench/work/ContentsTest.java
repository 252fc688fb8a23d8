package io.sparkefa.it.bench.work;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentsTest {
    /** Blocks that are no whole number of buffers long. */
    private static final DataSet DATA = new DataSet("files", 7, 2, 3, (1 << 20) + 24);

    private static final int BLOCK = (int) DATA.blockBytes();

    @TempDir
    Path folder;

    private byte[] file;

    @BeforeEach
    void write() throws IOException {
        Path path = folder.resolve("map-1");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            Contents.write(channel, 1, 3L * BLOCK);
        }
        file = Files.readAllBytes(path);
    }

    private static void check(String blockId, byte[] bytes) throws IOException {
        Contents.check(DATA, blockId, new NioManagedBuffer(ByteBuffer.wrap(bytes)));
    }

    private byte[] block(int reducer) {
        return Arrays.copyOfRange(file, reducer * BLOCK, (reducer + 1) * BLOCK);
    }

    @Test
    void knowsItsOwnBytes() {
        for (int reducer = 0; reducer < 3; reducer++) {
            String blockId = "shuffle_7_1_" + reducer;
            byte[] block = block(reducer);
            assertThatCode(() -> check(blockId, block)).doesNotThrowAnyException();
        }
    }

    @Test
    void findsWhatIsWrong() {
        byte[] changed = block(1);
        changed[BLOCK - 1]++;
        assertWrong("has a wrong byte at " + (BLOCK - 8), "shuffle_7_1_1", changed);
        assertWrong("has a wrong byte at 0", "shuffle_7_1_2", block(1));
        assertWrong("has a wrong byte at 0", "shuffle_7_0_1", block(1));
        assertWrong("ends after", "shuffle_7_1_1", Arrays.copyOf(block(1), BLOCK - 8));
        assertWrong("ends after", "shuffle_7_1_1", Arrays.copyOf(block(1), BLOCK - 3));
        assertWrong("is longer than", "shuffle_7_1_1", Arrays.copyOf(block(1), BLOCK + 1));
    }

    private static void assertWrong(String message, String blockId, byte[] bytes) {
        assertThatThrownBy(() -> check(blockId, bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }
}

package io.sparkefa.shuffle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transfer.MapOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that contradict themselves or each other: each is an error that names the file, what it has, and what it should. */
class MapOutputIndexTest {

    @TempDir
    Path folder;

    private MapOutputFolder files;
    private MapOutputStore store;

    @BeforeEach
    void open() {
        files = new MapOutputFolder(folder);
        store = new MapOutputStore(files, 1 << 20, 10, new FileMappings(0, unused -> {}), 0);
    }

    @AfterEach
    void nothingIsKeptOfWhatIsCorrupt() throws IOException {
        assertThat(store.openFileCount()).isZero();
        assertThat(store.indexBytes()).isZero();
        assertThat(files.descriptors()).isZero();
        store.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 9, 15, 23})
    void lengthThatIsNoIndex(int lengthBytes) throws IOException {
        Files.write(files.indexFile(0, 0), new byte[lengthBytes]);
        assertCorrupt("shuffle_0_0_0.index", "is " + lengthBytes + " bytes long");
    }

    @Test
    void dataThatWasTruncated() throws IOException {
        files.writeSparseData(0, 0, 10);
        files.writeIndex(0, 0, 0, 5, 11);
        assertCorrupt("shuffle_0_0_0.data", "is 10 bytes long", "says 11", "shuffle_0_0_0.index");
    }

    @Test
    void firstOffsetThatIsNotZero() throws IOException {
        files.writeSparseData(0, 0, 10);
        files.writeIndex(0, 0, 1, 5, 10);
        assertCorrupt("shuffle_0_0_0.index", "begins with offset 1", "expected 0");
        files.writeIndex(0, 0, -1, 5, 10);
        assertCorrupt("shuffle_0_0_0.index", "begins with offset -1", "expected 0");
    }

    @Test
    void offsetsThatDecrease() throws IOException {
        files.writeSparseData(0, 0, 10);
        files.writeIndex(0, 0, 0, 5, 4, 10);
        assertCorrupt("shuffle_0_0_0.index", "has offset 4 at 2", "expected at least 5");
    }

    @Test
    void negativeOffsets() throws IOException {
        files.writeSparseData(0, 0, 10);
        files.writeIndex(0, 0, 0, -5, 10);
        assertCorrupt("shuffle_0_0_0.index", "has offset -5 at 1", "expected at least 0");
        files.writeIndex(0, 0, 0, 5, Long.MIN_VALUE);
        assertCorrupt("shuffle_0_0_0.index", "has offset -9223372036854775808 at 2", "expected at least 5");
    }

    @Test
    void dataThatIsShorterThanItsIndexSays() throws IOException {
        files.writeSparseData(0, 0, 10);
        files.writeIndex(0, 0, 0, Long.MAX_VALUE);
        assertCorrupt("shuffle_0_0_0.data", "is 10 bytes long", "says 9223372036854775807");
    }

    @Test
    void anIndexThatWasTruncatedByWholeOffsetsServesThePartitionsThatItStillHas() throws IOException {
        files.writeSparseData(0, 0, 10);
        files.writeIndex(0, 0, 0, 9);
        try (MapOutput output = store.open(0, 0)) {
            assertThat(output.partitionCount()).isEqualTo(1);
        }
        store.invalidate(0, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {(1L << 30) + 8, 1L << 31, 1L << 40})
    void anIndexThatIsTooLongForAnyShuffle(long lengthBytes) throws IOException {
        files.writeSparseIndex(0, 0, lengthBytes);
        assertCorrupt("is " + lengthBytes + " bytes long", "no more than 1073741824");
    }

    @Test
    void noPartitionsAtAll() throws IOException {
        files.writeIndex(0, 0, 0);
        store.open(0, 0).close();
        store.invalidate(0, 0);
    }

    @Test
    void aFolderInPlaceOfAFile() throws IOException {
        Files.createDirectory(files.indexFile(0, 0));
        assertThatThrownBy(() -> store.open(0, 0)).isInstanceOf(IOException.class);
    }

    private void assertCorrupt(String... parts) {
        assertThatThrownBy(() -> store.open(0, 0))
                .isInstanceOf(IOException.class)
                .satisfies(error -> {
                    for (String part : parts) {
                        assertThat(error).hasMessageContaining(part);
                    }
                });
    }
}

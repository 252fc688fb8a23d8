package io.sparkefa.shuffle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transfer.MapOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapOutputStoreTest {

    private static final long IDLE_NS = 60_000_000_000L;

    @TempDir
    Path folder;

    private final List<ByteBuffer> unmapped = new ArrayList<>();
    private final FileMappings mappings = new FileMappings(20, unmapped::add);
    private MapOutputFolder files;
    private MapOutputStore store;

    @BeforeEach
    void open() {
        files = new MapOutputFolder(folder);
        store = store(1 << 20, 10);
    }

    @AfterEach
    void nothingStaysOpen() throws IOException {
        store.close();
        assertThat(files.descriptors()).isZero();
        assertThat(store.openFileCount()).isZero();
        assertThat(store.indexBytes()).isZero();
        assertThat(mappings.mappedBytes()).isZero();
    }

    @Test
    void mapsAFileThatIsAskedForAgainUntilItIsClosed() throws IOException {
        files.write(0, 0, bytes("first"), bytes("second"));

        try (MapOutput output = store.open(0, 0)) {
            assertThat(output.mapped()).isNull();
        }
        MapOutput second = store.open(0, 0);
        ByteBuffer mapped = second.mapped();
        assertThat(StandardCharsets.UTF_8.decode(mapped.duplicate()).toString()).isEqualTo("firstsecond");
        assertThat(second.mapped()).isSameAs(mapped);
        assertThat(mappings.mappedBytes()).isEqualTo(11);

        store.invalidate(0, 0);
        assertThat(unmapped).isEmpty();
        second.close();
        assertThat(unmapped).containsExactly(mapped);
        assertThat(mappings.mappedBytes()).isZero();
    }

    @Test
    void mapsNoMoreThanItMay() throws IOException {
        files.write(0, 0, bytes("eleven long"));
        files.write(0, 1, bytes("ten please"));
        files.write(0, 2, bytes("nine more"));

        assertThat(mapped(0)).isTrue();
        assertThat(mapped(1)).isFalse();
        assertThat(mapped(2)).isTrue();
        store.invalidate(0, 0);
        assertThat(mapped(1)).isTrue();
    }

    private boolean mapped(long mapId) throws IOException {
        try (MapOutput output = store.open(0, mapId)) {
            output.mapped();
            return output.mapped() != null;
        }
    }

    @Test
    void servesWhatWasWritten() throws IOException {
        files.write(3, 4_000_000_000L, bytes("first"), bytes(""), bytes("third"), bytes("x"), bytes(""));

        try (MapOutput output = store.open(3, 4_000_000_000L)) {
            assertThat(output.partitionCount()).isEqualTo(5);
            assertThat(partition(output, 0)).isEqualTo("first");
            assertThat(partition(output, 1)).isEmpty();
            assertThat(partition(output, 2)).isEqualTo("third");
            assertThat(partition(output, 3)).isEqualTo("x");
            assertThat(partition(output, 4)).isEmpty();
            assertThat(output.offset(5)).isEqualTo(11);
        }
    }

    @Test
    void readsTheIndexAsSparkWritesIt() throws IOException {
        // DataOutputStream.writeLong of 0, 5, 5, 261, byte for byte.
        Files.write(files.indexFile(0, 0), new byte[] {
            0, 0, 0, 0, 0, 0, 0, 0, //
            0, 0, 0, 0, 0, 0, 0, 5, //
            0, 0, 0, 0, 0, 0, 0, 5, //
            0, 0, 0, 0, 0, 0, 1, 5
        });
        files.writeSparseData(0, 0, 261);

        try (MapOutput output = store.open(0, 0)) {
            assertThat(offsets(output)).containsExactly(0L, 5L, 5L, 261L);
        }
    }

    @Test
    void offsetsMayBeBeyondTwoGigabytes() throws IOException {
        long end = 5L << 30;
        files.writeSparseData(0, 0, end);
        files.writeIndex(0, 0, 0, 3L << 30, end - 4, end);
        try (FileChannel data = FileChannel.open(files.dataFile(0, 0), StandardOpenOption.WRITE)) {
            data.write(ByteBuffer.wrap(bytes("last")), end - 4);
        }

        try (MapOutput output = store.open(0, 0)) {
            assertThat(offsets(output)).containsExactly(0L, 3L << 30, end - 4, end);
            assertThat(partition(output, 2)).isEqualTo("last");
        }
    }

    @Test
    void readsIndexesLongerThanItsBuffer() throws IOException {
        long[] offsets = new long[30_001];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = 7L * i;
        }
        files.writeIndex(0, 0, offsets);
        files.writeSparseData(0, 0, 7L * 30_000);

        try (MapOutput output = store.open(0, 0)) {
            assertThat(offsets(output)).isEqualTo(offsets);
        }
    }

    @Test
    void anOutputOfEmptyPartitionsHasNoDataFile() throws IOException {
        files.write(0, 0, bytes(""), bytes(""), bytes(""));
        assertThat(files.dataFile(0, 0)).doesNotExist();

        try (MapOutput output = store.open(0, 0)) {
            assertThat(offsets(output)).containsExactly(0L, 0L, 0L, 0L);
            assertThat(output.data().isOpen()).isTrue();
            assertThat(MapOutputFolder.read(output.data(), 0, 0)).isEmpty();
        }
    }

    @Test
    void anEmptyDataFileIsAsGoodAsNone() throws IOException {
        files.write(0, 0, bytes(""));
        files.writeSparseData(0, 0, 0);

        try (MapOutput output = store.open(0, 0)) {
            assertThat(output.data().size()).isZero();
        }
    }

    @Test
    void whatIsNotThereIsNoSuchFile() throws IOException {
        assertThatThrownBy(() -> store.open(1, 2))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("shuffle_1_2_0.index");

        files.write(1, 2, bytes("data"));
        Files.delete(files.dataFile(1, 2));
        assertThatThrownBy(() -> store.open(1, 2))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("shuffle_1_2_0.data");

        files.write(1, 2, bytes("late"));
        try (MapOutput output = store.open(1, 2)) {
            assertThat(partition(output, 0)).as("a failure is not remembered").isEqualTo("late");
        }
    }

    @Test
    void anOpenOutputOutlivesItsFiles() throws IOException {
        files.write(1, 2, bytes("data"));
        MapOutput output = store.open(1, 2);
        files.delete(1, 2);
        store.invalidate(1, 2);

        assertThat(partition(output, 0)).isEqualTo("data");
        assertThatThrownBy(() -> store.open(1, 2)).isInstanceOf(NoSuchFileException.class);
        assertThat(files.descriptors()).isEqualTo(1);
        output.close();
        assertThat(files.descriptors()).as("the disk has its space back").isZero();
    }

    @Test
    void aFileThatVanishedWhileItsIndexWasCachedIsForgotten() throws IOException {
        files.write(1, 2, bytes("data"));
        store.open(1, 2).close();
        closeAllIdle();
        files.delete(1, 2);
        assertThat(store.indexBytes()).isEqualTo(16);

        assertThatThrownBy(() -> store.open(1, 2)).isInstanceOf(NoSuchFileException.class);
        assertThat(store.indexBytes()).isZero();
    }

    @Test
    void theWarmPathTouchesNoFile() throws IOException {
        files.write(0, 0, bytes("data"));
        MapOutput first = store.open(0, 0);
        files.delete(0, 0);
        try (MapOutput second = store.open(0, 0)) {
            assertThat(second.data()).isSameAs(first.data());
        }
        first.close();

        assertThat(files.loads()).isEqualTo(1);
        assertThat(store.openFileCount()).isEqualTo(1);
    }

    @Test
    void keepsOnlySoManyFilesOpen() throws IOException {
        store = store(1 << 20, 3);
        for (int map = 0; map < 10; map++) {
            files.write(0, map, bytes("data" + map));
            store.open(0, map).close();
        }
        assertThat(store.openFileCount()).isEqualTo(3);
        assertThat(files.descriptors()).isEqualTo(3);
        assertThat(store.indexBytes()).as("indexes are kept on their own").isEqualTo(160);
        for (int map = 9; map >= 7; map--) {
            store.open(0, map).close();
        }
        assertThat(files.loads()).as("the last three are still open").isEqualTo(10);
    }

    @Test
    void whatIsInUseIsNotClosedForOthers() throws IOException {
        store = store(1 << 20, 2);
        List<MapOutput> inUse = new ArrayList<>();
        for (int map = 0; map < 5; map++) {
            files.write(0, map, bytes("data" + map));
            inUse.add(store.open(0, map));
        }
        assertThat(store.openFileCount()).as("the first two").isEqualTo(2);
        assertThat(files.descriptors()).isEqualTo(5);
        for (int map = 0; map < 5; map++) {
            assertThat(partition(inUse.get(map), 0)).isEqualTo("data" + map);
            inUse.get(map).close();
        }
        assertThat(files.descriptors()).isEqualTo(2);
        store.open(0, 4).close();
        assertThat(files.descriptors()).isEqualTo(2);
    }

    @Test
    void closesWhatNobodyUsesWhenNoFurtherFileCanBeOpened() throws IOException {
        for (int map = 0; map < 4; map++) {
            files.write(0, map, bytes("data" + map));
        }
        MapOutput inUse = store.open(0, 0);
        store.open(0, 1).close();
        store.open(0, 2).close();

        files.allowDescriptors(2);
        try (MapOutput output = store.open(0, 3)) {
            assertThat(partition(output, 0)).isEqualTo("data3");
            assertThat(store.openFileCount())
                    .as("the one in use, and the new one")
                    .isEqualTo(2);
            assertThatThrownBy(() -> store.open(0, 1))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("Too many open files");
            assertThat(partition(inUse, 0)).isEqualTo("data0");
        }
        inUse.close();
        store.open(0, 1).close();
    }

    @Test
    void boundsTheBytesOfIndexes() throws IOException {
        store = store(100, 10);
        for (int map = 0; map < 5; map++) {
            files.write(0, map, bytes("a"), bytes("b"), bytes("c"));
            store.open(0, map).close();
            assertThat(store.indexBytes()).isLessThanOrEqualTo(100);
        }
        assertThat(store.indexBytes()).isEqualTo(96);
        assertThat(store.openFileCount()).as("an open file holds its index").isEqualTo(3);
        assertThat(files.descriptors()).isEqualTo(3);
    }

    @Test
    void anIndexLargerThanTheCacheIsServedAllTheSame() throws IOException {
        store = store(31, 10);
        files.write(0, 0, bytes("a"), bytes("b"), bytes("c"));
        files.write(0, 1, bytes("d"));
        store.open(0, 1).close();

        try (MapOutput output = store.open(0, 0)) {
            assertThat(partition(output, 2)).isEqualTo("c");
        }
        assertThat(store.indexBytes()).as("the other one stays").isEqualTo(16);
        assertThat(store.openFileCount()).isEqualTo(1);
        assertThat(files.descriptors()).isEqualTo(1);
    }

    @Test
    void aStoreThatMayKeepNothingServes() throws IOException {
        store = store(0, 0);
        files.write(0, 0, bytes("data"));
        try (MapOutput one = store.open(0, 0);
                MapOutput two = store.open(0, 0)) {
            assertThat(partition(one, 0)).isEqualTo(partition(two, 0));
        }
        assertThat(files.descriptors()).isZero();
    }

    @Test
    void closesWhatWasIdle() throws IOException {
        files.write(0, 0, bytes("a"));
        files.write(0, 1, bytes("b"));
        store.open(0, 0).close();
        MapOutput inUse = store.open(0, 1);

        store.closeIdle(0);
        store.closeIdle(IDLE_NS - 1);
        assertThat(files.descriptors()).isEqualTo(2);
        store.open(0, 0).close();
        store.closeIdle(IDLE_NS);
        assertThat(files.descriptors()).as("used again meanwhile").isEqualTo(2);
        store.closeIdle(2 * IDLE_NS);
        assertThat(files.descriptors()).as("the one in use").isEqualTo(1);

        inUse.close();
        store.closeIdle(3 * IDLE_NS - 1);
        assertThat(files.descriptors()).isEqualTo(1);
        store.closeIdle(3 * IDLE_NS);
        assertThat(files.descriptors()).isZero();
        assertThat(store.indexBytes()).isEqualTo(32);
        try (MapOutput again = store.open(0, 1)) {
            assertThat(partition(again, 0)).isEqualTo("b");
        }
    }

    @Test
    void invalidatesAWholeShuffleAndNoOther() throws IOException {
        for (int shuffle = 0; shuffle < 3; shuffle++) {
            for (int map = 0; map < 3; map++) {
                files.write(shuffle, map, bytes("data"));
                store.open(shuffle, map).close();
            }
        }
        store.invalidateShuffle(1);
        assertThat(store.openFileCount()).isEqualTo(6);
        assertThat(store.indexBytes()).isEqualTo(96);
        assertThat(files.descriptors()).isEqualTo(6);

        int loadsBefore = files.loads();
        store.open(0, 0).close();
        store.open(2, 2).close();
        assertThat(files.loads()).isEqualTo(loadsBefore);
    }

    @Test
    void whatIsInvalidatedWhileItIsLoadedIsNotKept() throws IOException {
        MapOutputFiles invalidating = new MapOutputFiles() {
            @Override
            public Path indexFile(int shuffleId, long mapId) throws IOException {
                return files.indexFile(shuffleId, mapId);
            }

            @Override
            public Path dataFile(int shuffleId, long mapId) {
                store.invalidateShuffle(shuffleId);
                return files.dataFile(shuffleId, mapId);
            }
        };
        store = new MapOutputStore(invalidating, 1 << 20, 10, mappings, IDLE_NS);
        files.write(0, 0, bytes("data"));
        try (MapOutput output = store.open(0, 0)) {
            assertThat(partition(output, 0)).isEqualTo("data");
            assertThat(store.openFileCount()).isZero();
            assertThat(store.indexBytes()).isZero();
        }
    }

    @Test
    void aFileThatAnInterruptClosedIsOpenedAgain() throws IOException {
        files.write(0, 0, bytes("data"));
        MapOutput interrupted = store.open(0, 0);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> partition(interrupted, 0)).isInstanceOf(ClosedByInterruptException.class);
        assertThat(Thread.interrupted()).isTrue();

        try (MapOutput again = store.open(0, 0)) {
            assertThat(partition(again, 0)).isEqualTo("data");
        }
        interrupted.close();
        assertThat(store.openFileCount()).isEqualTo(1);
        assertThat(files.descriptors()).isEqualTo(1);
    }

    @Test
    void aHandleCannotBeClosedTwice() throws IOException {
        files.write(0, 0, bytes("data"));
        MapOutput output = store.open(0, 0);
        output.close();
        assertThatThrownBy(output::close).isInstanceOf(IllegalStateException.class);
        assertThat(files.descriptors()).isEqualTo(1);
    }

    @Test
    void nothingOpensAfterClose() throws IOException {
        files.write(0, 0, bytes("data"));
        MapOutput output = store.open(0, 0);
        store.close();
        assertThatThrownBy(() -> store.open(0, 0)).isInstanceOf(IOException.class);
        assertThat(partition(output, 0)).isEqualTo("data");
        output.close();
    }

    private MapOutputStore store(long maxIndexBytes, int maxOpenFiles) {
        return new MapOutputStore(files, maxIndexBytes, maxOpenFiles, mappings, IDLE_NS);
    }

    private void closeAllIdle() {
        store.closeIdle(0);
        store.closeIdle(IDLE_NS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String partition(MapOutput output, int reduceId) throws IOException {
        long from = output.offset(reduceId);
        byte[] bytes = MapOutputFolder.read(output.data(), from, output.offset(reduceId + 1) - from);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static long[] offsets(MapOutput output) {
        long[] offsets = new long[output.partitionCount() + 1];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = output.offset(i);
        }
        return offsets;
    }
}

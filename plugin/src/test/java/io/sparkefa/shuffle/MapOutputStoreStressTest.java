package io.sparkefa.shuffle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transfer.MapOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.storage.StorageUtils$;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapOutputStoreStressTest {

    private static final int THREADS = 6;
    private static final int MAPS = 40;
    private static final int PARTITIONS = 8;
    private static final int MAX_OPEN_FILES = 7;
    private static final int MAX_MAPPED_BYTES = 1000;

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void opensOfOneOutputAtOnceReadItsIndexOnce() throws Exception {
        MapOutputFolder files = new MapOutputFolder(folder);
        for (int map = 0; map < MAPS; map++) {
            files.write(0, map, partitions(map));
        }
        MapOutputStore store = new MapOutputStore(files, 1 << 20, MAPS, new FileMappings(0, unused -> {}), 0);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        runInAll(() -> {
            for (int map = 0; map < MAPS; map++) {
                start.await();
                store.open(0, map).close();
            }
            return null;
        });

        assertThat(files.loads()).isEqualTo(MAPS);
        assertThat(store.openFileCount()).isEqualTo(MAPS);
        store.close();
        assertThat(files.descriptors()).isZero();
    }

    @Test
    void everyOpenServesTheRightBytesWhateverIsEvictedInvalidatedOrDeleted() throws Exception {
        long seed = System.nanoTime();
        System.out.println("MapOutputStoreStressTest seed " + seed);
        SplittableRandom seeds = new SplittableRandom(seed);
        MapOutputFolder files = new MapOutputFolder(folder);
        for (int map = 0; map < MAPS; map++) {
            files.write(map % 2, map, partitions(map));
        }
        long maxIndexBytes = (PARTITIONS + 1L) * Long.BYTES * MAPS / 2;
        FileMappings mappings = new FileMappings(MAX_MAPPED_BYTES, StorageUtils$.MODULE$::dispose);
        MapOutputStore store = new MapOutputStore(files, maxIndexBytes, MAX_OPEN_FILES, mappings, 1000);
        AtomicLong clockNs = new AtomicLong();
        AtomicLong opened = new AtomicLong();
        runInAll(() -> {
            SplittableRandom random;
            synchronized (seeds) {
                random = seeds.split();
            }
            Deque<MapOutput> held = new ArrayDeque<>();
            for (int round = 0; round < 4000; round++) {
                int map = random.nextInt(MAPS);
                switch (random.nextInt(60)) {
                    case 0 -> store.invalidateShuffle(random.nextInt(2));
                    case 1 -> store.invalidate(map % 2, map);
                    case 2 -> store.closeIdle(clockNs.addAndGet(400));
                    case 3 -> hideAndShow(files, map);
                    default -> openAndCheck(store, map, random).ifPresent(held::add);
                }
                while (held.size() > random.nextInt(4)) {
                    held.remove().close();
                    opened.incrementAndGet();
                }
                assertThat(store.openFileCount()).isLessThanOrEqualTo(MAX_OPEN_FILES);
                assertThat(store.indexBytes()).isLessThanOrEqualTo(maxIndexBytes);
            }
            held.forEach(MapOutput::close);
            return null;
        });

        assertThat(opened.get()).as("seed %d", seed).isGreaterThan(THREADS * 2000L);
        assertThat(files.descriptors()).as("seed %d", seed).isEqualTo(store.openFileCount());
        store.close();
        assertThat(files.descriptors()).isZero();
        assertThat(mappings.mappedBytes()).isZero();
    }

    /** Nothing when the files are hidden just now. */
    private static Optional<MapOutput> openAndCheck(MapOutputStore store, int map, SplittableRandom random)
            throws IOException {
        MapOutput output;
        try {
            output = store.open(map % 2, map);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        int reduceId = random.nextInt(PARTITIONS);
        long from = output.offset(reduceId);
        byte[] bytes = MapOutputFolder.read(output.data(), from, output.offset(reduceId + 1) - from);
        assertThat(bytes).isEqualTo(partitions(map)[reduceId]);
        ByteBuffer mapped = output.mapped();
        if (mapped != null) {
            mapped.get((int) from, bytes);
            assertThat(bytes).as("mapped").isEqualTo(partitions(map)[reduceId]);
        }
        return Optional.of(output);
    }

    private static void hideAndShow(MapOutputFolder files, int map) throws IOException {
        Path data = files.dataFile(map % 2, map);
        Path hidden = data.resolveSibling(data.getFileName() + ".hidden");
        synchronized (files) {
            Files.move(data, hidden);
            Files.move(hidden, data);
        }
    }

    private static byte[][] partitions(int map) {
        byte[][] partitions = new byte[PARTITIONS][];
        for (int i = 0; i < PARTITIONS; i++) {
            partitions[i] = new byte[(map * 31 + i * 7) % 50];
            Arrays.fill(partitions[i], (byte) (map + i));
        }
        return partitions;
    }

    private void runInAll(Callable<?> work) throws Exception {
        List<Future<?>> ends = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            ends.add(threads.submit(work));
        }
        for (Future<?> end : ends) {
            end.get(50, TimeUnit.SECONDS);
        }
    }
}

package io.sparkefa.it.bench.work;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.apache.spark.SparkEnv;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import org.apache.spark.shuffle.ShuffleManager;
import org.apache.spark.shuffle.sort.SortShuffleManager;

/** The files of a {@link DataSet} in the executor that serves them, put there as Spark's own shuffle writers do. */
final class ServedFiles {

    private ServedFiles() {}

    static void create(DataSet data) throws IOException {
        IndexShuffleBlockResolver resolver = resolver();
        Path folder = Files.createDirectories(Path.of(data.folder()));
        long[] lengths = new long[data.reducers()];
        Arrays.fill(lengths, data.blockBytes());
        for (long mapId = 0; mapId < data.maps(); mapId++) {
            Path bytes = folder.resolve("shuffle-" + data.shuffleId() + "-map-" + mapId);
            if (!Files.exists(bytes)) {
                write(bytes, mapId, data.reducers() * data.blockBytes());
            }
            File written = resolver.createTempFile(resolver.getDataFile(data.shuffleId(), mapId));
            Files.createLink(written.toPath(), bytes);
            resolver.writeMetadataFileAndCommit(data.shuffleId(), mapId, lengths, new long[0], written);
        }
    }

    private static void write(Path file, long mapId, long lengthBytes) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            Contents.write(channel, mapId, lengthBytes);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    static void remove(DataSet data) {
        IndexShuffleBlockResolver resolver = resolver();
        for (long mapId = 0; mapId < data.maps(); mapId++) {
            resolver.removeDataByMap(data.shuffleId(), mapId);
        }
        shuffleManager().unregisterShuffle(data.shuffleId());
    }

    private static ShuffleManager shuffleManager() {
        return SparkEnv.get().shuffleManager();
    }

    private static IndexShuffleBlockResolver resolver() {
        return ((SortShuffleManager) shuffleManager()).shuffleBlockResolver();
    }
}

package io.sparkefa.spark;

import io.sparkefa.shuffle.MapOutputFiles;
import java.nio.file.Path;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import scala.Option;

/** The files that Spark's sort shuffle writes. Thread-safe, as Spark's resolver is. */
final class SparkMapOutputFiles implements MapOutputFiles {

    private final IndexShuffleBlockResolver resolver;

    SparkMapOutputFiles(IndexShuffleBlockResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public Path indexFile(int shuffleId, long mapId) {
        return resolver.getIndexFile(shuffleId, mapId, Option.empty()).toPath();
    }

    @Override
    public Path dataFile(int shuffleId, long mapId) {
        return resolver.getDataFile(shuffleId, mapId).toPath();
    }
}

package io.sparkefa.shuffle;

import java.io.IOException;
import java.nio.file.Path;

/** Where Spark keeps the files of a map task's output. Thread-safe; the files need not exist. */
public interface MapOutputFiles {

    /** The offsets of the reduce partitions in the data file. */
    Path indexFile(int shuffleId, long mapId) throws IOException;

    /** The reduce partitions, one after the other. Spark makes none when all of them are empty. */
    Path dataFile(int shuffleId, long mapId) throws IOException;
}

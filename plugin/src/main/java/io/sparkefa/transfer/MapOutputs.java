package io.sparkefa.transfer;

import java.io.IOException;

/** The map outputs that this executor can serve. Thread-safe. */
public interface MapOutputs {

    /**
     * Opens the output of one map task, usually from a cache.
     *
     * @return to be closed by the caller
     * @throws java.nio.file.NoSuchFileException when there is no such output here (any more)
     * @throws IOException when its files cannot be read or contradict each other; the message names the file
     */
    MapOutput open(int shuffleId, long mapId) throws IOException;
}

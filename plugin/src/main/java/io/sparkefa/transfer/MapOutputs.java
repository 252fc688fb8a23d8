package io.sparkefa.transfer;

import java.io.IOException;

/** The map outputs that this executor can serve. Thread-safe. */
public interface MapOutputs {

    /**
     * Opens the output of one map task, usually from a cache.
     *
     * @return to be closed by the caller
     * @throws java.nio.file.NoSuchFileException when there is no such output here (any more)
     * @throws java.nio.file.FileSystemException when it is there and cannot be opened, at least now: say, for want of a file
     *     descriptor
     * @throws IOException when its files cannot be read or contradict each other; the message names the file
     */
    MapOutput open(int shuffleId, long mapId) throws IOException;
}

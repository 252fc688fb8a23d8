package io.sparkefa.transfer;

import java.nio.channels.FileChannel;

/** One map task's output, open for reading until closed. Thread-safe; several holders may share the file behind it. */
public interface MapOutput extends AutoCloseable {

    /** How many reduce partitions the map task wrote. */
    int partitionCount();

    /**
     * Where a reduce partition begins in {@link #data}, in bytes. Never decreases, and never exceeds the length that the file
     * had when it was opened.
     *
     * @param reduceId from 0 to {@link #partitionCount} inclusive; the last one is the end of the data
     */
    long offset(int reduceId);

    /** The data file. Not to be closed or moved by the caller; valid until {@link #close}. */
    FileChannel data();

    /** Gives this handle back. Called once. */
    @Override
    void close();
}

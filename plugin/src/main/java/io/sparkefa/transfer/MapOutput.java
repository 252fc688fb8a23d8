package io.sparkefa.transfer;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

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

    /**
     * The same as {@link #data} in the process's address space, for short reads from a file that is read often; null when it is
     * not mapped. {@link io.sparkefa.transport.MappedReads} says how to copy out of it. Not to be used after {@link #close}, by any view.
     */
    default @Nullable ByteBuffer mapped() {
        return null;
    }

    /** Gives this handle back. Called once. */
    @Override
    void close();
}

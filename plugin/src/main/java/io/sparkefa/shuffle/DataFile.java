package io.sparkefa.shuffle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A map output's data file, open until its last holder has let go: its users, and the cache while it is in there. Thread-safe;
 * {@link #retain} only by somebody for whom it is held already.
 */
final class DataFile {

    private static final Logger LOG = LoggerFactory.getLogger(DataFile.class);

    private final Path path;
    private final MapOutputIndex index;
    private final FileChannel channel;
    private final FileMappings mappings;
    private final AtomicInteger holders = new AtomicInteger(1);
    private volatile boolean askedForMapping;
    private volatile FileMappings.@Nullable Mapping mapping;

    // For OpenFiles, under its lock.
    boolean usedSinceCheck = true;
    long idleSinceNs;

    private DataFile(Path path, MapOutputIndex index, FileChannel channel, FileMappings mappings) {
        this.path = path;
        this.index = index;
        this.channel = channel;
        this.mappings = mappings;
    }

    /**
     * Opens the file for one holder.
     *
     * @throws NoSuchFileException when there is none although there should be
     * @throws IOException when it cannot be opened, or is shorter than the index says
     */
    static DataFile open(Path path, MapOutputIndex index, Path indexPath, FileMappings mappings) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            if (index.dataBytes() > 0) {
                throw e;
            }
            // All partitions are empty, and Spark makes no data file then. Nobody will read a byte, but the channel
            // must be one.
            channel = FileChannel.open(indexPath, StandardOpenOption.READ);
        }
        DataFile file = new DataFile(path, index, channel, mappings);
        try {
            long lengthBytes = channel.size();
            if (lengthBytes < index.dataBytes()) {
                throw new IOException("data file " + path + " is " + lengthBytes + " bytes long; its index " + indexPath
                        + " says " + index.dataBytes());
            }
            return file;
        } catch (IOException e) {
            file.release();
            throw e;
        }
    }

    MapOutputIndex index() {
        return index;
    }

    FileChannel channel() {
        return channel;
    }

    /** The file in memory when it is asked for the second time and there is room; mapping it for one block would not pay. */
    @Nullable
    ByteBuffer mapped() {
        FileMappings.Mapping current = mapping;
        if (current == null && askedForMapping) {
            current = map();
        }
        askedForMapping = true;
        return current == null ? null : current.bytes();
    }

    private synchronized FileMappings.@Nullable Mapping map() {
        if (mapping == null) {
            mapping = mappings.tryMap(channel, index.dataBytes());
        }
        return mapping;
    }

    /** False when a thread was interrupted while it was reading: that closes the channel for everybody. */
    boolean isUsable() {
        return channel.isOpen();
    }

    boolean isInUseBesidesCache() {
        return holders.get() > 1;
    }

    void retain() {
        int before = holders.getAndIncrement();
        assert before > 0 : "retained after it was closed: " + path;
    }

    void release() {
        int left = holders.decrementAndGet();
        assert left >= 0 : "released too often: " + path;
        if (left == 0) {
            FileMappings.Mapping current = mapping;
            if (current != null) {
                current.close();
            }
            try {
                channel.close();
            } catch (IOException e) {
                LOG.warn("data file {} could not be closed", path, e);
            }
        }
    }
}

package io.sparkefa.shuffle;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Data files in the process's address space, up to a bound. Copying a short block from there costs less than the system call
 * that reads it; the pages are the page cache's own, but some resource managers (YARN) count those that were touched as the
 * process's memory, hence the bound. Thread-safe.
 */
public final class FileMappings {

    private static final Logger LOG = LoggerFactory.getLogger(FileMappings.class);

    private final long maxBytes;
    private final Consumer<MappedByteBuffer> unmapper;
    private final AtomicLong mappedBytes = new AtomicLong();
    private volatile boolean failed;

    /**
     * @param maxBytes bound of the lengths of all mapped files; 0 maps none
     * @param unmapper takes a mapping away at once, as the collector would do much later; nothing uses the buffer any more
     */
    public FileMappings(long maxBytes, Consumer<MappedByteBuffer> unmapper) {
        this.maxBytes = maxBytes;
        this.unmapper = unmapper;
    }

    /** Lengths of all files that are mapped now. */
    public long mappedBytes() {
        return mappedBytes.get();
    }

    /** A mapped file. Its owner closes it once, after the last use. */
    final class Mapping implements AutoCloseable {

        private final MappedByteBuffer bytes;

        private Mapping(MappedByteBuffer bytes) {
            this.bytes = bytes;
        }

        /** Whole and read-only; not to be used after {@link #close}, by any view. */
        MappedByteBuffer bytes() {
            return bytes;
        }

        @Override
        public void close() {
            unmapper.accept(bytes);
            mappedBytes.addAndGet(-bytes.capacity());
        }
    }

    /** Maps the first so many bytes of a file; null when there is no room, now or for ever. */
    @Nullable
    Mapping tryMap(FileChannel file, long lengthBytes) {
        if (failed || lengthBytes == 0 || lengthBytes > Integer.MAX_VALUE || !reserve(lengthBytes)) {
            return null;
        }
        try {
            return new Mapping(file.map(FileChannel.MapMode.READ_ONLY, 0, lengthBytes));
        } catch (IOException e) {
            mappedBytes.addAndGet(-lengthBytes);
            failed = true;
            LOG.warn(
                    "Map outputs are read without being mapped from now on, which takes more CPU for short blocks: mapping"
                            + " {} bytes failed. The limit of mappings (vm.max_map_count) or of address space may be reached",
                    lengthBytes,
                    e);
            return null;
        }
    }

    private boolean reserve(long lengthBytes) {
        long before = mappedBytes.get();
        while (before + lengthBytes <= maxBytes) {
            if (mappedBytes.compareAndSet(before, before + lengthBytes)) {
                return true;
            }
            before = mappedBytes.get();
        }
        return false;
    }
}

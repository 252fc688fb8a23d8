package io.sparkefa.shuffle;

import io.sparkefa.transfer.MapOutput;
import io.sparkefa.transfer.MapOutputs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The map outputs on this executor's disks. Keeps indexes in memory and data files open for the next request: on the warm
 * path {@link #open} is a hash lookup and a count, with no system call. What is in the cache is bounded by the bytes of the
 * indexes and the number of files; a file in use is closed by its last user, never under one, and when all the files that
 * may be kept are in use, more are opened without being kept. When the process can open no further file, those that nobody
 * uses are closed first.
 *
 * <p>Spark never changes the files of a map output once they are there, but it deletes them. Requests for them may be
 * answered from what is still open until they are invalidated here, or idle; {@link #closeIdle} sees to it that the disk
 * gets its space back.
 *
 * <p>Thread-safe. Several threads that want the same output read its index once.
 */
public final class MapOutputStore implements MapOutputs, AutoCloseable {

    /** How many outputs can be loaded at a time; the others wait for those that share their lock. */
    private static final int LOAD_LOCKS = 64;

    private final MapOutputFiles files;
    private final FileMappings mappings;
    private final long idleTimeoutNs;
    private final Object[] loadLocks = new Object[LOAD_LOCKS];

    private final Object lock = new Object();

    // Guarded by the lock.
    private final IndexCache indexes;
    private final OpenFiles openFiles;
    /** Tells a load whether something was invalidated meanwhile. */
    private long invalidations;

    private boolean closed;

    /**
     * @param maxIndexBytes bound of the offsets of all cached indexes, 8 bytes each
     * @param maxOpenFiles how many data files are kept open
     * @param mappings room for files that are read often
     * @param idleTimeoutNs after which time a file that nobody used is closed
     */
    public MapOutputStore(
            MapOutputFiles files, long maxIndexBytes, int maxOpenFiles, FileMappings mappings, long idleTimeoutNs) {
        this.files = files;
        this.mappings = mappings;
        this.idleTimeoutNs = idleTimeoutNs;
        this.indexes = new IndexCache(maxIndexBytes);
        this.openFiles = new OpenFiles(maxOpenFiles);
        for (int i = 0; i < LOAD_LOCKS; i++) {
            loadLocks[i] = new Object();
        }
    }

    @Override
    public MapOutput open(int shuffleId, long mapId) throws IOException {
        OutputId id = new OutputId(shuffleId, mapId);
        DataFile file = retainOpen(id);
        if (file == null) {
            synchronized (loadLocks[Math.floorMod(id.hashCode(), LOAD_LOCKS)]) {
                file = retainOpen(id);
                if (file == null) {
                    file = load(id);
                }
            }
        }
        return new OpenOutput(id, file);
    }

    /** Forgets one output, because its files were or are about to be deleted. Who has it open may go on reading. */
    public void invalidate(int shuffleId, long mapId) {
        synchronized (lock) {
            invalidations++;
        }
        forget(new OutputId(shuffleId, mapId));
    }

    /** Forgets all outputs of a shuffle, as {@link #invalidate}. */
    public void invalidateShuffle(int shuffleId) {
        invalidateAll(id -> id.shuffleId() == shuffleId);
    }

    /**
     * Closes the files that nobody has used for the idle timeout. To be called several times in that time, since what
     * happened in between is only seen here.
     */
    public void closeIdle(long nowNs) {
        List<DataFile> idle;
        synchronized (lock) {
            idle = openFiles.removeIdle(nowNs, idleTimeoutNs);
        }
        idle.forEach(DataFile::release);
    }

    /** How many data files are kept open. */
    public int openFileCount() {
        synchronized (lock) {
            return openFiles.size();
        }
    }

    /** Bytes of the offsets of all cached indexes. */
    public long indexBytes() {
        synchronized (lock) {
            return indexes.sizeBytes();
        }
    }

    /** Closes all files but those in use, which their last users close. Nothing can be opened any more. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        invalidateAll(id -> true);
    }

    private void invalidateAll(Predicate<OutputId> outputs) {
        List<DataFile> dropped;
        synchronized (lock) {
            invalidations++;
            indexes.removeAll(outputs);
            dropped = openFiles.removeAll(outputs);
        }
        dropped.forEach(DataFile::release);
    }

    private void forget(OutputId id) {
        List<DataFile> dropped = new ArrayList<>();
        synchronized (lock) {
            indexes.remove(id);
            openFiles.remove(id, dropped);
        }
        dropped.forEach(DataFile::release);
    }

    private @Nullable DataFile retainOpen(OutputId id) throws IOException {
        synchronized (lock) {
            if (closed) {
                throw new IOException("map outputs are not served any more; asked for " + id);
            }
            return openFiles.retain(id);
        }
    }

    private DataFile load(OutputId id) throws IOException {
        try {
            return loadOnce(id);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            // Most often this process may open no further file. Some of those it has open are only kept for later.
            if (!closeUnused()) {
                throw e;
            }
            return loadOnce(id);
        }
    }

    /** False when there was nothing to close. */
    private boolean closeUnused() {
        List<DataFile> unused;
        synchronized (lock) {
            unused = openFiles.removeUnused();
        }
        unused.forEach(DataFile::release);
        return !unused.isEmpty();
    }

    private DataFile loadOnce(OutputId id) throws IOException {
        MapOutputIndex index;
        long invalidationsBefore;
        synchronized (lock) {
            index = indexes.get(id);
            invalidationsBefore = invalidations;
        }
        try {
            Path indexPath = files.indexFile(id.shuffleId(), id.mapId());
            if (index == null) {
                index = MapOutputIndex.read(indexPath);
            }
            DataFile file = DataFile.open(files.dataFile(id.shuffleId(), id.mapId()), index, indexPath, mappings);
            keep(id, file, invalidationsBefore);
            return file;
        } catch (IOException e) {
            forget(id);
            throw e;
        }
    }

    /** Keeps a file for others, unless it may have been invalidated while it was loaded, or there is no room. */
    private void keep(OutputId id, DataFile file, long invalidationsBefore) {
        List<DataFile> dropped = new ArrayList<>();
        synchronized (lock) {
            if (invalidations != invalidationsBefore) {
                return;
            }
            // An open file holds its index, so one does not stay without the other having been counted.
            for (OutputId evicted : indexes.put(id, file.index())) {
                openFiles.remove(evicted, dropped);
            }
            if (indexes.contains(id)) {
                openFiles.put(id, file, dropped);
            }
        }
        dropped.forEach(DataFile::release);
    }

    /** What a user has of an output. */
    private static final class OpenOutput implements MapOutput {

        private final OutputId id;
        private final DataFile file;
        private boolean closed;

        OpenOutput(OutputId id, DataFile file) {
            this.id = id;
            this.file = file;
        }

        @Override
        public int partitionCount() {
            return file.index().partitionCount();
        }

        @Override
        public long offset(int reduceId) {
            return file.index().offset(reduceId);
        }

        @Override
        public FileChannel data() {
            return file.channel();
        }

        @Override
        public @Nullable ByteBuffer mapped() {
            return file.mapped();
        }

        @Override
        public synchronized void close() {
            if (closed) {
                throw new IllegalStateException(id + " was closed already");
            }
            closed = true;
            file.release();
        }
    }
}

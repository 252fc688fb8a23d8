package io.sparkefa.shuffle;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Map outputs in one folder, written as Spark writes them, or otherwise. Counts how often it is asked for them. */
final class MapOutputFolder implements MapOutputFiles {

    private final Path folder;
    private final AtomicInteger loads = new AtomicInteger();
    private volatile long maxDescriptors = Long.MAX_VALUE;

    MapOutputFolder(Path folder) {
        this.folder = folder;
    }

    /** When so many of its files are open, no further one can be. */
    void allowDescriptors(long count) {
        maxDescriptors = count;
    }

    @Override
    public Path indexFile(int shuffleId, long mapId) throws FileSystemException {
        loads.incrementAndGet();
        if (maxDescriptors != Long.MAX_VALUE && descriptors() >= maxDescriptors) {
            throw new FileSystemException(folder.toString(), null, "Too many open files");
        }
        return folder.resolve("shuffle_" + shuffleId + "_" + mapId + "_0.index");
    }

    @Override
    public Path dataFile(int shuffleId, long mapId) {
        return folder.resolve("shuffle_" + shuffleId + "_" + mapId + "_0.data");
    }

    /** How often an output had to be looked up on disk. */
    int loads() {
        return loads.get();
    }

    /** Writes an output with these partitions; no data file when all are empty, as Spark does. */
    void write(int shuffleId, long mapId, byte[]... partitions) throws IOException {
        long[] offsets = new long[partitions.length + 1];
        ByteBuffer data = ByteBuffer.allocate(
                Stream.of(partitions).mapToInt(bytes -> bytes.length).sum());
        for (int i = 0; i < partitions.length; i++) {
            data.put(partitions[i]);
            offsets[i + 1] = data.position();
        }
        writeIndex(shuffleId, mapId, offsets);
        if (data.capacity() > 0) {
            Files.write(dataFile(shuffleId, mapId), data.array());
        }
    }

    void writeIndex(int shuffleId, long mapId, long... offsets) throws IOException {
        ByteBuffer index = ByteBuffer.allocate(offsets.length * Long.BYTES);
        index.asLongBuffer().put(offsets);
        Files.write(indexFile(shuffleId, mapId), index.array());
        loads.decrementAndGet();
    }

    /** A data file of this length that takes no space. */
    void writeSparseData(int shuffleId, long mapId, long lengthBytes) throws IOException {
        writeSparse(dataFile(shuffleId, mapId), lengthBytes);
    }

    /** An index of this length, with nothing but zeros, that takes no space. */
    void writeSparseIndex(int shuffleId, long mapId, long lengthBytes) throws IOException {
        writeSparse(indexFile(shuffleId, mapId), lengthBytes);
        loads.decrementAndGet();
    }

    private static void writeSparse(Path path, long lengthBytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(lengthBytes);
        }
    }

    void delete(int shuffleId, long mapId) throws IOException {
        Files.deleteIfExists(indexFile(shuffleId, mapId));
        Files.deleteIfExists(dataFile(shuffleId, mapId));
        loads.decrementAndGet();
    }

    /** How many of this process's file descriptors are files of this folder, deleted ones included. */
    long descriptors() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(this::isOurs).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isOurs(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(folder);
        } catch (IOException e) {
            // Closed since the folder of descriptors was listed.
            return false;
        }
    }

    static byte[] read(FileChannel file, long position, long lengthBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(lengthBytes));
        while (bytes.hasRemaining()) {
            if (file.read(bytes, position + bytes.position()) < 0) {
                throw new IOException("the file ends before " + (position + lengthBytes));
            }
        }
        return bytes.array();
    }
}

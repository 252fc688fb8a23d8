package io.sparkefa.shuffle;

import io.sparkefa.transfer.MapOutput;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Where a block is, when its map output is known already: open, two offsets, close. One and two threads, one store. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class MapOutputCost {

    private static final int PARTITIONS = 200;
    private static final int BLOCK_BYTES = 4096;
    private static final long IDLE_NS = Long.MAX_VALUE;

    /** As many files stay open; {@code ulimit -n} must allow it. */
    @Param({"1", "100", "1000", "10000"})
    private int outputs;

    private Path index;
    private Path data;
    private MapOutputStore store;

    /** Which map output a thread asks for next: one after the other, as requests name them. */
    @State(Scope.Thread)
    public static class Reader {
        private int map;
    }

    @Setup
    public void open() throws IOException {
        index = Files.createTempFile("map-output", ".index");
        data = Files.createTempFile("map-output", ".data");
        ByteBuffer offsets = ByteBuffer.allocate((PARTITIONS + 1) * Long.BYTES);
        for (int i = 0; i <= PARTITIONS; i++) {
            offsets.putLong((long) i * BLOCK_BYTES);
        }
        Files.write(index, offsets.array());
        try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
            file.setLength((long) PARTITIONS * BLOCK_BYTES);
        }
        store = new MapOutputStore(
                new SameFiles(index, data), Long.MAX_VALUE, outputs, new FileMappings(0, unused -> {}), IDLE_NS);
        for (int map = 0; map < outputs; map++) {
            store.open(0, map).close();
        }
    }

    @TearDown
    public void close() throws IOException {
        store.close();
        Files.delete(index);
        Files.delete(data);
    }

    @Benchmark
    @Threads(1)
    public long lookUp(Reader reader) throws IOException {
        return blockBytes(reader);
    }

    @Benchmark
    @Threads(2)
    public long lookUpByTwoThreads(Reader reader) throws IOException {
        return blockBytes(reader);
    }

    private long blockBytes(Reader reader) throws IOException {
        reader.map = reader.map + 1 < outputs ? reader.map + 1 : 0;
        try (MapOutput output = store.open(0, reader.map)) {
            return output.offset(8) - output.offset(7);
        }
    }

    /** All map outputs have the same files, which are opened for each of them. */
    private record SameFiles(Path index, Path data) implements MapOutputFiles {
        @Override
        public Path indexFile(int shuffleId, long mapId) {
            return index;
        }

        @Override
        public Path dataFile(int shuffleId, long mapId) {
            return data;
        }
    }
}

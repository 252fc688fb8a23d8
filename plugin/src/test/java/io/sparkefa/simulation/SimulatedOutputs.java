package io.sparkefa.simulation;

import io.sparkefa.transfer.MapOutput;
import io.sparkefa.transfer.MapOutputs;
import io.sparkefa.transfer.protocol.BlockKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** The map outputs of all executors: files that are not there, since what they hold follows from their names. */
final class SimulatedOutputs {

    /** What is wrong with a file. */
    enum Health {
        WHOLE,
        DELETED,
        /** It ends before its last block does. */
        CUT_SHORT
    }

    /** Random bytes, of which every file holds a stretch again and again, each beginning somewhere else. */
    private static final ByteBuffer NOISE = ByteBuffer.allocate((1 << 20) + 7919);

    static {
        new SplittableRandom(1).nextBytes(NOISE.array());
    }

    private static final int MAX_MAPPED_BYTES = 256 << 10;

    private record Id(int shuffleId, long mapId) {}

    private record Output(
            long origin,
            long[] offsets,
            Health health,
            @Nullable ByteBuffer mapped) {
        long lengthBytes() {
            return offsets[offsets.length - 1];
        }

        long readableBytes() {
            return health == Health.CUT_SHORT ? lengthBytes() * 2 / 3 : lengthBytes();
        }
    }

    private final Map<Id, Output> outputs = new HashMap<>();
    private int openCount;

    void add(int shuffleId, long mapId, long[] blockLengths, Health health, boolean mapped) {
        long[] offsets = new long[blockLengths.length + 1];
        for (int i = 0; i < blockLengths.length; i++) {
            offsets[i + 1] = offsets[i] + blockLengths[i];
        }
        long origin = new SplittableRandom(31L * shuffleId + mapId).nextLong(NOISE.capacity());
        Output output = new Output(origin, offsets, health, null);
        long length = output.lengthBytes();
        if (mapped && health == Health.WHOLE && length <= MAX_MAPPED_BYTES) {
            ByteBuffer whole = ByteBuffer.allocate((int) length);
            copy(origin, 0, whole);
            output = new Output(origin, offsets, health, whole.flip().asReadOnlyBuffer());
        }
        outputs.put(new Id(shuffleId, mapId), output);
    }

    /** Outputs opened and not closed, by any executor. */
    int openCount() {
        return openCount;
    }

    long lengthBytes(BlockKey block) {
        long[] offsets = output(block).offsets;
        return offsets[block.endReduceId()] - offsets[block.startReduceId()];
    }

    /** Whether an executor that has the output can serve the block whole. */
    boolean isWhole(BlockKey block) {
        return output(block).health == Health.WHOLE;
    }

    /** Whether these are the block's bytes, from that one of its bytes on. */
    boolean matches(BlockKey block, long fromByte, ByteBuffer bytes) {
        Output output = output(block);
        long position = output.origin + output.offsets[block.startReduceId()] + fromByte;
        ByteBuffer rest = bytes.duplicate();
        while (rest.hasRemaining()) {
            ByteBuffer expected = stretch(position, rest.remaining());
            ByteBuffer actual = rest.slice(rest.position(), expected.remaining());
            if (!actual.equals(expected)) {
                return false;
            }
            rest.position(rest.position() + expected.remaining());
            position += expected.remaining();
        }
        return true;
    }

    /** The block's bytes as Spark's own client gets them; null when they are not all there. */
    @Nullable
    ByteBuffer bytes(BlockKey block) {
        Output output = output(block);
        if (output.health == Health.DELETED || output.offsets[block.endReduceId()] > output.readableBytes()) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) lengthBytes(block));
        copy(output.origin, output.offsets[block.startReduceId()], bytes);
        return bytes.flip();
    }

    private Output output(BlockKey block) {
        return outputs.get(new Id(block.shuffleId(), block.mapId()));
    }

    private static ByteBuffer stretch(long position, int maxBytes) {
        int from = (int) (position % NOISE.capacity());
        return NOISE.slice(from, Math.min(maxBytes, NOISE.capacity() - from));
    }

    private static void copy(long origin, long position, ByteBuffer destination) {
        while (destination.hasRemaining()) {
            ByteBuffer stretch = stretch(origin + position, destination.remaining());
            position += stretch.remaining();
            destination.put(stretch);
        }
    }

    /** The outputs that some executor has. */
    MapOutputs of(BiPredicate<Integer, Long> isHere) {
        return (shuffleId, mapId) -> {
            Output output = outputs.get(new Id(shuffleId, mapId));
            if (output == null || output.health == Health.DELETED || !isHere.test(shuffleId, mapId)) {
                throw new NoSuchFileException("shuffle-" + shuffleId + "-map-" + mapId);
            }
            openCount++;
            return new OpenOutput(output);
        };
    }

    private final class OpenOutput implements MapOutput {
        private final Output output;
        private final FileChannel data;

        OpenOutput(Output output) {
            this.output = output;
            this.data = new ComputedFile(output.readableBytes(), (position, to) -> copy(output.origin, position, to));
        }

        @Override
        public int partitionCount() {
            return output.offsets.length - 1;
        }

        @Override
        public long offset(int reduceId) {
            return output.offsets[reduceId];
        }

        @Override
        public FileChannel data() {
            return data;
        }

        @Override
        public @Nullable ByteBuffer mapped() {
            return output.mapped;
        }

        @Override
        public void close() {
            if (!data.isOpen()) {
                throw new IllegalStateException("a map output was closed twice");
            }
            openCount--;
            try {
                data.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}

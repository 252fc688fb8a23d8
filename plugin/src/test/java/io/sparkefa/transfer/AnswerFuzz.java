package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What a server may answer to a reader that has asked for blocks twice, once into memory and once into channels: each block is
 * reported once, and no memory stays leased. An input is how many blocks are asked for and which of the reads fail (1 byte),
 * and then messages, each with its length (2 bytes) before it.
 */
public final class AnswerFuzz {

    private static final TransferSettings SETTINGS = new TransferSettings(
            16 << 10, 4096, TimeUnit.SECONDS.toNanos(30), TimeUnit.SECONDS.toNanos(30), 64 << 10, false, 16);

    private static final BufferPool MEMORY = new BufferPool("receive", BufferPool.SLAB_BYTES, SlabSource.DIRECT);

    /** More reads than this fail: a server may claim blocks of exabytes, and deliver them as long as somebody asks. */
    private static final int MAX_READS = 6;

    private AnswerFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int blockCount = 1 + (input[0] & 7);
        Server server = new Server((input[0] >> 3) & 31);
        Deque<Runnable> onDisk = new ArrayDeque<>();
        FetchResources resources = new FetchResources(
                MEMORY, onDisk::add, SETTINGS, new ShuffleCounters(), Optional.empty(), System::nanoTime);
        ClientSession session = new ClientSession(resources, 4096, new TransferFixture.Session(), ended -> {});
        session.open(handler -> server);
        session.onOpen();
        CollectingSink toMemory = new CollectingSink(blockCount);
        CollectingSink toChannels = new CollectingSink(blockCount);
        session.fetch(TransferFixture.blocks(0, blockCount), toMemory);
        session.fetchToChannels(TransferFixture.blocks(0, blockCount), toChannels);

        ByteBuffer in = ByteBuffer.wrap(input).position(1);
        while (in.remaining() >= Short.BYTES) {
            int lengthBytes = Math.min(Short.toUnsignedInt(in.getShort()), in.remaining());
            session.onMessage(in.slice(in.position(), lengthBytes));
            in.position(in.position() + lengthBytes);
            server.answerReads();
            runAll(onDisk);
            server.answerReads();
        }
        session.close();
        server.failReads();
        runAll(onDisk);
        session.onClosed(new TransportException("the end"));
        runAll(onDisk);

        toMemory.assertNoViolations();
        toChannels.assertNoViolations();
        for (int i = 0; i < blockCount; i++) {
            assertThat(toMemory.outcome(i)).describedAs("block %d", i).isNotNull();
            assertThat(toChannels.outcome(i)).describedAs("block %d", i).isNotNull();
        }
        toMemory.releaseAll();
        assertThat(MEMORY.leasedBytes()).isZero();
        assertThat(MEMORY.waiterCount()).isZero();
    }

    private static void runAll(Deque<Runnable> tasks) {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Reads end when the test says so, some of them badly. */
    private static final class Server implements Connection {

        private final int failingReads;
        private final Deque<ReadCompletion> reads = new ArrayDeque<>();
        private int readCount;

        Server(int failingReads) {
            this.failingReads = failingReads;
        }

        @Override
        public void send(ByteBuffer message) {
            assertThat(message.hasRemaining()).isTrue();
        }

        @Override
        public void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
            assertThat(offset).isNotNegative();
            assertThat(destination.hasRemaining()).isTrue();
            reads.add(completion);
        }

        void answerReads() {
            for (ReadCompletion read = reads.poll(); read != null; read = reads.poll()) {
                boolean fails = readCount >= MAX_READS || (failingReads >> (readCount % 5) & 1) == 1;
                readCount++;
                if (fails) {
                    read.onReadFailed(new TransportException("as the input wants it"));
                } else {
                    read.onRead();
                }
            }
        }

        void failReads() {
            for (ReadCompletion read = reads.poll(); read != null; read = reads.poll()) {
                read.onReadFailed(new TransportException("the session was closed"));
            }
        }

        @Override
        public void close() {
            // Its reads fail when the test says so.
        }
    }
}

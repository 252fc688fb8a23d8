package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.ExecutorIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Far more readers than a server has memory for, and than their own executors have: all of them get on, about equally fast, every
 * byte is right, and the memory stays within its bound to the byte.
 */
abstract class OverloadContractTest {

    private static final int READER_EXECUTORS = 4;
    private static final int READERS_EACH = 16;

    /** Of each reader, before its time counts: sessions open meanwhile, and code is compiled. */
    private static final int FIRST_REQUESTS = 4;

    /** Of each reader then, before it counts as finished. It goes on until all others are. */
    private static final int REQUESTS = 20;

    /** A slab: what the server reads short blocks into, and what the readers of one executor share. */
    private static final long POOL_BYTES = BufferPool.SLAB_BYTES;

    private static final int MAPS = 8;

    /** Some are read into memory first, some are sent from their files; none of these answers fits inline. */
    private static final long[] BLOCK_BYTES = {20_000, 60_000, 0, 7, 300_000, 50_000};

    @TempDir
    Path folder;

    /** An executor with room for so many bytes in its pools, whose transport is of the kind under test. */
    abstract TestExecutor newExecutor(long receiveBytes, long stagingBytes);

    @Test
    @Timeout(120)
    void everyReaderGetsItsShare() throws Exception {
        FakeMapOutputs outputs = new FakeMapOutputs(folder);
        for (int mapId = 0; mapId < MAPS; mapId++) {
            outputs.write(mapId, BLOCK_BYTES);
        }
        CountDownLatch allFinished = new CountDownLatch(READER_EXECUTORS * READERS_EACH);
        List<ReaderExecutor> executors = new ArrayList<>();
        try (Server server = new Server(outputs)) {
            for (int i = 0; i < READER_EXECUTORS; i++) {
                executors.add(new ReaderExecutor(server, outputs, allFinished));
            }
            executors.forEach(ReaderExecutor::begin);
            assertThat(allFinished.await(100, TimeUnit.SECONDS))
                    .describedAs("%d readers never finished", allFinished.getCount())
                    .isTrue();
            for (ReaderExecutor executor : executors) {
                executor.close();
            }
            server.checkNothingLeft();
            checkFairness(executors.stream()
                    .flatMap(executor -> executor.readers.stream())
                    .mapToLong(reader -> reader.finishedNs)
                    .sorted()
                    .toArray());
        }
    }

    private static void checkFairness(long[] sortedNs) {
        long medianNs = sortedNs[sortedNs.length / 2];
        long slowestNs = sortedNs[sortedNs.length - 1];
        System.out.printf(
                "overload: %d readers, median %d ms, slowest %d ms%n",
                sortedNs.length, medianNs / 1_000_000, slowestNs / 1_000_000);
        assertThat(slowestNs)
                .describedAs("when the slowest of %s was finished", Arrays.toString(sortedNs))
                .isLessThanOrEqualTo(3 * medianNs);
    }

    /** A pool whose memory is counted where it comes from. */
    private static final class CountedPool implements SlabSource {
        private final SlabSource source;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicLong peakBytes = new AtomicLong();
        final BufferPool pool;

        CountedPool(String name, SlabSource source) {
            this.source = source;
            this.pool = new BufferPool(name, POOL_BYTES, this);
        }

        @Override
        public ByteBuffer allocate(int lengthBytes) {
            ByteBuffer slab = source.allocate(lengthBytes);
            long now = bytes.addAndGet(lengthBytes);
            peakBytes.accumulateAndGet(now, Math::max);
            return slab;
        }

        @Override
        public void free(ByteBuffer slab) {
            bytes.addAndGet(-slab.capacity());
            source.free(slab);
        }

        void close() {
            CollectingSink.awaitThat("leases are out: " + pool.describeLeases(), () -> pool.leasedBytes() == 0);
            assertThat(pool.waiterCount()).isZero();
            assertThat(pool.peakLeasedBytes()).isLessThanOrEqualTo(POOL_BYTES);
            assertThat(peakBytes.get()).isLessThanOrEqualTo(POOL_BYTES);
            pool.close();
            assertThat(bytes).hasValue(0);
        }
    }

    private final class Server implements AutoCloseable {
        final TestExecutor executor = newExecutor(POOL_BYTES, POOL_BYTES);
        final CountedPool staging = new CountedPool("staging", executor.staging());
        final ShuffleCounters counters = new ShuffleCounters();
        final ExecutorIdentity self = ExecutorIdentity.newborn("server");
        final SessionRegistry sessions = new SessionRegistry(self, 1000, TimeUnit.MINUTES.toNanos(1), System::nanoTime);
        final FakeMapOutputs outputs;
        final TransferServer server;

        Server(FakeMapOutputs outputs) throws IOException {
            this.outputs = outputs;
            server = new TransferServer(outputs, staging.pool, sessions, TransferFixture.SETTINGS, counters);
            executor.transport().start(self, sessions, server);
        }

        void checkNothingLeft() {
            CollectingSink.awaitThat("windows are open", () -> server.openWindowCount() == 0);
            CollectingSink.awaitThat("sessions are open", () -> sessions.size() == 0);
            CollectingSink.awaitThat("map outputs are open", () -> outputs.openCount() == 0);
            // Otherwise this was no overload.
            assertThat(counters.get(ShuffleCounter.SERVE_STAGING_FULL)).isPositive();
        }

        @Override
        public void close() {
            executor.transport().close();
            staging.close();
            executor.closeMemory().run();
        }
    }

    /** An executor whose tasks read from the server, and share its memory. */
    private final class ReaderExecutor {
        final TestExecutor executor = newExecutor(POOL_BYTES, POOL_BYTES);
        final CountedPool memory = new CountedPool("receive", executor.receive());
        final List<Reader> readers = new ArrayList<>();
        private final ExecutorService tasks = Executors.newSingleThreadExecutor();
        private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
        private final TransferClient client;

        ReaderExecutor(Server server, FakeMapOutputs outputs, CountDownLatch allFinished) throws IOException {
            executor.transport().start(ExecutorIdentity.newborn("reader"), id -> Optional.empty(), server.server);
            client = new TransferClient(
                    executor.transport(),
                    memory.pool,
                    tasks,
                    TransferFixture.SETTINGS,
                    new ShuffleCounters(),
                    System::nanoTime);
            ticker.scheduleAtFixedRate(() -> client.tick(System.nanoTime()), 10, 10, TimeUnit.MILLISECONDS);
            for (int i = 0; i < READERS_EACH; i++) {
                PeerSession session = client.connect(
                        "127.0.0.1",
                        server.executor.transport().address().orElseThrow(),
                        server.sessions.issue().orElseThrow(),
                        new TransferFixture.Session());
                readers.add(new Reader(session, tasks, outputs, i, allFinished));
            }
        }

        void begin() {
            readers.forEach(Reader::begin);
        }

        void close() throws Exception {
            for (Reader reader : readers) {
                reader.over.await();
                assertThat(reader.failure).isNull();
            }
            client.close();
            executor.transport().close();
            assertThat(client.sessionCount()).isZero();
            ticker.shutdownNow();
            tasks.shutdown();
            memory.close();
            executor.closeMemory().run();
        }
    }

    /** Asks for the blocks of one map after the other, one request at a time. */
    private static final class Reader {
        private final PeerSession session;
        private final ExecutorService tasks;
        private final FakeMapOutputs outputs;
        private final CountDownLatch allFinished;
        private long beganNs;
        private int mapId;
        private int done;
        final CountDownLatch over = new CountDownLatch(1);
        volatile long finishedNs;
        volatile Throwable failure;

        Reader(
                PeerSession session,
                ExecutorService tasks,
                FakeMapOutputs outputs,
                int number,
                CountDownLatch allFinished) {
            this.session = session;
            this.tasks = tasks;
            this.outputs = outputs;
            this.mapId = number % MAPS;
            this.allFinished = allFinished;
        }

        void begin() {
            ask();
        }

        private void ask() {
            List<BlockKey> blocks = new ArrayList<>();
            for (int reduceId = 0; reduceId < BLOCK_BYTES.length; reduceId++) {
                // No neighbours, which would be served as one long range.
                blocks.add(new BlockKey(0, (mapId + reduceId) % MAPS, reduceId, reduceId + 1));
            }
            CollectingSink sink = new CollectingSink(blocks.size());
            sink.whenComplete(() -> tasks.execute(() -> onAnswer(blocks, sink)));
            session.fetch(blocks, sink);
        }

        private void onAnswer(List<BlockKey> blocks, CollectingSink sink) {
            try {
                for (int i = 0; i < blocks.size(); i++) {
                    outputs.assertBytes(blocks.get(i), sink.bytes(i));
                }
                sink.assertNoViolations();
                mapId = (mapId + 1) % MAPS;
                done++;
                if (done == FIRST_REQUESTS) {
                    beganNs = System.nanoTime();
                } else if (done == FIRST_REQUESTS + REQUESTS) {
                    finishedNs = System.nanoTime() - beganNs;
                    allFinished.countDown();
                }
                if (allFinished.getCount() > 0) {
                    ask();
                } else {
                    over.countDown();
                }
            } catch (Throwable e) {
                failure = e;
                sink.releaseAll();
                over.countDown();
                allFinished.countDown();
            }
        }
    }
}

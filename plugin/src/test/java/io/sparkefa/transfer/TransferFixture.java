package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * One server and one reader over a transport, with bounds as a test wants them. At its end every pool and table is empty, or
 * the test fails.
 */
final class TransferFixture implements AutoCloseable {

    static final TransferSettings SETTINGS = new TransferSettings(
            16 << 10, 4096, TimeUnit.SECONDS.toNanos(30), TimeUnit.SECONDS.toNanos(30), 64 << 10, false, 1024);

    final ExecutorIdentity self = ExecutorIdentity.newborn("server");
    final FakeMapOutputs outputs;
    final ShuffleCounters serverCounters = new ShuffleCounters();
    final ShuffleCounters readerCounters = new ShuffleCounters();
    final BufferPool staging;
    final BufferPool memory;
    final SessionRegistry sessions = new SessionRegistry(self, 100, TimeUnit.MINUTES.toNanos(1), System::nanoTime);
    final TransferServer server;
    private final TestExecutor serverExecutor;
    private final TestExecutor readerExecutor;
    final Transport serverTransport;
    final Transport readerTransport;
    final TransferClient client;
    final TransportAddress address;
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    private final List<Session> opened = new ArrayList<>();

    /** A session and what it reported of itself. */
    static final class Session implements SessionListener {
        final CompletableFuture<Boolean> open = new CompletableFuture<>();
        final CompletableFuture<TransportException> closed = new CompletableFuture<>();
        PeerSession peer;

        @Override
        public void onOpen() {
            open.complete(true);
        }

        @Override
        public void onClosed(TransportException cause) {
            closed.complete(cause);
            open.complete(false);
        }
    }

    /** Makes an executor with room for so many bytes in its pools. */
    interface ExecutorFactory {
        TestExecutor open(long receiveBytes, long stagingBytes);
    }

    TransferFixture(
            Path folder, ExecutorFactory executors, TransferSettings settings, long memoryBytes, long stagingBytes)
            throws IOException {
        outputs = new FakeMapOutputs(folder);
        serverExecutor = executors.open(BufferPool.SLAB_BYTES, stagingBytes);
        readerExecutor = executors.open(memoryBytes, BufferPool.SLAB_BYTES);
        staging = new BufferPool("staging", stagingBytes, serverExecutor.staging());
        memory = new BufferPool("receive", memoryBytes, readerExecutor.receive());
        server = new TransferServer(outputs, staging, sessions, settings, serverCounters);
        serverTransport = serverExecutor.transport();
        readerTransport = readerExecutor.transport();
        address = serverTransport.start(self, sessions, server);
        readerTransport.start(ExecutorIdentity.newborn("reader"), sessionId -> Optional.empty(), server);
        client = new TransferClient(readerTransport, memory, disk, settings, readerCounters, System::nanoTime);
        ticker.scheduleAtFixedRate(() -> client.tick(System.nanoTime()), 10, 10, TimeUnit.MILLISECONDS);
    }

    Session connect() {
        return connect(sessions.issue().orElseThrow());
    }

    Session connect(SessionCredentials credentials) {
        Session session = new Session();
        session.peer = client.connect("127.0.0.1", address, credentials, session);
        opened.add(session);
        return session;
    }

    /** The blocks of one map, one by one. */
    static List<BlockKey> blocks(long mapId, int reduceCount) {
        List<BlockKey> blocks = new ArrayList<>();
        for (int reduceId = 0; reduceId < reduceCount; reduceId++) {
            blocks.add(new BlockKey(0, mapId, reduceId, reduceId + 1));
        }
        return blocks;
    }

    /** Fetches into memory and waits for the end of it. */
    CollectingSink fetch(PeerSession peer, List<BlockKey> blocks) throws InterruptedException {
        CollectingSink sink = new CollectingSink(blocks.size());
        peer.fetch(blocks, sink);
        return sink.await();
    }

    /** Fetches into memory, and fails unless every block arrives with the bytes it was written with. */
    void fetchAndCheck(PeerSession peer, List<BlockKey> blocks) throws InterruptedException {
        CollectingSink sink = fetch(peer, blocks);
        for (int i = 0; i < blocks.size(); i++) {
            assertBytes(blocks.get(i), sink.bytes(i));
        }
        sink.assertNoViolations();
    }

    /** Fails unless these are the bytes that the block was written with. */
    void assertBytes(BlockKey block, byte[] actual) {
        outputs.assertBytes(block, actual);
    }

    /** What must hold once every block has been reported and released. */
    void assertNothingLeft() {
        CollectingSink.awaitThat(
                "receive memory is not given back: " + memory.leasedBytes(), () -> memory.leasedBytes() == 0);
        CollectingSink.awaitThat("requests wait for memory: " + memory.waiterCount(), () -> memory.waiterCount() == 0);
        CollectingSink.awaitThat(
                "windows are not released: " + server.openWindowCount(), () -> server.openWindowCount() == 0);
        CollectingSink.awaitThat(
                "staging is not given back: " + staging.leasedBytes(), () -> staging.leasedBytes() == 0);
        CollectingSink.awaitThat("map outputs are open: " + outputs.openCount(), () -> outputs.openCount() == 0);
    }

    @Override
    public void close() {
        client.close();
        readerTransport.close();
        serverTransport.close();
        ticker.shutdownNow();
        for (Session session : opened) {
            CollectingSink.awaitThat("a session never reported its end", session.closed::isDone);
        }
        assertNothingLeft();
        assertThat(client.sessionCount()).isZero();
        disk.shutdown();
        CollectingSink.awaitThat("the disk threads never ended", disk::isTerminated);
        staging.close();
        memory.close();
        serverExecutor.closeMemory().run();
        readerExecutor.closeMemory().run();
    }
}

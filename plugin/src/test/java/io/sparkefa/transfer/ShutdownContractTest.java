package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transport.Closing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever an executor is doing, its transports close in time, from two threads at once and again; every block is reported once,
 * and no memory, file, session or thread is left.
 */
abstract class ShutdownContractTest {

    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private Set<Thread> threadsBefore;
    private TransferFixture fixture;
    private final List<CollectingSink> sinks = new ArrayList<>();

    abstract TestExecutor newExecutor(long receiveBytes, long stagingBytes);

    @BeforeEach
    void start() throws IOException {
        threadsBefore = Closing.threads();
        fixture = new TransferFixture(
                folder, this::newExecutor, TransferFixture.SETTINGS, 2L * BufferPool.SLAB_BYTES, BufferPool.SLAB_BYTES);
        fixture.outputs.write(1, 3 * MIB, 100, 3 * MIB);
        fixture.outputs.write(2, 500, 30_000);
    }

    /** The fixture looks for everything but threads. */
    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        for (CollectingSink sink : sinks) {
            sink.await().assertNoViolations();
            sink.releaseAll();
        }
        fixture.close();
        Closing.awaitNoThreads(threadsBefore);
    }

    private void fetch(PeerSession peer, long mapId, int blocks) {
        CollectingSink sink = new CollectingSink(blocks);
        sinks.add(sink);
        peer.fetch(TransferFixture.blocks(mapId, blocks), sink);
        CollectingSink toChannels = new CollectingSink(blocks);
        sinks.add(toChannels);
        peer.fetchToChannels(TransferFixture.blocks(mapId, blocks), toChannels);
    }

    /** More than there is memory for, so that some of it moves and the rest waits, and nobody gives anything back. */
    private void fetchMuch() {
        for (int i = 0; i < 3; i++) {
            PeerSession peer = fixture.connect().peer;
            fetch(peer, 1, 3);
            fetch(peer, 2, 2);
        }
        CollectingSink.awaitThat(
                "nothing is asked for", () -> fixture.serverCounters.get(ShuffleCounter.SERVE_REQUESTS) > 0);
    }

    @Test
    void idle() throws Exception {
        fixture.fetchAndCheck(fixture.connect().peer, TransferFixture.blocks(1, 3));
        Closing.inTime(fixture.readerTransport, fixture.serverTransport);
    }

    @Test
    void beforeAnybodyCame() throws Exception {
        Closing.inTime(fixture.readerTransport, fixture.serverTransport);
    }

    @Test
    void sessionsAreBeingOpened() throws Exception {
        for (int i = 0; i < 20; i++) {
            fetch(fixture.connect().peer, 1, 3);
        }
        Closing.inTime(fixture.readerTransport);
    }

    @Test
    void sessionsAreBeingOpenedWithAServerThatCloses() throws Exception {
        for (int i = 0; i < 20; i++) {
            fetch(fixture.connect().peer, 1, 3);
        }
        Closing.inTime(fixture.serverTransport);
    }

    @Test
    void theReaderClosesAmidTransfer() throws Exception {
        fetchMuch();
        Closing.inTime(fixture.readerTransport);
    }

    @Test
    void theServerClosesAmidTransfer() throws Exception {
        fetchMuch();
        Closing.inTime(fixture.serverTransport);
    }

    @Test
    void bothCloseAmidTransfer() throws Exception {
        fetchMuch();
        Closing.inTime(fixture.readerTransport, fixture.serverTransport, fixture.client);
    }

    @Test
    void requestsWaitForMemory() throws Exception {
        CollectingSink holder = fixture.fetch(fixture.connect().peer, TransferFixture.blocks(1, 3));
        fetchMuch();
        CollectingSink.awaitThat("nobody waits for memory", () -> fixture.memory.waiterCount() > 0);
        Closing.inTime(fixture.readerTransport, fixture.client);
        holder.releaseAll();
        CollectingSink.awaitThat("somebody waits for memory", () -> fixture.memory.waiterCount() == 0);
    }

    @Test
    void sessionsOfClientsThatAreClosed() throws Exception {
        fetchMuch();
        fixture.client.close();
        long tookMs = Closing.inTime(fixture.serverTransport, fixture.readerTransport);
        assertThat(tookMs).isLessThan(Closing.BOUND_MS);
    }
}

package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.protocol.BlockLayout;
import io.sparkefa.transfer.protocol.FetchMessage;
import io.sparkefa.transfer.protocol.LayoutMessage;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transfer.protocol.ProtocolException;
import io.sparkefa.transfer.protocol.ReleaseMessage;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that uses a window's memory for something else as soon as the reader has given it up, before the last read ends. */
@Timeout(30)
class CancelledFetchTest {

    private static final int BLOCK_COUNT = 3;
    private static final int BLOCK_BYTES = 1000;

    private final ShuffleCounters counters = new ShuffleCounters();
    private final Server server = new Server();

    private final class Server implements Connection {
        private final Deque<ReadCompletion> reads = new ArrayDeque<>();
        private ClientSession session;
        private long requestId;

        @Override
        public void send(ByteBuffer encoded) {
            try {
                Message message = Message.decode(encoded.duplicate());
                if (message instanceof FetchMessage fetch) {
                    requestId = fetch.requestId();
                } else if (message instanceof ReleaseMessage release && release.cancelled()) {
                    reads.forEach(ReadCompletion::onRead);
                    reads.clear();
                }
            } catch (ProtocolException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
            reads.add(completion);
        }

        /** No block that is read has this checksum. */
        void answer() {
            BlockLayout block = new BlockLayout.Present(BLOCK_BYTES, OptionalInt.of(0x5eed));
            session.onMessage(new LayoutMessage(
                            requestId,
                            Collections.nCopies(BLOCK_COUNT, block),
                            Optional.of(new WindowDescriptor(new byte[8])),
                            ByteBuffer.allocate(0))
                    .encode());
        }

        @Override
        public void close() {
            // Nobody waits for it.
        }
    }

    @Test
    void doesNotTakeWhatComesAfterwardsForWrongBlocks() {
        BufferPool memory = new BufferPool("receive", BufferPool.SLAB_BYTES, SlabSource.DIRECT);
        long patienceNs = TimeUnit.SECONDS.toNanos(30);
        FetchResources resources = new FetchResources(
                memory,
                Runnable::run,
                new TransferSettings(16 << 10, 4096, patienceNs, patienceNs, 64 << 10, false, 16),
                counters,
                Optional.empty(),
                System::nanoTime);
        server.session = new ClientSession(resources, 4096, new TransferFixture.Session(), ended -> {});
        server.session.open(handler -> server);
        server.session.onOpen();
        CollectingSink sink = new CollectingSink(BLOCK_COUNT);
        FetchHandle fetch = server.session.fetch(TransferFixture.blocks(0, BLOCK_COUNT), sink);
        server.answer();
        assertThat(server.reads).isNotEmpty();

        fetch.cancel();

        assertThat(server.reads).isEmpty();
        sink.assertNoViolations();
        for (int i = 0; i < BLOCK_COUNT; i++) {
            assertThat(sink.failure(i).reason()).isEqualTo(FetchException.Reason.CANCELLED);
        }
        assertThat(counters.get(ShuffleCounter.FETCH_CHECKSUM_FAILURES)).isZero();
        assertThat(memory.leasedBytes()).isZero();
        memory.close();
    }
}

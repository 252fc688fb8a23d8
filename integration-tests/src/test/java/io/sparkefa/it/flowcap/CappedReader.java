package io.sparkefa.it.flowcap;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchedBlock;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The reading process of {@link FlowCappedIT}: fetches over the session of the card in its argument and prints how long each
 * fetch took, as {@code one <ns>} and {@code many <ns>}.
 */
final class CappedReader {

    private CappedReader() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Card card = Card.decode(ByteBuffer.wrap(HexFormat.of().parseHex(args[0])));
        ShuffleCounters counters = new ShuffleCounters();
        try (BufferPool memory = new BufferPool("receive", 512 << 20, SlabSource.DIRECT);
                SocketTransport transport = new SocketTransport(FlowCap.sockets(), counters);
                TransferClient client = new TransferClient(
                        transport, memory, Runnable::run, FlowCap.TRANSFER, counters, System::nanoTime)) {
            ExecutorIdentity self = ExecutorIdentity.newborn("2");
            TransferServer nobody = new TransferServer(
                    (shuffleId, mapId) -> {
                        throw new NoSuchFileException("this process serves nothing");
                    },
                    memory,
                    new SessionRegistry(self, 1, 1, System::nanoTime),
                    FlowCap.TRANSFER,
                    counters);
            transport.start(self, sessionId -> Optional.empty(), nobody);
            PeerSession peer =
                    client.connect("127.0.0.1", card.transports().get(0), card.session(), new SessionListener() {
                        @Override
                        public void onOpen() {}

                        @Override
                        public void onClosed(TransportException cause) {
                            System.err.println("the session ended: " + cause);
                        }
                    });
            List<BlockKey> one = List.of(new BlockKey(0, 0, 0, 1));
            List<BlockKey> many = new ArrayList<>();
            for (int mapId = 1; mapId <= FlowCap.SMALL_BLOCKS; mapId++) {
                many.add(new BlockKey(0, mapId, 0, 1));
            }
            // The first rounds open the flows and compile the code.
            fetch(peer, one);
            fetch(peer, many);
            for (int round = 0; round < FlowCap.ROUNDS; round++) {
                System.out.println("one " + fetch(peer, one));
                System.out.println("many " + fetch(peer, many));
            }
            System.out.println("counters " + counters);
            peer.close();
        }
    }

    /** Fetches and checks; returns the nanoseconds until the last block had arrived. */
    private static long fetch(PeerSession peer, List<BlockKey> blocks) throws InterruptedException {
        FetchedBlock[] fetched = new FetchedBlock[blocks.size()];
        CountDownLatch open = new CountDownLatch(blocks.size());
        AtomicReference<String> failure = new AtomicReference<>();
        long startNs = System.nanoTime();
        peer.fetch(blocks, new BlockSink() {
            @Override
            public void onBlock(int index, FetchedBlock block) {
                fetched[index] = block;
                open.countDown();
            }

            @Override
            public void onBlockMissing(int index, String reason) {
                failure.set(reason);
                open.countDown();
            }

            @Override
            public void onBlockFailed(int index, FetchException cause) {
                failure.set(cause.toString());
                open.countDown();
            }
        });
        if (!open.await(60, TimeUnit.SECONDS) || failure.get() != null) {
            throw new IllegalStateException("the fetch failed: " + failure.get());
        }
        long tookNs = System.nanoTime() - startNs;
        for (FetchedBlock block : fetched) {
            check(block);
            block.release();
        }
        return tookNs;
    }

    private static void check(FetchedBlock block) {
        long position = 0;
        for (ByteBuffer bytes : block.buffers()) {
            for (; bytes.hasRemaining(); position += Long.BYTES) {
                if (bytes.getLong() != position) {
                    throw new IllegalStateException("wrong bytes at " + position);
                }
            }
        }
    }
}

package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.efa.EfaTestTransport;
import io.sparkefa.transport.efa.EfaTransports;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import io.sparkefa.transport.socket.SocketSettings;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process whose readers fetch from its own server without an end, and which ends nevertheless, in their midst. Prints {@code
 * ending} when it begins to.
 *
 * <p>Arguments: {@code loopback}, {@code sockets} or a provider of libfabric; a folder; {@code exit} to call {@link System#exit},
 * {@code return} to return from {@code main}, {@code close} to close the transports before.
 */
final class ExitingExecutor {

    private static final int BLOCK_BYTES = 3 << 20;
    private static final int READERS = 4;

    private final CountDownLatch moving = new CountDownLatch(4 * READERS);

    private ExitingExecutor() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        new ExitingExecutor().run(arguments[0], Path.of(arguments[1]), arguments[2]);
    }

    private static TestExecutor open(String kind, LoopbackNetwork network) {
        long poolBytes = 4L * BufferPool.SLAB_BYTES;
        if (kind.equals("loopback")) {
            return TestExecutor.plain(new LoopbackTransport(network));
        }
        if (kind.equals("sockets")) {
            return TestExecutor.plain(new SocketTransport(SocketSettings.defaults(), new ShuffleCounters()));
        }
        EfaTestTransport transport = EfaTransports.over(kind).open(poolBytes, poolBytes);
        return new TestExecutor(transport, transport.receive, transport.staging, transport::closeDevices);
    }

    private void run(String kind, Path folder, String end) throws IOException, InterruptedException {
        LoopbackNetwork network = new LoopbackNetwork(null);
        FakeMapOutputs outputs = new FakeMapOutputs(folder);
        outputs.write(1, 20_000, BLOCK_BYTES);
        TestExecutor serving = open(kind, network);
        TestExecutor reading = open(kind, network);
        ExecutorIdentity self = ExecutorIdentity.newborn("server");
        SessionRegistry sessions = new SessionRegistry(self, 100, TimeUnit.MINUTES.toNanos(1), System::nanoTime);
        BufferPool staging = new BufferPool("staging", BufferPool.SLAB_BYTES, serving.staging());
        BufferPool memory = new BufferPool("receive", 4L * BufferPool.SLAB_BYTES, reading.receive());
        TransferServer server =
                new TransferServer(outputs, staging, sessions, TransferFixture.SETTINGS, new ShuffleCounters());
        Transport readerTransport = reading.transport();
        TransportAddress address = serving.transport().start(self, sessions, server);
        readerTransport.start(ExecutorIdentity.newborn("reader"), id -> Optional.empty(), server);
        TransferClient client = new TransferClient(
                readerTransport,
                memory,
                Runnable::run,
                TransferFixture.SETTINGS,
                new ShuffleCounters(),
                System::nanoTime);
        for (int i = 0; i < READERS; i++) {
            fetchForEver(client.connect(
                    "127.0.0.1", address, sessions.issue().orElseThrow(), new TransferFixture.Session()));
        }
        if (!moving.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nothing moves");
        }
        System.out.println("ending");
        switch (end) {
            case "exit" -> System.exit(0);
            case "close" -> {
                readerTransport.close();
                serving.transport().close();
            }
            default -> {
                // Returns, with everything under way.
            }
        }
    }

    private void fetchForEver(PeerSession peer) {
        CollectingSink sink = new CollectingSink(2);
        sink.whenComplete(() -> {
            moving.countDown();
            sink.releaseAll();
            if (sink.outcome(0) instanceof FetchedBlock) {
                fetchForEver(peer);
            }
        });
        peer.fetch(TransferFixture.blocks(1, 2), sink);
    }
}

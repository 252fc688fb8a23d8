package io.sparkefa.spark;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.MapOutput;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The serving process of {@link KnownPeers}: a few executors that answer for many. Prints a card in hexadecimal for each
 * simulated executor, and then, for each line on its standard input, what it has in use.
 */
final class KnownPeersServer {

    private KnownPeersServer() {}

    /** Arguments: transport, number of cards, number of serving executors. */
    public static void main(String[] args) throws IOException {
        int cards = Integer.parseInt(args[1]);
        int executors = Integer.parseInt(args[2]);
        Path file = Files.createTempFile("known-peers", ".data");
        try (ClosingStack parts = new ClosingStack();
                RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            data.setLength(KnownPeers.SHORT_BLOCK_BYTES + KnownPeers.LONG_BLOCK_BYTES);
            MapOutput output = output(data.getChannel());
            SessionRegistry[] sessions = new SessionRegistry[executors];
            TransportAddress[] addresses = new TransportAddress[executors];
            for (int i = 0; i < executors; i++) {
                ExecutorIdentity self = ExecutorIdentity.newborn(Integer.toString(i));
                sessions[i] = new SessionRegistry(self, 2 * cards, TimeUnit.HOURS.toNanos(1), System::nanoTime);
                addresses[i] = serve(args[0], self, output, sessions[i], parts);
            }
            for (int id = 0; id < cards; id++) {
                int at = id % executors;
                Card card = new Card(
                        Message.PROTOCOL_VERSION,
                        "known-peers",
                        sessions[at].issue().orElseThrow(),
                        List.of(addresses[at]));
                System.out.println(HexFormat.of().formatHex(card.encode().array()));
            }
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (in.readLine() != null) {
                System.out.println(ProcessUse.now());
            }
        } finally {
            Files.delete(file);
        }
    }

    private static TransportAddress serve(
            String name, ExecutorIdentity self, MapOutput output, SessionRegistry sessions, ClosingStack parts)
            throws IOException {
        ShuffleCounters counters = new ShuffleCounters();
        RuntimeSettings settings = KnownPeers.settings(name);
        TransportSet set = KnownPeers.open(name, settings, counters, parts);
        BufferPool staging =
                parts.add(new BufferPool("staging", settings.server().maxStagingBytes(), set.servingMemory()));
        TransferServer server =
                new TransferServer((shuffleId, mapId) -> output, staging, sessions, settings.transfer(), counters);
        Transport transport = parts.add(set.transports().get(0));
        return transport.start(self, sessions, server);
    }

    private static MapOutput output(FileChannel data) {
        return new MapOutput() {
            @Override
            public int partitionCount() {
                return 2;
            }

            @Override
            public long offset(int reduceId) {
                return new long[] {
                            0, KnownPeers.SHORT_BLOCK_BYTES, KnownPeers.SHORT_BLOCK_BYTES + KnownPeers.LONG_BLOCK_BYTES
                        }
                        [reduceId];
            }

            @Override
            public FileChannel data() {
                return data;
            }

            @Override
            public void close() {
                // Everybody's, and closed with the process.
            }
        };
    }
}

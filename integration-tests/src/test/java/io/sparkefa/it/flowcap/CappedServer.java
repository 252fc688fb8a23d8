package io.sparkefa.it.flowcap;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.shuffle.FileMappings;
import io.sparkefa.shuffle.MapOutputFiles;
import io.sparkefa.shuffle.MapOutputStore;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The serving process of {@link FlowCappedIT}: writes map outputs, prints a card in hexadecimal, and serves until its standard
 * input ends.
 */
final class CappedServer {

    private CappedServer() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        write(folder, 0, FlowCap.LARGE_BLOCK_BYTES);
        for (int mapId = 1; mapId <= FlowCap.SMALL_BLOCKS; mapId++) {
            write(folder, mapId, FlowCap.SMALL_BLOCK_BYTES);
        }
        ShuffleCounters counters = new ShuffleCounters();
        ExecutorIdentity self = ExecutorIdentity.newborn("1");
        SessionRegistry sessions = new SessionRegistry(self, 10, TimeUnit.MINUTES.toNanos(5), System::nanoTime);
        try (BufferPool staging = new BufferPool("staging", 64 << 20, SlabSource.DIRECT);
                MapOutputStore store = new MapOutputStore(
                        files(folder), 1 << 20, 1000, new FileMappings(0, unused -> {}), TimeUnit.MINUTES.toNanos(5));
                SocketTransport transport = new SocketTransport(FlowCap.sockets(), counters)) {
            TransferServer server = new TransferServer(store, staging, sessions, FlowCap.TRANSFER, counters);
            TransportAddress address = transport.start(self, sessions, server);
            SessionCredentials session = sessions.issue().orElseThrow();
            Card card = new Card(Message.PROTOCOL_VERSION, "flowcap", session, List.of(address));
            System.out.println(HexFormat.of().formatHex(card.encode().array()));
            while (System.in.read() >= 0) {
                // Until whoever started this process closes its input or ends.
            }
        }
    }

    private static MapOutputFiles files(Path folder) {
        return new MapOutputFiles() {
            @Override
            public Path indexFile(int shuffleId, long mapId) {
                return folder.resolve("shuffle_" + shuffleId + "_" + mapId + "_0.index");
            }

            @Override
            public Path dataFile(int shuffleId, long mapId) {
                return folder.resolve("shuffle_" + shuffleId + "_" + mapId + "_0.data");
            }
        };
    }

    /** One map output of one block, each of whose longs is its own position. */
    private static void write(Path folder, long mapId, long lengthBytes) throws IOException {
        MapOutputFiles files = files(folder);
        try (FileChannel data = create(files.dataFile(0, mapId));
                FileChannel index = create(files.indexFile(0, mapId))) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            for (long position = 0; position < lengthBytes; ) {
                LongBuffer longs = buffer.clear().asLongBuffer();
                for (long end = position + buffer.capacity(); position < end; position += Long.BYTES) {
                    longs.put(position);
                }
                data.write(buffer);
            }
            index.write(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(0)
                    .putLong(lengthBytes)
                    .flip());
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
}

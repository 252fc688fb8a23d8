package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.LoggedErrors;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.SessionKeys;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.WindowDescriptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * What whoever listens at a peer's address may say to a reader: its reads end, each once, and so does the connection. An input is
 * as for {@link ServerFrameFuzz}. A proven session has been asked for reads 0 and 1, of 100 and of 3000 bytes.
 */
public final class ReaderFrameFuzz {

    private static final MemoryLoop MEMORY = new MemoryLoop();

    private static final SessionCredentials CREDENTIALS = new SessionCredentials(
            new UUID(1, 2), new byte[SessionCredentials.KEY_BYTES], new ExecutorIdentity("server", new UUID(3, 4)));

    private static final ExecutorIdentity READER = new ExecutorIdentity("reader", new UUID(5, 6));

    /** More than a connection makes when it finds nobody. */
    private static final int MAX_FLOWS = 20;

    private ReaderFrameFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length > 0) {
            boolean proven = (input[0] & 1) != 0;
            boolean sealed = (input[0] & 2) != 0;
            int pieceBytes = (input[0] & 0xff) >> 2;
            LoggedErrors.failOn(() ->
                    read(proven, sealed, pieceBytes, ByteBuffer.wrap(input).position(1)));
        }
    }

    private static void read(boolean proven, boolean sealed, int pieceBytes, ByteBuffer said) {
        Reader reader = new Reader();
        ClientConnection connection = new ClientConnection(
                "the peer",
                CREDENTIALS,
                READER,
                reader,
                MemoryLoop.settings(),
                MEMORY.loops,
                new ShuffleCounters(),
                ended -> {});
        connection.onResolved(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
        MEMORY.turn();
        MemorySocketChannel socket = MEMORY.lastOpened();
        List<Read> reads = List.of(new Read(0, 100), new Read(0, 3000));
        reads.forEach(read ->
                connection.read(new WindowDescriptor(new byte[Exposure.DESCRIPTOR_BYTES]), 0, read.destination, read));
        ByteBuffer sent = said;
        if (proven) {
            FlowSeal seal = prove(socket);
            assertThat(reader.opened).hasValue(1);
            sent = sealed ? MemoryLoop.sealed(said, seal) : said;
        }
        MEMORY.deliver(socket, sent, pieceBytes);
        assertThat(socket.isOpen()).isFalse();

        // It tries again, and finds nobody.
        MemorySocketChannel next = MEMORY.lastOpened();
        for (int flows = 0; next != null; flows++) {
            assertThat(flows).isLessThan(MAX_FLOWS);
            MEMORY.deliver(next, ByteBuffer.allocate(0), 0);
            next = MEMORY.lastOpened();
        }
        connection.close();
        MEMORY.turn();
        assertThat(reader.closed).hasValue(1);
        assertThat(reader.violations).isEmpty();
        assertThat(reads).allMatch(read -> read.ends.get() == 1);
        assertThat(connection.flowCount()).isZero();
    }

    private static FlowSeal prove(MemorySocketChannel socket) {
        byte[] challenge = new byte[Handshake.CHALLENGE_BYTES];
        socket.deliver(Handshake.greeting(challenge, false));
        MEMORY.turn();
        Handshake.Hello hello = Handshake.readHello(MemoryLoop.payload(FrameType.HELLO, socket));
        Handshake handshake = new Handshake(challenge, hello, CREDENTIALS, false);
        socket.deliver(handshake.welcome(1));
        MEMORY.turn();
        MEMORY.turn();
        try (SessionKeys keys = handshake.keys()) {
            return FlowSeal.ofServer(keys, false);
        }
    }
}

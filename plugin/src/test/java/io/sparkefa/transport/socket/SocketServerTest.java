package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.TwoPeers;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The listening side against peers that don't follow the protocol, and its ports and threads. */
class SocketServerTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final SocketSettings settings = SocketSettings.defaults()
            .withBinding("127.0.0.1", 0, 0)
            .withFlows(2, 2, 4, 64 << 10)
            .withTimeouts(LONG, LONG, LONG, Duration.ofMillis(700), Duration.ofMillis(300), LONG);

    private TwoPeers peers;

    @BeforeEach
    void start() throws IOException {
        peers = new TwoPeers(() -> new SocketTransport(settings, new ShuffleCounters()));
    }

    @AfterEach
    void stop() throws IOException {
        peers.close();
    }

    private static int port(TransportAddress address) {
        return Short.toUnsignedInt(ByteBuffer.wrap(address.encoded()).getShort(1));
    }

    /** A socket to the server, and what it says first. */
    private final class Stranger implements AutoCloseable {
        final SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port(peers.server.address)));
        final DataInputStream in = new DataInputStream(channel.socket().getInputStream());
        final ExecutorIdentity self = ExecutorIdentity.newborn("stranger");

        Stranger() throws IOException {
            channel.socket().setSoTimeout(10_000);
        }

        byte[] challenge() throws IOException {
            byte[] greeting = in.readNBytes(Frame.HEADER_BYTES + Handshake.GREETING_BYTES);
            assertThat(greeting[0]).isEqualTo(FrameType.GREETING.code());
            return Handshake.readGreeting(
                    ByteBuffer.wrap(greeting, Frame.HEADER_BYTES, Handshake.GREETING_BYTES), false);
        }

        void say(ByteBuffer frame) throws IOException {
            channel.write(frame);
        }

        Handshake answer(SessionCredentials credentials) throws IOException {
            return Handshake.answer(challenge(), credentials, self, 0, false);
        }

        /** Opens a flow; returns what seals frames on it. */
        FlowSeal proveSession(SessionCredentials credentials) throws IOException {
            Handshake answer = answer(credentials);
            say(answer.hello());
            byte[] welcome = in.readNBytes(Frame.HEADER_BYTES + Handshake.WELCOME_BYTES);
            assertThat(welcome[0]).isEqualTo(FrameType.WELCOME.code());
            return FlowSeal.ofReader(answer.keys(), false);
        }

        void assertClosed() throws IOException {
            try {
                while (in.read() >= 0) {
                    continue;
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private void assertServesOthers() {
        Reader reader = peers.connect();
        ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(1 << 20));
        reader.read(window, 0, 1 << 20).assertRead();
        reader.connection().close();
    }

    private static ByteBuffer header(int typeWord, int lengthBytes) {
        return ByteBuffer.allocate(Frame.HEADER_BYTES)
                .putInt(typeWord)
                .putInt(lengthBytes)
                .putLong(0)
                .flip();
    }

    // ---- before a session is proven

    @Test
    void garbageIsShownTheDoor() throws IOException {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[random.nextInt(16, 5000)];
            random.nextBytes(garbage);
            try (Stranger stranger = new Stranger()) {
                stranger.say(ByteBuffer.wrap(garbage));
                stranger.assertClosed();
            } catch (IOException e) {
                // The server was quicker.
            }
        }
        assertServesOthers();
    }

    @Test
    void anyOtherFrameThanHelloIsShownTheDoor() throws IOException {
        for (FrameType type : FrameType.values()) {
            if (type != FrameType.HELLO) {
                try (Stranger stranger = new Stranger()) {
                    stranger.say(header(type.code() << 24, 20));
                    stranger.assertClosed();
                }
            }
        }
        assertServesOthers();
    }

    @Test
    void hugeAndNegativeLengthsAreShownTheDoor() throws IOException {
        for (int lengthBytes : new int[] {0, 1, 67, 69, 1 << 20, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            try (Stranger stranger = new Stranger()) {
                stranger.say(header(FrameType.HELLO.code() << 24, lengthBytes));
                stranger.assertClosed();
            }
        }
        assertServesOthers();
    }

    @Test
    void aWrongProofIsRefused() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        try (Stranger stranger = new Stranger()) {
            ByteBuffer hello = stranger.answer(credentials).hello();
            hello.put(hello.limit() - 1, (byte) (hello.get(hello.limit() - 1) ^ 1));
            stranger.say(hello);
            byte[] answer = stranger.in.readNBytes(Frame.HEADER_BYTES + 1);
            assertThat(answer[0]).isEqualTo(FrameType.REFUSED.code());
            assertThat(answer[Frame.HEADER_BYTES]).isEqualTo(Refusal.WRONG_KEY.code());
            stranger.assertClosed();
        }
        assertServesOthers();
    }

    @Test
    void aProofForAnotherChallengeIsRefused() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        try (Stranger first = new Stranger();
                Stranger second = new Stranger()) {
            ByteBuffer replayed = first.answer(credentials).hello();
            second.challenge();
            second.say(replayed);
            byte[] answer = second.in.readNBytes(Frame.HEADER_BYTES + 1);
            assertThat(answer[0]).isEqualTo(FrameType.REFUSED.code());
        }
    }

    @Test
    void whoSaysNothingIsShownTheDoorInTime() throws IOException {
        try (Stranger silent = new Stranger();
                Stranger slow = new Stranger()) {
            assertServesOthers();
            slow.say(header(FrameType.HELLO.code() << 24, Handshake.HELLO_BYTES));
            slow.say(ByteBuffer.wrap(new byte[] {1}));
            silent.assertClosed();
            slow.assertClosed();
        }
    }

    @Test
    void aCrowdOfStrangersDoesNotKeepOthersOut() throws IOException {
        List<Stranger> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < SocketServer.MAX_HANDSHAKES + 50; i++) {
                crowd.add(new Stranger());
            }
            assertServesOthers();
            crowd.get(0).assertClosed();
        } finally {
            for (Stranger stranger : crowd) {
                stranger.close();
            }
        }
    }

    // ---- after a session is proven

    @Test
    void aProvenReaderThatBreaksTheFramingLosesItsFlow() throws IOException {
        for (ByteBuffer wrong : List.of(
                header(0, 0),
                header(99 << 24, 0),
                header((FrameType.PING.code() << 24) + 1, 0),
                header(FrameType.PING.code() << 24, 1),
                header(FrameType.MESSAGE.code() << 24, Frame.MAX_MESSAGE_BYTES + 1),
                header(FrameType.MESSAGE.code() << 24, -1),
                header(FrameType.READ.code() << 24, 19),
                header(FrameType.DATA.code() << 24, 1),
                header(FrameType.HELLO.code() << 24, Handshake.HELLO_BYTES))) {
            try (Stranger reader = new Stranger()) {
                reader.proveSession(peers.server.issue());
                reader.say(wrong);
                reader.assertClosed();
            }
        }
        for (int lengthBytes : new int[] {0, -1, SocketSettings.MAX_STRIPE_BYTES + 1}) {
            try (Stranger reader = new Stranger()) {
                FlowSeal seal = reader.proveSession(peers.server.issue());
                reader.say(seal.sealFrame(Frame.read(1, 1, 0, lengthBytes)));
                reader.assertClosed();
            }
        }
        assertServesOthers();
    }

    @Test
    void aReaderThatAsksAndNeverListensIsNotReadFromForEver() throws IOException {
        try (Stranger reader = new Stranger()) {
            SessionCredentials credentials = peers.server.issue();
            FlowSeal seal = reader.proveSession(credentials);
            reader.say(seal.sealFrame(Frame.of(FrameType.MESSAGE, 0, Reader.bytes("hi"))));
            Await.until("the server knows the session", () -> !peers.server.serving.isEmpty());
            peers.server.expose(peers.server.serving.get(credentials.sessionId()), TestWindow.ofMemory(1 << 20));
            assertThat(writeUntilStuck(reader.channel, () -> seal.sealFrame(Frame.read(1, 1, 0, 1 << 20))))
                    .isLessThan(64 << 20);
            assertServesOthers();
        }
    }

    /** Writes frames until nothing of them is taken for a while, or 64 MiB were; returns how much was. */
    private static long writeUntilStuck(SocketChannel channel, Supplier<ByteBuffer> frames) throws IOException {
        channel.configureBlocking(false);
        ByteBuffer bytes = ByteBuffer.allocate(64 << 10).limit(0);
        long written = 0;
        long progressNs = System.nanoTime();
        while (System.nanoTime() - progressNs < 500_000_000L && written < 64 << 20) {
            if (!bytes.hasRemaining()) {
                bytes.clear();
                while (bytes.remaining() > 100) {
                    bytes.put(frames.get());
                }
                bytes.flip();
            }
            int n = channel.write(bytes);
            written += n;
            progressNs = n > 0 ? System.nanoTime() : progressNs;
            if (n == 0) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        return written;
    }

    // ---- callbacks that break their word

    @Test
    void aHandlerThatThrowsCostsOneFlowOnly() {
        Reader other = peers.connect();
        Reader reader = peers.connect();
        peers.server.onMessage = (from, message) -> {
            throw new IllegalStateException("for a test");
        };
        reader.connection().send(Reader.bytes("boo"));
        Await.until("the flow is lost", () -> reader.messagesLost.get() == 1);
        for (Reader each : List.of(reader, other)) {
            ExposedWindow window = peers.server.expose(each.atServer(), TestWindow.ofMemory(1000));
            each.read(window, 0, 1000).assertRead();
        }
        assertThat(other.messagesLost).hasValue(0);
    }

    @Test
    void aCompletionThatThrowsDoesNotHoldUpOthers() {
        Reader reader = peers.connect();
        ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(1000));
        reader.connection().read(window.descriptor(), 0, ByteBuffer.allocateDirect(1000), new ReadCompletion() {
            @Override
            public void onRead() {
                throw new IllegalStateException("for a test");
            }

            @Override
            public void onReadFailed(TransportException cause) {
                throw new IllegalStateException("for a test");
            }
        });
        reader.read(window, 0, 1000).assertRead();
        assertThat(reader.messagesLost).hasValue(0);
    }

    // ---- ports and threads

    @Test
    void threadsDoNotGrowWithPeers() {
        assertServesOthers();
        long before = transportThreads();
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            readers.add(peers.connect());
        }
        List<Read> reads = readers.stream()
                .map(reader ->
                        reader.read(peers.server.expose(reader.atServer(), TestWindow.ofMemory(100_000)), 0, 100_000))
                .toList();
        reads.forEach(Read::assertRead);
        assertThat(transportThreads()).isEqualTo(before).isEqualTo(2L * settings.loopThreads());
    }

    private static long transportThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("spark-efa-sockets-\\d+"))
                .count();
    }

    @Test
    void closingFreesThePortAndEndsTheThreads() throws IOException {
        int port = port(peers.server.address);
        assertServesOthers();
        peers.server.close();
        peers.client.close();
        assertThat(transportThreads()).isZero();
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void takesTheNextPortWhenOneIsTaken() throws IOException {
        int taken = port(peers.server.address);
        SocketSettings sameFirst = settings.withBinding("127.0.0.1", taken, 20);
        try (TestPeer next = new TestPeer(new SocketTransport(sameFirst, new ShuffleCounters()))) {
            assertThat(port(next.address)).isNotEqualTo(taken);
        }
    }

    @Test
    void saysWhichPortsAreTaken() {
        int taken = port(peers.server.address);
        SocketSettings only = settings.withBinding("127.0.0.1", taken, 0);
        assertThatThrownBy(() -> new TestPeer(new SocketTransport(only, new ShuffleCounters())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(Integer.toString(taken));
    }
}

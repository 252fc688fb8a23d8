package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.Closing;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.WindowDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Closing while a peer says nothing, or not enough, or while what is served from does not answer. */
class SocketClosingTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private Set<Thread> threadsBefore;
    private TestPeer executor;
    private final List<AutoCloseable> others = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        threadsBefore = Closing.threads();
        executor = new TestPeer(new SocketTransport(SocketSettings.defaults(), new ShuffleCounters()));
    }

    @AfterEach
    void stop() throws Exception {
        executor.transport.close();
        assertThat(executor.violations()).isEmpty();
        for (AutoCloseable other : others) {
            other.close();
        }
        Closing.awaitNoThreads(threadsBefore);
    }

    private <T extends AutoCloseable> T add(T other) {
        others.add(other);
        return other;
    }

    private static TransportAddress address(ServerSocket listener) {
        return new TransportAddress(
                SocketTransport.NAME,
                ByteBuffer.allocate(3)
                        .put((byte) Handshake.VERSION)
                        .putShort((short) listener.getLocalPort())
                        .array());
    }

    /** Closes while the executor connects to what listens there, and looks whether all that was asked for has ended. */
    private void closeWhileConnecting(ServerSocket listener, Runnable untilThere) throws Exception {
        Reader reader = new Reader();
        var connection = executor.transport.connect("127.0.0.1", address(listener), executor.issue(), reader);
        List<Read> reads = List.of(new Read(0, 1000), new Read(0, 1 << 20));
        reads.forEach(read ->
                connection.read(new WindowDescriptor(new byte[Exposure.DESCRIPTOR_BYTES]), 0, read.destination, read));
        untilThere.run();
        assertThat(reader.closed).hasValue(0);
        Closing.inTime(executor.transport);
        assertThat(reader.closed).hasValue(1);
        assertThat(reads).allMatch(read -> read.ends.get() == 1);
        assertThat(reader.violations).isEmpty();
    }

    @Test
    void aPeerThatAcceptsAndSaysNothing() throws Exception {
        ServerSocket listener = add(new ServerSocket(0, 10, LOOPBACK));
        closeWhileConnecting(listener, () -> accept(listener));
    }

    private Socket accept(ServerSocket listener) {
        try {
            return add(listener.accept());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPeerThatGreetsAndSaysNoMore() throws Exception {
        ServerSocket listener = add(new ServerSocket(0, 10, LOOPBACK));
        closeWhileConnecting(listener, () -> {
            Socket accepted = accept(listener);
            try {
                ByteBuffer greeting = Handshake.greeting(Handshake.newChallenge(), false);
                accepted.getOutputStream().write(greeting.array(), 0, greeting.limit());
                // Its answer has come: the handshake is half done.
                assertThat(accepted.getInputStream().readNBytes(Frame.HEADER_BYTES))
                        .hasSize(Frame.HEADER_BYTES);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** The kernel drops what asks to connect when nobody accepts and the backlog is full. */
    @Test
    void aPeerBehindDroppedPackets() throws Exception {
        ServerSocket listener = add(new ServerSocket(0, 1, LOOPBACK));
        for (int i = 0; i < 4; i++) {
            SocketChannel filler = add(SocketChannel.open());
            filler.configureBlocking(false);
            filler.connect(new InetSocketAddress(LOOPBACK, listener.getLocalPort()));
        }
        closeWhileConnecting(listener, () -> {});
    }

    @Test
    void strangersWithHalfAHandshake() throws Exception {
        int port =
                Short.toUnsignedInt(ByteBuffer.wrap(executor.address.encoded()).getShort(1));
        for (int i = 0; i < 5; i++) {
            Socket stranger = add(new Socket(LOOPBACK, port));
            stranger.getOutputStream().write(new byte[] {FrameType.HELLO.code(), 0, 0, 0});
            assertThat(stranger.getInputStream().read()).isEqualTo(FrameType.GREETING.code());
        }
        Closing.inTime(executor.transport);
    }

    @Test
    void aDiskThatDoesNotAnswer() throws Exception {
        TestPeer server = new TestPeer(new SocketTransport(SocketSettings.defaults(), new ShuffleCounters()));
        CountDownLatch answer = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        Reader reader = executor.connect(server);
        server.onMessage = (from, message) -> {
            asked.countDown();
            awaitUninterrupted(answer);
        };
        reader.connection().send(Reader.bytes("read this"));
        asked.await();
        Closing.inTime(server.transport);
        answer.countDown();
        reader.awaitClosed();
        Await.until("the server has heard of the end", () -> server.sessionsClosed.get() == 1);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("a loop is never interrupted", e);
        }
    }
}

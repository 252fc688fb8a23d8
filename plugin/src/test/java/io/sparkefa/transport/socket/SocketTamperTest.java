package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TwoPeers;
import io.sparkefa.transport.WindowDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A man in the middle between a reader and a server that encrypt: what he sees, and what becomes of what he changes. */
@Timeout(120)
class SocketTamperTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WINDOW_BYTES = 4 << 20;

    @TempDir
    private Path folder;

    private final ShuffleCounters counters = new ShuffleCounters();
    private final SocketSettings settings = SocketSettings.defaults()
            .withBinding("127.0.0.1", 0, 0)
            .withFlows(2, 2, 4, 300_000)
            .withTimeouts(LONG, Duration.ofSeconds(1), LONG, LONG, Duration.ofSeconds(2), LONG)
            .withEncryption(true);

    private TwoPeers peers;
    private FrameProxy proxy;

    @BeforeEach
    void start() throws IOException {
        peers = new TwoPeers(() -> new SocketTransport(settings, counters));
        proxy = new FrameProxy(peers.server.address, true);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        peers.close();
    }

    private Reader connectThroughProxy(SessionCredentials credentials) {
        return peers.client.connect(peers.server, proxy.address(), credentials);
    }

    private Reader connectThroughProxy() {
        return connectThroughProxy(peers.server.issue());
    }

    /** Changes one frame of a type, by whatever is done with it. */
    private void tamperOnce(FrameType type, boolean fromServer, FrameProxy.Tamperer with, AtomicInteger done) {
        proxy.tamperer = (passing, frame) ->
                passing.type() == type && passing.fromServer() == fromServer && done.compareAndSet(0, 1)
                        ? with.onFrame(passing, frame)
                        : List.of(frame);
    }

    private static FrameProxy.Tamperer flippingABit(SplittableRandom random) {
        return (passing, frame) -> {
            int bit = random.nextInt(8 * 8, frame.length * 8);
            frame[bit / 8] ^= (byte) (1 << bit % 8);
            return List.of(frame);
        };
    }

    @Test
    void aChangedFrameCostsItsFlowAndNothingElse() {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Map<FrameType, Boolean> types =
                Map.of(FrameType.READ, false, FrameType.DATA, true, FrameType.PING, false, FrameType.PONG, true);
        int attacks = 0;
        for (int round = 0; round < 3; round++) {
            for (Map.Entry<FrameType, Boolean> type : types.entrySet()) {
                Reader reader = connectThroughProxy();
                ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(WINDOW_BYTES));
                AtomicInteger done = new AtomicInteger();
                tamperOnce(type.getKey(), type.getValue(), flippingABit(random), done);
                reader.read(window, 0, WINDOW_BYTES).assertRead();
                // PING comes when a flow has been quiet for a third of a second.
                Await.until("a " + type.getKey() + " came by", () -> done.get() == 1);
                attacks++;
                int expected = attacks;
                Await.until(
                        "a changed " + type.getKey() + " is counted",
                        () -> counters.get(ShuffleCounter.FRAMES_REJECTED) == expected);
                reader.read(window, 0, WINDOW_BYTES).assertRead();
                assertThat(reader.closed).hasValue(0);
                reader.connection().close();
            }
        }
    }

    /** Payload from memory, mapped files and files; a segment repeated, left out, or exchanged with the next. */
    @Test
    void aDataFrameRepeatedLeftOutOrExchangedIsNoticed() throws IOException {
        List<FrameProxy.Tamperer> attacks =
                List.of((passing, frame) -> List.of(frame, frame), (passing, frame) -> List.of(), (passing, frame) -> {
                    int sealed = SealBuffers.SEGMENT_BYTES + 16;
                    ByteBuffer bytes = ByteBuffer.wrap(frame);
                    byte[] first = new byte[sealed];
                    bytes.get(Frame.HEADER_BYTES, first);
                    System.arraycopy(frame, Frame.HEADER_BYTES + sealed, frame, Frame.HEADER_BYTES, sealed);
                    System.arraycopy(first, 0, frame, Frame.HEADER_BYTES + sealed, sealed);
                    return List.of(frame);
                });
        List<TestWindow> contents = List.of(
                TestWindow.ofMemory(WINDOW_BYTES),
                TestWindow.ofFile(peers.file(folder, 0, WINDOW_BYTES), 0, WINDOW_BYTES),
                TestWindow.ofMappedFile(peers.file(folder, 0, WINDOW_BYTES), 0, WINDOW_BYTES));
        for (int i = 0; i < attacks.size(); i++) {
            Reader reader = connectThroughProxy();
            ExposedWindow window = peers.server.expose(reader.atServer(), contents.get(i));
            AtomicInteger done = new AtomicInteger();
            tamperOnce(FrameType.DATA, true, attacks.get(i), done);
            reader.read(window, 0, WINDOW_BYTES).assertRead();
            assertThat(done).hasValue(1);
            Await.until("the flow is lost", () -> reader.messagesLost.get() > 0);
            reader.connection().close();
        }
    }

    @Test
    void messagesFromTheServerAreProtectedAsWell() {
        Reader reader = connectThroughProxy();
        AtomicInteger done = new AtomicInteger();
        tamperOnce(FrameType.MESSAGE, true, flippingABit(new SplittableRandom(1)), done);
        reader.atServer().send(Reader.bytes("changed on its way"));
        Await.until("the reader was told", () -> reader.messagesLost.get() == 1);
        assertThat(reader.received).isEmpty();
        assertThat(counters.get(ShuffleCounter.FRAMES_REJECTED)).isEqualTo(1);
        tamperOnce(FrameType.MESSAGE, true, (passing, frame) -> List.of(frame, frame), new AtomicInteger());
        Await.until("there is a flow again", () -> {
            reader.atServer().send(Reader.bytes("twice on its way"));
            return !reader.received.isEmpty();
        });
        Await.until("it was noticed", () -> counters.get(ShuffleCounter.FRAMES_REJECTED) == 2);
    }

    @Test
    void aChangedReadFailedOrCloseSessionIsNotBelieved() {
        Reader reader = connectThroughProxy();
        AtomicInteger done = new AtomicInteger();
        tamperOnce(FrameType.READ_FAILED, true, flippingABit(new SplittableRandom(2)), done);
        Read read = new Read(0, 1000);
        reader.connection().read(new WindowDescriptor(new byte[8]), 0, read.destination, read);
        assertThat(read.assertFailed()).hasMessageContaining("no such window");
        assertThat(counters.get(ShuffleCounter.FRAMES_REJECTED)).isEqualTo(1);
        FrameProxy.Tamperer flipping = flippingABit(new SplittableRandom(3));
        proxy.tamperer = (passing, frame) ->
                passing.type() == FrameType.CLOSE_SESSION ? flipping.onFrame(passing, frame) : List.of(frame);
        reader.atServer().close("for a test");
        reader.awaitClosed();
        assertThat(reader.causes).noneMatch(cause -> cause.getMessage().contains("for a test"));
    }

    @Test
    void aRecordedFlowCannotBePlayedAgain() throws IOException {
        Reader reader = connectThroughProxy();
        reader.connection().send(Reader.bytes("said once"));
        Await.until("it was heard", () -> peers.server.received.contains("said once"));
        byte[] recorded = proxy.heardFromReader(0);
        long refusedBefore = counters.get(ShuffleCounter.SESSIONS_REFUSED);
        int port = Short.toUnsignedInt(
                ByteBuffer.wrap(peers.server.address.encoded()).getShort(1));
        try (Socket second = new Socket(InetAddress.getLoopbackAddress(), port)) {
            second.setSoTimeout(30_000);
            second.getInputStream().readNBytes(Frame.HEADER_BYTES + Handshake.GREETING_BYTES);
            second.getOutputStream().write(recorded);
            assertThat(second.getInputStream().read()).isEqualTo(FrameType.REFUSED.code());
        }
        Await.until("it was counted", () -> counters.get(ShuffleCounter.SESSIONS_REFUSED) == refusedBefore + 1);
        assertThat(peers.server.received).containsExactly("said once");
        assertThat(reader.messagesLost).hasValue(0);
    }

    @Test
    void nothingOfBlocksMessagesOrKeysIsOnTheWire() {
        SessionCredentials credentials = peers.server.issue();
        Reader reader = connectThroughProxy(credentials);
        String text = "a message that must not be read by others";
        reader.connection().send(Reader.bytes(text));
        Await.until("it was heard", () -> peers.server.received.contains(text));
        reader.atServer().send(Reader.bytes(text));
        Await.until("it was answered", () -> reader.received.contains(text));
        ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(WINDOW_BYTES));
        reader.read(window, 0, WINDOW_BYTES).assertRead();

        Set<Long> secrets = words(TestWindow.content(0, WINDOW_BYTES));
        secrets.addAll(words(ByteBuffer.wrap(credentials.key())));
        secrets.addAll(words(Reader.bytes(text)));
        assertThat(shows(TestWindow.content(3, 30), secrets))
                .as("whether it would be noticed")
                .isTrue();
        long heardBytes = 0;
        for (int flow = 0; flow < proxy.flowCount(); flow++) {
            for (byte[] heard : List.of(proxy.heardFromReader(flow), proxy.heardFromServer(flow))) {
                heardBytes += heard.length;
                assertThat(shows(ByteBuffer.wrap(heard), secrets)).isFalse();
            }
        }
        assertThat(heardBytes).isGreaterThan(WINDOW_BYTES);
    }

    /** Each eight bytes of the whole. */
    private static Set<Long> words(ByteBuffer bytes) {
        Set<Long> words = new HashSet<>();
        for (int at = 0; at + Long.BYTES <= bytes.limit(); at += Long.BYTES) {
            words.add(bytes.getLong(at));
        }
        return words;
    }

    /** Whether any of these words is in it, wherever. */
    private static boolean shows(ByteBuffer bytes, Set<Long> words) {
        for (int at = 0; at + Long.BYTES <= bytes.limit(); at++) {
            if (words.contains(bytes.getLong(at))) {
                return true;
            }
        }
        return false;
    }
}

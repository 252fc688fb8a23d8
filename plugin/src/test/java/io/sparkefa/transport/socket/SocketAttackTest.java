package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.Sealer;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TwoPeers;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody who is connected to a server, with and without a key, and does to frames what he should not. */
@Timeout(120)
class SocketAttackTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WINDOW_BYTES = 100_000;

    private final ShuffleCounters counters = new ShuffleCounters();
    private final SocketSettings settings = SocketSettings.defaults()
            .withBinding("127.0.0.1", 0, 0)
            .withFlows(2, 2, 4, 64 << 10)
            .withTimeouts(LONG, LONG, LONG, LONG, Duration.ofMillis(200), LONG);

    private TwoPeers peers;

    @BeforeEach
    void start() throws IOException {
        peers = new TwoPeers(() -> new SocketTransport(settings, counters));
    }

    @AfterEach
    void stop() throws IOException {
        peers.close();
    }

    private static int port(TransportAddress address) {
        return Short.toUnsignedInt(ByteBuffer.wrap(address.encoded()).getShort(1));
    }

    /** A socket to the server. */
    private final class Attacker implements AutoCloseable {
        final SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port(peers.server.address)));
        final DataInputStream in = new DataInputStream(channel.socket().getInputStream());
        final byte[] challenge;

        Attacker() throws IOException {
            channel.socket().setSoTimeout(30_000);
            byte[] greeting = in.readNBytes(Frame.HEADER_BYTES + Handshake.GREETING_BYTES);
            challenge = Handshake.readGreeting(
                    ByteBuffer.wrap(greeting, Frame.HEADER_BYTES, Handshake.GREETING_BYTES), false);
        }

        void say(ByteBuffer... frames) throws IOException {
            for (ByteBuffer frame : frames) {
                channel.write(frame.duplicate());
            }
        }

        /** Opens a flow as this session's owner would. */
        FlowSeal open(SessionCredentials credentials, ExecutorIdentity as, int flowIndex) throws IOException {
            Handshake answer = Handshake.answer(challenge, credentials, as, flowIndex, false);
            say(answer.hello());
            byte[] welcome = in.readNBytes(Frame.HEADER_BYTES + Handshake.WELCOME_BYTES);
            assertThat(welcome[0]).isEqualTo(FrameType.WELCOME.code());
            return FlowSeal.ofReader(answer.keys(), false);
        }

        void assertRefused(Refusal refusal) throws IOException {
            byte[] answer = in.readNBytes(Frame.HEADER_BYTES + 1);
            assertThat(answer[0]).isEqualTo(FrameType.REFUSED.code());
            assertThat(answer[Frame.HEADER_BYTES]).isEqualTo(refusal.code());
            assertClosed();
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

    private static ByteBuffer message(String text) {
        return Frame.of(FrameType.MESSAGE, 0, Reader.bytes(text));
    }

    private void assertServesOthers() {
        Reader reader = peers.connect();
        ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(1 << 20));
        reader.read(window, 0, 1 << 20).assertRead();
        reader.connection().close();
    }

    // ---- frames of a flow that its reader has opened, and that were not sent as they arrive

    /** What a reader seals, in the order of sealing. */
    private static ByteBuffer[] everyType(FlowSeal seal) {
        return new ByteBuffer[] {
            seal.sealFrame(message("never to be heard")),
            seal.sealFrame(Frame.read(7, 1, 0, 1000)),
            seal.sealFrame(Frame.empty(FrameType.PING, 0)),
            seal.sealFrame(Frame.withReason(FrameType.CLOSE_SESSION, 0, "never to be done")),
            seal.sealFrame(Frame.empty(FrameType.CLOSE_FLOW, 0)),
        };
    }

    /** Sends what has become of the frame that is sealed after so many others, and expects that it costs the flow and no more. */
    private void attack(int type, UnaryOperator<ByteBuffer> change) throws IOException {
        long rejectedBefore = counters.get(ShuffleCounter.FRAMES_REJECTED);
        int closedBefore = peers.server.sessionsClosed.get();
        SessionCredentials credentials = peers.server.issue();
        ExecutorIdentity owner = ExecutorIdentity.newborn("owner");
        try (Attacker attacker = new Attacker()) {
            FlowSeal seal = attacker.open(credentials, owner, 0);
            // The frame must be the first of its flow, so that only what was changed about it can be wrong.
            ByteBuffer frame = firstOfType(seal, type);
            attacker.say(change.apply(frame));
            attacker.assertClosed();
        }
        Await.until("it was counted", () -> counters.get(ShuffleCounter.FRAMES_REJECTED) == rejectedBefore + 1);
        assertThat(peers.server.received).isEmpty();
        assertThat(peers.server.sessionsClosed.get()).isGreaterThanOrEqualTo(closedBefore);
    }

    private static ByteBuffer firstOfType(FlowSeal seal, int type) {
        return switch (type) {
            case 0 -> seal.sealFrame(message("never to be heard"));
            case 1 -> seal.sealFrame(Frame.read(7, 1, 0, 1000));
            case 2 -> seal.sealFrame(Frame.empty(FrameType.PING, 0));
            case 3 -> seal.sealFrame(Frame.withReason(FrameType.CLOSE_SESSION, 0, "never to be done"));
            default -> seal.sealFrame(Frame.empty(FrameType.CLOSE_FLOW, 0));
        };
    }

    private static final int TYPES = 5;

    @Test
    void aBitFlippedInIdPayloadOrTagIsNoticedInEveryType() throws IOException {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 20; round++) {
            attack(round % TYPES, frame -> {
                int bit = random.nextInt(8 * 8, frame.limit() * 8);
                return frame.put(bit / 8, (byte) (frame.get(bit / 8) ^ (1 << bit % 8)));
            });
        }
        assertServesOthers();
    }

    @Test
    void aFrameThatIsNotSealedIsNoticedInEveryType() throws IOException {
        for (int type = 0; type < TYPES; type++) {
            attack(type, frame -> {
                for (int i = frame.limit() - Sealer.TAG_BYTES; i < frame.limit(); i++) {
                    frame.put(i, (byte) 0);
                }
                return frame;
            });
        }
        assertServesOthers();
    }

    @Test
    void aTypeTakenForAnotherIsNoticed() throws IOException {
        attack(2, frame -> frame.put(0, FrameType.CLOSE_FLOW.code()));
        attack(4, frame -> frame.put(0, FrameType.PING.code()));
        attack(0, frame -> frame.put(0, FrameType.CLOSE_SESSION.code()));
        assertServesOthers();
    }

    @Test
    void aFrameRepeatedLeftOutOrMovedIsNoticed() throws IOException {
        for (int type = 0; type < TYPES; type++) {
            int sealedFrame = type;
            SessionCredentials credentials = peers.server.issue();
            ExecutorIdentity owner = ExecutorIdentity.newborn("owner");
            // left out, and moved before the ones it follows
            try (Attacker attacker = new Attacker()) {
                FlowSeal seal = attacker.open(credentials, owner, 0);
                attacker.say(everyType(seal)[Math.max(1, sealedFrame)]);
                attacker.assertClosed();
            }
            // repeated
            try (Attacker attacker = new Attacker()) {
                FlowSeal seal = attacker.open(credentials, owner, 1);
                ByteBuffer ping = seal.sealFrame(Frame.empty(FrameType.PING, 0));
                attacker.say(ping, ping);
                attacker.assertClosed();
            }
        }
        Await.until("all were counted", () -> counters.get(ShuffleCounter.FRAMES_REJECTED) == 2L * TYPES);
        assertThat(peers.server.received).isEmpty();
        assertServesOthers();
    }

    @Test
    void aMessageIsNotHeardTwice() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        try (Attacker attacker = new Attacker()) {
            FlowSeal seal = attacker.open(credentials, ExecutorIdentity.newborn("owner"), 0);
            ByteBuffer once = seal.sealFrame(message("once"));
            attacker.say(once, once);
            attacker.assertClosed();
        }
        Await.until("it was counted", () -> counters.get(ShuffleCounter.FRAMES_REJECTED) == 1);
        assertThat(peers.server.received).containsExactly("once");
    }

    @Test
    void aFrameOfAnotherFlowOrSessionIsNoticed() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        ExecutorIdentity owner = ExecutorIdentity.newborn("owner");
        for (SessionCredentials other : new SessionCredentials[] {credentials, peers.server.issue()}) {
            try (Attacker own = new Attacker();
                    Attacker another = new Attacker()) {
                own.open(credentials, owner, 0);
                FlowSeal seal = another.open(other, owner, 1);
                own.say(seal.sealFrame(message("of another")));
                own.assertClosed();
            }
        }
        Await.until("both were counted", () -> counters.get(ShuffleCounter.FRAMES_REJECTED) == 2);
        assertThat(peers.server.received).isEmpty();
        assertServesOthers();
    }

    @Test
    void halfAFrameDoesNothing() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        ExecutorIdentity owner = ExecutorIdentity.newborn("owner");
        for (int cut = 1; cut < 60; cut += 7) {
            try (Attacker attacker = new Attacker()) {
                ByteBuffer frame =
                        attacker.open(credentials, owner, cut).sealFrame(message("cut somewhere, to no effect"));
                attacker.say(frame.limit(frame.limit() - cut));
                attacker.channel.shutdownOutput();
                attacker.assertClosed();
            }
        }
        assertThat(peers.server.received).isEmpty();
        assertServesOthers();
    }

    // ---- whose session is it

    @Test
    void aSessionBelongsToTheFirstReaderThatProvesIt() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        ExecutorIdentity owner = ExecutorIdentity.newborn("1");
        try (Attacker first = new Attacker();
                Attacker next = new Attacker();
                Attacker other = new Attacker();
                Attacker reborn = new Attacker()) {
            first.open(credentials, owner, 0);
            next.open(credentials, owner, 1);
            for (Attacker thief : new Attacker[] {other, reborn}) {
                ExecutorIdentity self = ExecutorIdentity.newborn(thief.equals(other) ? "2" : "1");
                thief.say(Handshake.answer(thief.challenge, credentials, self, 2, false)
                        .hello());
                thief.assertRefused(Refusal.OTHER_READER);
            }
        }
        Await.until("both were counted", () -> counters.get(ShuffleCounter.SESSIONS_REFUSED) == 2);
    }

    @Test
    void aHelloIsNoOneElses() throws IOException {
        SessionCredentials credentials = peers.server.issue();
        ExecutorIdentity owner = new ExecutorIdentity("1", UUID.randomUUID());
        try (Attacker thief = new Attacker()) {
            ByteBuffer hello = Handshake.answer(thief.challenge, credentials, owner, 0, false)
                    .hello();
            thief.say(hello.put(hello.limit() - 1, (byte) '2'));
            thief.assertRefused(Refusal.WRONG_KEY);
        }
        ExecutorIdentity otherServer = ExecutorIdentity.newborn("test");
        SessionCredentials forOther = new SessionCredentials(credentials.sessionId(), credentials.key(), otherServer);
        try (Attacker misled = new Attacker()) {
            misled.say(Handshake.answer(misled.challenge, forOther, owner, 0, false)
                    .hello());
            misled.assertRefused(Refusal.WRONG_KEY);
        }
        try (Attacker encrypting = new Attacker()) {
            encrypting.say(Handshake.answer(encrypting.challenge, credentials, owner, 0, true)
                    .hello());
            encrypting.assertRefused(Refusal.WRONG_KEY);
        }
        Await.until("all were counted", () -> counters.get(ShuffleCounter.SESSIONS_REFUSED) == 3);
        assertServesOthers();
    }

    @Test
    void aWindowIsItsSessionsAlone() {
        Reader owner = peers.connect();
        Reader other = peers.connect();
        ExposedWindow window = peers.server.expose(owner.atServer(), TestWindow.ofMemory(WINDOW_BYTES));
        assertThat(other.read(window, 0, 1000).assertFailed()).hasMessageContaining("no such window");
        owner.read(window, 0, WINDOW_BYTES).assertRead();
    }

    @Test
    void endsThatDifferInEncryptionSayWhatToDo() throws IOException {
        try (TestPeer encrypting =
                new TestPeer(new SocketTransport(settings.withEncryption(true), new ShuffleCounters()))) {
            for (boolean serverEncrypts : new boolean[] {true, false}) {
                TestPeer server = serverEncrypts ? encrypting : peers.server;
                TestPeer reader = serverEncrypts ? peers.client : encrypting;
                Reader refused = reader.open(server, server.issue());
                refused.awaitClosed();
                assertThat(refused.opened).hasValue(0);
                assertThat(refused.causes)
                        .singleElement()
                        .satisfies(cause -> assertThat(cause).hasMessageContaining("spark.network.crypto.enabled"));
            }
        }
    }
}

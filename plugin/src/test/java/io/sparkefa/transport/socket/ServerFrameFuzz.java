package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.LoggedErrors;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.seal.Sealer;
import io.sparkefa.seal.SessionKeys;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestWindow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What a connection may say to the server: nothing that it says harms more than its own session, of which nothing is left when
 * it ends. An input is a byte, of which the lowest bit says whether a session is proven first, the next whether frames are sealed
 * with its keys, and the others in pieces of how many bytes the rest comes, and then whatever the peer sends. A proven session has
 * a window with the id 1.
 */
public final class ServerFrameFuzz {

    private static final MemoryLoop MEMORY = new MemoryLoop();

    private static final SessionCredentials CREDENTIALS = new SessionCredentials(
            new UUID(1, 2), new byte[SessionCredentials.KEY_BYTES], new ExecutorIdentity("server", new UUID(3, 4)));

    private static final ExecutorIdentity READER = new ExecutorIdentity("reader", new UUID(5, 6));

    private static final Handler HANDLER = new Handler();

    /** One for all inputs, which leave nothing behind in it: each would take a port. */
    private static final SocketServer SERVER = start();

    private ServerFrameFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length > 0) {
            boolean proven = (input[0] & 1) != 0;
            boolean sealed = (input[0] & 2) != 0;
            int pieceBytes = (input[0] & 0xff) >> 2;
            LoggedErrors.failOn(() ->
                    serve(proven, sealed, pieceBytes, ByteBuffer.wrap(input).position(1)));
        }
    }

    private static void serve(boolean proven, boolean sealed, int pieceBytes, ByteBuffer said) throws IOException {
        HANDLER.reset();
        MemorySocketChannel socket = MEMORY.openSocket();
        socket.connect(socket.getRemoteAddress());
        ServerFlow flow = new ServerFlow(SERVER, MEMORY.loop, MemoryLoop.settings(), socket, "the peer");
        flow.start();
        MEMORY.turn();
        byte[] challenge = greeting(socket);
        ByteBuffer sent = said;
        if (proven) {
            FlowSeal seal = proveSession(socket, challenge);
            assertThat(HANDLER.session).isNotNull();
            sent = sealed ? MemoryLoop.sealed(said, seal) : said;
        }
        MEMORY.deliver(socket, sent, pieceBytes);
        assertThat(socket.isOpen()).isFalse();
        checkFrames(ByteBuffer.wrap(socket.takeSent()), proven);
        // The session outlives its last flow for a while.
        MEMORY.turnLater(Duration.ofMillis(200));
        MEMORY.turnLater(Duration.ofMillis(200));
        assertThat(HANDLER.closed).isEqualTo(HANDLER.session == null ? 0 : 1);
        assertThat(TestWindow.openCount()).isZero();
    }

    private static SocketServer start() {
        try {
            return SocketServer.start(
                    MemoryLoop.settings(),
                    MEMORY.loops,
                    id -> id.equals(CREDENTIALS.sessionId()) ? Optional.of(CREDENTIALS) : Optional.empty(),
                    HANDLER,
                    new ShuffleCounters());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] greeting(MemorySocketChannel socket) throws FrameException {
        return Handshake.readGreeting(MemoryLoop.payload(FrameType.GREETING, socket), false);
    }

    private static FlowSeal proveSession(MemorySocketChannel socket, byte[] challenge) {
        Handshake handshake = Handshake.answer(challenge, CREDENTIALS, READER, 0, false);
        socket.deliver(handshake.hello());
        MEMORY.turn();
        MemoryLoop.payload(FrameType.WELCOME, socket);
        try (SessionKeys keys = handshake.keys()) {
            FlowSeal seal = FlowSeal.ofReader(keys, false);
            socket.deliver(seal.sealFrame(Frame.of(FrameType.MESSAGE, 0, ByteBuffer.allocate(1))));
            MEMORY.turn();
            return seal;
        }
    }

    /** The server keeps to the framing whatever it was told; its last frame may be cut off. */
    private static void checkFrames(ByteBuffer sent, boolean proven) {
        while (sent.remaining() >= Frame.HEADER_BYTES) {
            FrameType type = Objects.requireNonNull(FrameType.ofCode(sent.get()));
            sent.position(sent.position() + 3);
            int lengthBytes = sent.getInt();
            assertThat(type.allowsPayload(lengthBytes)).isTrue();
            int tagBytes = proven && type != FrameType.DATA ? Sealer.TAG_BYTES : 0;
            sent.position(Math.min(sent.limit(), sent.position() + Long.BYTES + lengthBytes + tagBytes));
        }
    }

    /** Exposes a window to a session when it first hears of it. */
    private static final class Handler implements ServerHandler {

        private ServerConnection session;
        private int closed;

        void reset() {
            session = null;
            closed = 0;
        }

        @Override
        public void onMessage(ServerConnection from, ByteBuffer message) {
            if (session == null) {
                session = from;
                from.expose(TestWindow.ofMemory(100, 0, 3000));
            } else if (message.hasRemaining()) {
                from.send(message);
            }
        }

        @Override
        public void onClosed(ServerConnection connection) {
            closed++;
        }
    }
}

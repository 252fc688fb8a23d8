package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One executor of a test: a transport, the sessions it has issued, and what happened to them. */
public final class TestPeer implements SessionDirectory, ServerHandler, AutoCloseable {

    public static final String HOST = "127.0.0.1";

    public final Transport transport;
    public final ExecutorIdentity self = ExecutorIdentity.newborn("test");
    public final TransportAddress address;
    public final Map<UUID, SessionCredentials> issued = new ConcurrentHashMap<>();
    public final Map<UUID, ServerConnection> serving = new ConcurrentHashMap<>();
    public final List<String> received = new CopyOnWriteArrayList<>();
    public final AtomicInteger sessionsClosed = new AtomicInteger();
    private final List<Reader> readers = new CopyOnWriteArrayList<>();
    private final Map<UUID, List<ExposedWindow>> exposed = new ConcurrentHashMap<>();

    /** What to do with a message; by default its text is noted. */
    public volatile BiConsumer<ServerConnection, ByteBuffer> onMessage =
            (from, message) -> received.add(Reader.text(message));

    public TestPeer(Transport transport) throws IOException {
        this.transport = transport;
        this.address = transport.start(self, this, this);
    }

    public SessionCredentials issue() {
        byte[] key = new byte[SessionCredentials.KEY_BYTES];
        ThreadLocalRandom.current().nextBytes(key);
        SessionCredentials credentials = new SessionCredentials(UUID.randomUUID(), key, self);
        issued.put(credentials.sessionId(), credentials);
        return credentials;
    }

    /** Connects to a peer with a session that it issues, waits until that is open, and for the server's side of it. */
    public Reader connect(TestPeer server) {
        return connect(server, server.address, server.issue());
    }

    /** As {@link #connect(TestPeer)}, through whatever stands at an address. */
    public Reader connect(TestPeer server, TransportAddress through, SessionCredentials credentials) {
        Reader reader = open(through, credentials);
        Await.until("the connection is open", () -> reader.opened.get() > 0 || reader.closed.get() > 0);
        assertThat(reader.causes).isEmpty();
        reader.connection().send(Reader.bytes(Reader.HELLO));
        Await.until("the server knows the session", () -> server.serving.containsKey(credentials.sessionId()));
        reader.atServer = server.serving.get(credentials.sessionId());
        return reader;
    }

    /** Begins to connect, and does not wait. */
    public Reader open(TestPeer server, SessionCredentials credentials) {
        return open(server.address, credentials);
    }

    private Reader open(TransportAddress at, SessionCredentials credentials) {
        Reader reader = new Reader();
        readers.add(reader);
        reader.connection = transport.connect(HOST, at, credentials, reader);
        return reader;
    }

    /** Exposes a window until the session ends. */
    public ExposedWindow expose(ServerConnection to, Window window) {
        ExposedWindow exposure = to.expose(window);
        exposed.computeIfAbsent(to.sessionId(), id -> new CopyOnWriteArrayList<>())
                .add(exposure);
        return exposure;
    }

    @Override
    public Optional<SessionCredentials> find(UUID sessionId) {
        return Optional.ofNullable(issued.get(sessionId));
    }

    @Override
    public void onMessage(ServerConnection from, ByteBuffer message) {
        serving.put(from.sessionId(), from);
        if (!Reader.text(message).equals(Reader.HELLO)) {
            onMessage.accept(from, message);
        }
    }

    @Override
    public void onClosed(ServerConnection connection) {
        sessionsClosed.incrementAndGet();
        issued.remove(connection.sessionId());
        serving.remove(connection.sessionId());
        exposed.getOrDefault(connection.sessionId(), List.of()).forEach(ExposedWindow::close);
    }

    /** Where the transport broke its word to a reader. */
    public List<String> violations() {
        return readers.stream().flatMap(reader -> reader.violations.stream()).toList();
    }

    /** Closes the transport, by which every connection has ended. */
    @Override
    public void close() {
        transport.close();
        readers.forEach(Reader::awaitClosed);
    }

    /** A reader's connection and what it was told. */
    public static final class Reader implements ConnectionHandler {

        static final String HELLO = "hello";

        private @Nullable Connection connection;
        private @Nullable ServerConnection atServer;
        public final AtomicInteger opened = new AtomicInteger();
        public final AtomicInteger closed = new AtomicInteger();
        public final AtomicInteger messagesLost = new AtomicInteger();
        public final List<String> received = new CopyOnWriteArrayList<>();
        public final ConcurrentLinkedQueue<TransportException> causes = new ConcurrentLinkedQueue<>();
        public final List<String> violations = new CopyOnWriteArrayList<>();

        public Connection connection() {
            return Objects.requireNonNull(connection);
        }

        /** The server's side of the session; for a reader from {@link TestPeer#connect}. */
        public ServerConnection atServer() {
            return Objects.requireNonNull(atServer);
        }

        public Read read(ExposedWindow window, long offset, int lengthBytes) {
            return read(window, offset, ByteBuffer.allocateDirect(lengthBytes));
        }

        public Read read(ExposedWindow window, long offset, ByteBuffer destination) {
            Read read = new Read(offset, destination);
            connection().read(window.descriptor(), offset, destination, read);
            return read;
        }

        public List<Read> readAll(ExposedWindow window, long lengthBytes, int eachBytes) {
            List<Read> reads = new ArrayList<>();
            for (long offset = 0; offset < lengthBytes; offset += eachBytes) {
                reads.add(read(window, offset, (int) Math.min(eachBytes, lengthBytes - offset)));
            }
            return reads;
        }

        public static ByteBuffer bytes(String text) {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }

        static String text(ByteBuffer bytes) {
            return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        }

        @Override
        public void onOpen() {
            check(opened.incrementAndGet() == 1, "opened twice");
            check(closed.get() == 0, "opened after it was closed");
        }

        @Override
        public void onMessage(ByteBuffer message) {
            check(opened.get() == 1 && closed.get() == 0, "a message outside of the connection's life");
            received.add(text(message));
        }

        @Override
        public void onMessagesLost() {
            check(opened.get() == 1 && closed.get() == 0, "messages lost outside of the connection's life");
            messagesLost.incrementAndGet();
        }

        @Override
        public void onClosed(TransportException cause) {
            check(closed.incrementAndGet() == 1, "closed twice");
            causes.add(cause);
        }

        private void check(boolean holds, String otherwise) {
            if (!holds) {
                violations.add(otherwise);
            }
        }

        public void awaitClosed() {
            Await.until("the connection is closed", () -> closed.get() > 0);
        }
    }

    /** A read and how it ended. */
    public static final class Read implements ReadCompletion {

        public final long offset;
        public final ByteBuffer destination;
        public final AtomicInteger ends = new AtomicInteger();
        public volatile @Nullable TransportException failure;

        public Read(long offset, int lengthBytes) {
            this(offset, ByteBuffer.allocateDirect(lengthBytes));
        }

        public Read(long offset, ByteBuffer destination) {
            this.offset = offset;
            this.destination = destination;
        }

        public Read await() {
            Await.until("the read has ended", this::isOver);
            return this;
        }

        public boolean isOver() {
            return ends.get() > 0;
        }

        /** Waits, and checks that all bytes are those of {@link TestWindow#byteAt}. */
        public void assertRead() {
            await();
            assertThat(failure).isNull();
            assertThat(ends).hasValue(1);
            long mismatch = destination.mismatch(TestWindow.content(offset, destination.remaining()));
            assertThat(mismatch)
                    .as("first wrong byte of " + destination.remaining() + " at " + offset)
                    .isEqualTo(-1);
        }

        public TransportException assertFailed() {
            await();
            assertThat(ends).hasValue(1);
            return Objects.requireNonNull(failure);
        }

        @Override
        public void onRead() {
            ends.incrementAndGet();
        }

        @Override
        public void onReadFailed(TransportException cause) {
            failure = cause;
            ends.incrementAndGet();
        }
    }
}

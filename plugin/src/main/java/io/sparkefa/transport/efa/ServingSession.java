package io.sparkefa.transport.efa;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a session: hands messages to the handler, stages the chunks that the reader asks for, and takes their
 * memory back when the reader is done, or gone. Confined to its rail's thread, except for the methods of
 * {@link ServerConnection}.
 */
final class ServingSession extends Session implements ServerConnection {

    private static final Logger LOG = LoggerFactory.getLogger(ServingSession.class);

    /** A reader keeps within {@link ReaderSession#MAX_READS_AHEAD}; one that asks for more is not ours. */
    private static final int MAX_READS = 2 * ReaderSession.MAX_READS_AHEAD;

    private static final AtomicLong NEXT_WINDOW_ID = new AtomicLong(1);

    /** A chunk that the reader has asked for and not let go of. */
    private static final class ServedRead {

        /** What lets go of the chunk; nothing yet while it is being staged. */
        private @Nullable Runnable release;

        void free() {
            if (release != null) {
                release.run();
            }
        }
    }

    private final UUID sessionId;
    private final ServerHandler handler;
    private final ChunkStager stager;
    private final @Nullable ChunkSealer chunkSealer;
    private final SerialTasks tasks;
    private final Consumer<ServingSession> onOver;

    /** Any thread. */
    private final Map<Long, ServedWindow> windows = new ConcurrentHashMap<>();

    /** Set when the handler is not to hear of this session any more, and windows are closed as they come. Any thread. */
    private volatile boolean ended;

    private final Map<Integer, ServedRead> reads = new HashMap<>();
    private boolean closing;
    private long closingSinceNs;

    /**
     * @param chunkSealer what peers may read is sealed with, if the session is encrypted
     * @param tasks runs the handler, on server threads
     * @param onOver called once, on a server thread, when the handler has been told that this session is closed
     */
    ServingSession(
            RailSessions home,
            long id,
            UUID sessionId,
            ServerHandler handler,
            ChunkStager stager,
            @Nullable ChunkSealer chunkSealer,
            SerialTasks tasks,
            Consumer<ServingSession> onOver) {
        super(home, id, "the reader of session " + sessionId);
        this.sessionId = sessionId;
        this.handler = handler;
        this.stager = stager;
        this.chunkSealer = chunkSealer;
        this.tasks = tasks;
        this.onOver = onOver;
    }

    // ---- any thread

    @Override
    public UUID sessionId() {
        return sessionId;
    }

    @Override
    public void send(ByteBuffer message) {
        if (home().rail().isOnThread()) {
            EfaTransport.checkLength(message, home().settings());
            sendNow(message.duplicate());
        } else {
            ByteBuffer copy = EfaTransport.copyOf(message, home().settings());
            onRail(() -> sendNow(copy));
        }
    }

    private void sendNow(ByteBuffer message) {
        if (!closing && !ended) {
            addMessage(message);
        }
    }

    @Override
    public ExposedWindow expose(Window window) {
        WindowName name = new WindowName(
                NEXT_WINDOW_ID.getAndIncrement(),
                inPlace(window, 0, window.lengthBytes(), WindowName.MAX_EXTENTS).orElse(List.of()));
        int readUnasked = name.isInPlace() ? 1 : 0;
        home().addChunksBeingRead(readUnasked);
        ServedWindow served = new ServedWindow(name, window, () -> {
            windows.remove(name.windowId());
            home().addChunksBeingRead(-readUnasked);
        });
        windows.put(name.windowId(), served);
        if (ended) {
            served.close();
        }
        return served;
    }

    /** Where the reader finds a range without its being copied. What lies in memory that peers may read is not encrypted. */
    private Optional<List<Extent>> inPlace(Window window, long offset, long lengthBytes, int maxExtents) {
        return chunkSealer == null ? stager.inPlace(window, offset, lengthBytes, maxExtents) : Optional.empty();
    }

    @Override
    public void close(String reason) {
        onRail(() -> beginClose(reason));
    }

    /** The rail may be gone, and this session with it. */
    private void onRail(Runnable task) {
        home().rail().tryExecute(task);
    }

    // ---- the rail's thread

    @Override
    boolean isOwed() {
        return !reads.isEmpty() || !windows.isEmpty();
    }

    @Override
    void onHandshake(RecordType type, ByteBuffer from) throws RecordException {
        throw new RecordException("a server was sent " + type);
    }

    @Override
    void onRecord(RecordType type, ByteBuffer from) throws RecordException {
        switch (type) {
            case MESSAGE -> onMessage(from);
            case READ -> onRead(from);
            case DONE -> onDone(from);
            case CLOSE -> {
                String reason = Wire.getText(from);
                LOG.debug("{} ends: {}", peerName(), reason);
                outbox().add(RecordType.CLOSED);
                end();
            }
            case CLOSED -> end();
            default -> throw new RecordException("a server was sent " + type);
        }
    }

    private void onMessage(ByteBuffer from) throws RecordException {
        Wire.need(from, Integer.BYTES);
        ByteBuffer received = Wire.getSlice(from, from.getInt());
        if (!ended && home().answersQuickly() && handler.isQuick(received)) {
            home().answer(() -> handler.onMessage(this, received));
            return;
        }
        byte[] message = Wire.getBytes(received, received.remaining());
        tasks.add(() -> {
            if (!ended) {
                handler.onMessage(this, ByteBuffer.wrap(message));
            }
        });
    }

    private void onRead(ByteBuffer from) throws RecordException {
        Wire.need(from, Integer.BYTES + 2 * Long.BYTES + Integer.BYTES);
        int readId = from.getInt();
        long windowId = from.getLong();
        long offset = from.getLong();
        int lengthBytes = from.getInt();
        if (lengthBytes <= 0 || lengthBytes > home().settings().chunkBytes() || offset < 0) {
            throw new RecordException("a read of " + lengthBytes + " bytes at " + offset);
        }
        if (reads.size() >= MAX_READS || reads.containsKey(readId)) {
            throw new RecordException("read " + readId + " while " + reads.size() + " are not done");
        }
        ServedWindow window = windows.get(windowId);
        if (closing || window == null || !window.hold()) {
            fail(readId, "there is no such window (any more)");
            return;
        }
        if (offset > window.window().lengthBytes() - lengthBytes) {
            window.release();
            fail(readId, "the window has " + window.window().lengthBytes() + " bytes");
            return;
        }
        ServedRead read = new ServedRead();
        reads.put(readId, read);
        home().addChunksBeingRead(1);
        Optional<List<Extent>> inPlace = inPlace(window.window(), offset, lengthBytes, StagedChunk.MAX_EXTENTS);
        if (inPlace.isPresent()) {
            read.release = window::release;
            ready(readId, new StagedChunk(inPlace.get(), new StagedChunk.Unchecked()));
        } else {
            stage(new ChunkSeals.Name(readId, windowId, offset, lengthBytes), read, window);
        }
    }

    private void stage(ChunkSeals.Name name, ServedRead read, ServedWindow window) {
        int readId = name.readId();
        stager.stage(window.window(), name, chunkSealer, new ChunkStager.Staging() {
            @Override
            public void onStaged(StagedChunk chunk, BufferLease lease) {
                // The copy stands for the window from now on.
                window.release();
                boolean accepted = home().rail().tryExecute(() -> onChunkStaged(readId, read, chunk, lease));
                if (!accepted) {
                    lease.close();
                }
            }

            @Override
            public void onUnreadable(IOException cause) {
                window.release();
                onRail(() -> {
                    if (reads.remove(readId, read)) {
                        home().addChunksBeingRead(-1);
                        fail(readId, cause.toString());
                    }
                });
            }
        });
    }

    private void onChunkStaged(int readId, ServedRead read, StagedChunk chunk, BufferLease lease) {
        if (reads.get(readId) == read) {
            read.release = lease::close;
            ready(readId, chunk);
        } else {
            lease.close();
        }
    }

    private void ready(int readId, StagedChunk chunk) {
        chunk.encode(outbox().add(RecordType.READY, Integer.BYTES + chunk.encodedBytes())
                .putInt(readId));
    }

    private void fail(int readId, String why) {
        byte[] text = Wire.text(why);
        outbox().add(RecordType.FAILED, Integer.BYTES + Short.BYTES + text.length)
                .putInt(readId)
                .putShort((short) text.length)
                .put(text);
    }

    private void onDone(ByteBuffer from) throws RecordException {
        Wire.need(from, Integer.BYTES);
        ServedRead read = reads.remove(from.getInt());
        if (read != null) {
            home().addChunksBeingRead(-1);
            read.free();
        }
    }

    /** Tells the reader; the end comes when it has heard. */
    @Override
    void beginClose(String reason) {
        if (!closing && !ended) {
            closing = true;
            closingSinceNs = home().nowNs();
            outbox().addText(RecordType.CLOSE, reason);
        }
    }

    @Override
    void onTick(long nowNs) {
        if (closing && nowNs - closingSinceNs >= EfaTransport.CLOSE_PATIENCE_NS) {
            end();
        }
    }

    @Override
    void onPeerLost(TransportException cause) {
        if (!ended) {
            LOG.info("EFA: {}", cause.getMessage());
            end();
        }
    }

    @Override
    void onRailDown(TransportException cause) {
        end();
    }

    @Override
    void onRailsClosed(TransportException cause) {
        leaveClosedRail();
        end();
    }

    private void end() {
        leave();
        if (ended) {
            return;
        }
        ended = true;
        List<ServedRead> unfinished = List.copyOf(reads.values());
        reads.clear();
        home().addChunksBeingRead(-unfinished.size());
        unfinished.forEach(ServedRead::free);
        tasks.add(() -> {
            handler.onClosed(this);
            List.copyOf(windows.values()).forEach(ServedWindow::close);
            onOver.accept(this);
        });
    }
}

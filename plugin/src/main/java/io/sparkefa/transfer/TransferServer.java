package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.protocol.FetchMessage;
import io.sparkefa.transfer.protocol.LayoutMessage;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transfer.protocol.ProtocolException;
import io.sparkefa.transfer.protocol.RefusedMessage;
import io.sparkefa.transfer.protocol.ReleaseMessage;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of all readers: looks blocks up, exposes them as windows, and takes the windows back. Thread-safe;
 * works on the transport's threads, where it may read the local disk.
 */
public final class TransferServer implements ServerHandler {

    private static final Logger LOG = LoggerFactory.getLogger(TransferServer.class);

    /** A FETCH of four blocks. */
    private static final int QUICK_MESSAGE_BYTES = 100;

    private final AnswerBuilder answers;
    private final SessionRegistry sessions;
    private final TransferSettings settings;
    private final ShuffleCounters counters;
    private final Map<ServerConnection, OpenWindows> windowsBySession = new ConcurrentHashMap<>();

    /**
     * @param staging memory for ranges that are read before they are sent; owned by the caller, and to be closed after the
     *     transport
     */
    public TransferServer(
            MapOutputs mapOutputs,
            BufferPool staging,
            SessionRegistry sessions,
            TransferSettings settings,
            ShuffleCounters counters) {
        this.answers = new AnswerBuilder(mapOutputs, staging, settings, counters);
        this.sessions = sessions;
        this.settings = settings;
        this.counters = counters;
    }

    @Override
    public void onMessage(ServerConnection from, ByteBuffer bytes) {
        try {
            Message message = Message.decode(bytes);
            if (message instanceof FetchMessage fetch) {
                onFetch(from, fetch);
            } else if (message instanceof ReleaseMessage release) {
                onRelease(from, release);
            } else {
                throw new ProtocolException(
                        "a server was sent " + message.getClass().getSimpleName());
            }
        } catch (ProtocolException e) {
            counters.increment(ShuffleCounter.SERVE_PROTOCOL_ERRORS);
            LOG.warn("Session {} broke the protocol and is closed: {}", from.sessionId(), e.getMessage());
            from.close("protocol error: " + e.getMessage());
        }
    }

    /** A release, or a request for a few blocks, whose files are open and in the page cache more often than not. */
    @Override
    public boolean isQuick(ByteBuffer message) {
        return message.remaining() <= QUICK_MESSAGE_BYTES && !settings.checksumAlways();
    }

    @Override
    public void onClosed(ServerConnection connection) {
        sessions.onClosed(connection.sessionId());
        OpenWindows windows = windowsBySession.remove(connection);
        if (windows != null) {
            windows.closeAll();
        }
    }

    /** Windows that readers have not released, over all sessions. */
    public int openWindowCount() {
        return windowsBySession.values().stream().mapToInt(OpenWindows::size).sum();
    }

    /** Sessions that have asked for something and have not ended. */
    public int sessionCount() {
        return windowsBySession.size();
    }

    private void onFetch(ServerConnection from, FetchMessage fetch) throws ProtocolException {
        try {
            answer(from, fetch);
        } catch (RuntimeException e) {
            // A bug of ours must cost this request only: an exception here would end the flow, and the reader would ask
            // again.
            LOG.error(
                    "A request for {} blocks could not be answered",
                    fetch.blocks().size(),
                    e);
            from.send(new RefusedMessage(fetch.requestId(), "the server failed: " + e).encode());
        } catch (FileSystemException e) {
            // Calling the blocks missing would have Spark write them anew. Its own server may be luckier, a moment
            // later.
            LOG.debug("A request for {} blocks is refused", fetch.blocks().size(), e);
            from.send(
                    new RefusedMessage(fetch.requestId(), "a map output cannot be opened: " + e.getMessage()).encode());
        }
    }

    private void answer(ServerConnection from, FetchMessage fetch) throws ProtocolException, FileSystemException {
        counters.increment(ShuffleCounter.SERVE_REQUESTS);
        OpenWindows windows = windowsBySession.computeIfAbsent(from, connection -> new OpenWindows());
        if (windows.size() >= settings.maxWindowsPerSession()) {
            String reason = windows.size() + " answers of this session are not released yet; at most "
                    + settings.maxWindowsPerSession() + " may be";
            from.send(new RefusedMessage(fetch.requestId(), reason).encode());
            return;
        }
        AnswerBuilder.Answer answer = answers.build(fetch);
        Optional<WindowDescriptor> descriptor = Optional.empty();
        if (answer.window().isPresent()) {
            ExposedWindow exposed = from.expose(answer.window().get());
            windows.add(fetch.requestId(), exposed);
            descriptor = Optional.of(exposed.descriptor());
        }
        from.send(new LayoutMessage(fetch.requestId(), answer.blocks(), descriptor, answer.inline()).encode());
    }

    private void onRelease(ServerConnection from, ReleaseMessage release) {
        OpenWindows windows = windowsBySession.get(from);
        if (windows != null) {
            windows.release(release.requestId());
        }
    }

    /** The windows of one session that are waiting to be released. Thread-safe. */
    private static final class OpenWindows {

        // @GuardedBy("this")
        private final Map<Long, ExposedWindow> byRequest = new HashMap<>();
        // @GuardedBy("this")
        private boolean closed;

        synchronized int size() {
            return byRequest.size();
        }

        void add(long requestId, ExposedWindow window) throws ProtocolException {
            synchronized (this) {
                if (!closed && byRequest.putIfAbsent(requestId, window) == null) {
                    return;
                }
            }
            window.close();
            throw new ProtocolException("request id " + requestId + " is in use, or its session has ended");
        }

        void release(long requestId) {
            ExposedWindow window;
            synchronized (this) {
                window = byRequest.remove(requestId);
            }
            if (window != null) {
                window.close();
            }
        }

        void closeAll() {
            List<ExposedWindow> open;
            synchronized (this) {
                closed = true;
                open = List.copyOf(byRequest.values());
                byRequest.clear();
            }
            open.forEach(ExposedWindow::close);
        }
    }
}

package io.sparkefa.transport.loopback;

import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Both sides of one session. What is marked as confined is touched by the network's thread only. */
final class LoopbackSession implements Connection {

    private static final AtomicLong NEXT_WINDOW_ID = new AtomicLong(1);

    private final LoopbackNetwork network;
    private final LoopbackTransport client;
    private final UUID sessionId;
    private final ConnectionHandler handler;
    private final ServingSide servingSide = new ServingSide();
    private final Map<Long, LoopbackWindow> windows = new ConcurrentSkipListMap<>();

    // ---- confined
    private @Nullable LoopbackTransport server;
    private @Nullable TransportException closeCause;
    private final List<Runnable> untilOpen = new ArrayList<>();
    private final Set<ReadCompletion> reads = new LinkedHashSet<>();

    LoopbackSession(LoopbackNetwork network, LoopbackTransport client, UUID sessionId, ConnectionHandler handler) {
        this.network = network;
        this.client = client;
        this.sessionId = sessionId;
        this.handler = handler;
    }

    // ---- the reader's side

    @Override
    public void send(ByteBuffer message) {
        ByteBuffer copy = LoopbackTransport.copyOf(message);
        network.deliverMessage(() -> whenOpen(() -> {
            if (server != null) {
                server.handler().onMessage(servingSide, copy);
            }
        }));
    }

    @Override
    public void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
        if (!destination.isDirect() || !destination.hasRemaining() || offset < 0) {
            throw new IllegalArgumentException("a read at offset " + offset + " into " + destination);
        }
        // Two deliveries, so that the connection or the window can be closed in between.
        network.deliver(() -> {
            if (closeCause != null) {
                completion.onReadFailed(closeCause);
                return;
            }
            reads.add(completion);
            whenOpen(() -> network.deliver(() -> finish(window, offset, destination.duplicate(), completion)));
        });
    }

    private void finish(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
        if (!reads.remove(completion)) {
            return;
        }
        ByteBuffer encoded = ByteBuffer.wrap(window.encoded());
        LoopbackWindow found = encoded.remaining() == Long.BYTES ? windows.get(encoded.getLong()) : null;
        String failure = found == null ? "there is no such window (any more)" : found.read(offset, destination);
        if (failure == null) {
            completion.onRead();
        } else {
            completion.onReadFailed(new TransportException("cannot read from " + sessionId + ": " + failure));
        }
    }

    @Override
    public void close() {
        network.deliver(() -> close("was closed by its reader"));
    }

    // ---- confined: the network's thread

    /** @param accepting null when the peer does not know the session, or is not there */
    void open(@Nullable LoopbackTransport accepting) {
        if (closeCause != null) {
            return;
        }
        if (accepting == null) {
            close("was refused by the peer");
            return;
        }
        server = accepting;
        accepting.add(this);
        handler.onOpen();
        untilOpen.forEach(Runnable::run);
        untilOpen.clear();
    }

    private void whenOpen(Runnable action) {
        if (closeCause == null && server == null) {
            untilOpen.add(action);
        } else if (closeCause == null) {
            action.run();
        }
    }

    /** @param told only the reader's transport has somebody to tell */
    void onMessagesLost(LoopbackTransport told) {
        if (told.equals(client) && server != null) {
            whenOpen(handler::onMessagesLost);
        }
    }

    void close(String how) {
        if (closeCause != null) {
            return;
        }
        TransportException cause = new TransportException("the loopback session " + sessionId + " " + how);
        closeCause = cause;
        untilOpen.clear();
        List.copyOf(reads).forEach(read -> read.onReadFailed(cause));
        reads.clear();
        client.remove(this);
        handler.onClosed(cause);
        LoopbackTransport serving = server;
        if (serving != null) {
            serving.remove(this);
            serving.handler().onClosed(servingSide);
        }
        List.copyOf(windows.values()).forEach(LoopbackWindow::close);
    }

    // ---- the server's side

    private final class ServingSide implements ServerConnection {

        @Override
        public UUID sessionId() {
            return sessionId;
        }

        @Override
        public void send(ByteBuffer message) {
            ByteBuffer copy = LoopbackTransport.copyOf(message);
            network.deliverMessage(() -> whenOpen(() -> handler.onMessage(copy)));
        }

        @Override
        public ExposedWindow expose(Window window) {
            long id = NEXT_WINDOW_ID.getAndIncrement();
            LoopbackWindow exposed = new LoopbackWindow(id, window, () -> windows.remove(id));
            windows.put(id, exposed);
            network.deliver(() -> {
                if (closeCause != null) {
                    exposed.close();
                }
            });
            return exposed;
        }

        @Override
        public void close(String reason) {
            network.deliver(() -> LoopbackSession.this.close("was ended by its server: " + reason));
        }
    }
}

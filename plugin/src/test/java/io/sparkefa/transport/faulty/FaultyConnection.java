package io.sparkefa.transport.faulty;

import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A reader's connection through a {@link FaultyTransport}, and what its inner connection reports to. Everything but copying
 * happens on the timeline, and so do all calls to the handler.
 *
 * <p>It keeps the promises of the transport interface itself: nothing before {@code onOpen} or after {@code onClosed}, each
 * read ends once, and the memory of a read that was handed to the inner connection stays in use until that one has ended it.
 */
final class FaultyConnection implements Connection, ConnectionHandler {

    private final FaultyNetwork network;
    private final FaultyTransport transport;
    private final TransportAddress peer;
    private final ConnectionHandler handler;
    private final Function<ConnectionHandler, Connection> connector;

    // ---- confined to the timeline
    private @Nullable Connection inner;
    private final List<Consumer<Connection>> untilConnected = new ArrayList<>();
    private boolean open;
    private boolean lostBeforeOpen;
    private @Nullable TransportException endCause;
    private boolean closed;
    private final Lane outward = new Lane(this::sendInward);
    private final Lane inward = new Lane(this::deliver);
    private final Set<FaultyRead> reads = new LinkedHashSet<>();
    private boolean cutOff;
    private int cutOffCount;

    FaultyConnection(
            FaultyNetwork network,
            FaultyTransport transport,
            TransportAddress peer,
            ConnectionHandler handler,
            Function<ConnectionHandler, Connection> connector) {
        this.network = network;
        this.transport = transport;
        this.peer = peer;
        this.handler = handler;
        this.connector = connector;
    }

    boolean isOf(FaultyTransport some) {
        return transport == some;
    }

    // ---- from the reader, on any thread

    @Override
    public void send(ByteBuffer message) {
        if (message.remaining() > transport.maxMessageBytes()) {
            throw new IllegalArgumentException(
                    "a message of " + message.remaining() + " bytes; at most " + transport.maxMessageBytes());
        }
        ByteBuffer copy = copyOf(message);
        network.run(() -> outward.pass(copy));
    }

    @Override
    public void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
        if (!destination.isDirect() || !destination.hasRemaining() || offset < 0) {
            throw new IllegalArgumentException("a read at offset " + offset + " into " + destination);
        }
        FaultyRead read = new FaultyRead(window, offset, destination.duplicate(), completion);
        network.run(read::begin);
    }

    @Override
    public void close() {
        network.run(() -> end("was closed by its reader"));
    }

    // ---- from the inner connection, on any thread

    @Override
    public void onOpen() {
        network.run(() -> {
            if (endCause == null) {
                open = true;
                handler.onOpen();
                if (lostBeforeOpen) {
                    tellLost();
                }
            }
        });
    }

    @Override
    public void onMessage(ByteBuffer message) {
        ByteBuffer copy = copyOf(message);
        network.run(() -> inward.pass(copy));
    }

    @Override
    public void onMessagesLost() {
        network.run(this::tellLost);
    }

    @Override
    public void onClosed(TransportException cause) {
        network.run(() -> onInnerClosed(cause));
    }

    // ---- on the timeline: beginning and end

    void connect() {
        if (transport.isClosed()) {
            handler.onClosed(new TransportException("the transport to " + peer.transport() + " is closed"));
            return;
        }
        network.add(this);
        onCutOffChanged();
        if (network.strikes(Fault.CONNECT_REFUSED)) {
            network.afterDelay(() -> end("was refused, as the fault plan has it"));
        } else if (network.strikes(Fault.CONNECT_STALLED)) {
            network.afterStall(() -> end("was not answered, as the fault plan has it"));
        } else if (network.strikes(Fault.CONNECT_LATE)) {
            network.afterDelay(this::connectInner);
        } else {
            connectInner();
        }
    }

    private void connectInner() {
        if (endCause != null || cutOff || inner != null) {
            return;
        }
        Connection connected = connector.apply(this);
        inner = connected;
        untilConnected.forEach(action -> action.accept(connected));
        untilConnected.clear();
    }

    private void whenConnected(Consumer<Connection> action) {
        Connection connected = inner;
        if (connected == null) {
            untilConnected.add(action);
        } else {
            action.accept(connected);
        }
    }

    void end(String how) {
        if (endCause != null) {
            return;
        }
        TransportException cause = new TransportException("the session over " + peer.transport() + " " + how);
        endCause = cause;
        Connection connected = inner;
        if (connected == null) {
            onInnerClosed(cause);
        } else {
            connected.close();
        }
    }

    private void onInnerClosed(TransportException innerCause) {
        if (closed) {
            return;
        }
        closed = true;
        if (endCause == null) {
            endCause = innerCause;
        }
        TransportException cause = endCause;
        List.copyOf(reads).forEach(read -> read.end(cause));
        network.remove(this);
        handler.onClosed(cause);
    }

    private void tellLost() {
        if (endCause == null && open) {
            handler.onMessagesLost();
        } else {
            lostBeforeOpen = true;
        }
    }

    /** Somebody was cut off or is back again; perhaps one of the two that this connection connects. */
    void onCutOffChanged() {
        boolean now = transport.isCutOff() || network.isCutOff(peer);
        if (now == cutOff) {
            return;
        }
        cutOff = now;
        if (now) {
            int count = ++cutOffCount;
            network.afterStall(() -> {
                if (cutOff && cutOffCount == count) {
                    end("ended: the peer was cut off");
                }
            });
        } else if (endCause == null) {
            if (inner == null) {
                connectInner();
            }
            List.copyOf(reads).forEach(FaultyRead::resume);
            tellLost();
        }
    }

    // ---- on the timeline: messages

    private void sendInward(ByteBuffer message) {
        whenConnected(connected -> connected.send(message));
    }

    private void deliver(ByteBuffer message) {
        handler.onMessage(message);
    }

    /** One direction. */
    private final class Lane {
        private final Consumer<ByteBuffer> onward;
        private @Nullable ByteBuffer heldBack;

        Lane(Consumer<ByteBuffer> onward) {
            this.onward = onward;
        }

        void pass(ByteBuffer message) {
            if (endCause != null || cutOff) {
                return;
            }
            if (network.strikes(Fault.CONNECTION_LOST)) {
                end("was lost, as the fault plan has it");
            } else if (network.strikes(Fault.MESSAGE_STALLED)) {
                network.afterStall(() -> end("was given up: a message was not answered, as the fault plan has it"));
            } else if (network.strikes(Fault.MESSAGE_DROPPED)) {
                network.afterDelay(FaultyConnection.this::tellLost);
            } else {
                passChanged(message);
            }
        }

        private void passChanged(ByteBuffer message) {
            boolean truncated = network.strikes(Fault.MESSAGE_TRUNCATED);
            boolean corrupted = network.strikes(Fault.MESSAGE_CORRUPTED);
            if ((truncated || corrupted) && network.plan().sealed()) {
                end("ended: a message did not fit its seal, as the fault plan has it");
                return;
            }
            if (truncated && message.hasRemaining()) {
                message.limit(network.roll(message.limit()));
            }
            if (corrupted) {
                network.corrupt(message);
            }
            if (network.strikes(Fault.MESSAGE_DUPLICATED) && !network.plan().sealed()) {
                ByteBuffer again = copyOf(message);
                network.afterDelay(() -> letGo(again));
            }
            if (network.strikes(Fault.MESSAGE_DELAYED)) {
                network.afterDelay(() -> letGo(message));
            } else if (heldBack == null && network.strikes(Fault.MESSAGE_REORDERED)) {
                heldBack = message;
                network.afterDelay(this::letGoHeldBack);
            } else {
                letGo(message);
                letGoHeldBack();
            }
        }

        private void letGoHeldBack() {
            ByteBuffer held = heldBack;
            heldBack = null;
            if (held != null) {
                letGo(held);
            }
        }

        private void letGo(ByteBuffer message) {
            if (endCause == null && !cutOff) {
                onward.accept(message);
            }
        }
    }

    private static ByteBuffer copyOf(ByteBuffer message) {
        return ByteBuffer.allocate(message.remaining()).put(message.duplicate()).flip();
    }

    // ---- on the timeline: reads

    private final class FaultyRead implements ReadCompletion {
        private final WindowDescriptor window;
        private final long offset;
        private final ByteBuffer destination;
        private final ReadCompletion completion;
        private boolean waitsForPeer;

        FaultyRead(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
            this.window = window;
            this.offset = offset;
            this.destination = destination;
            this.completion = completion;
        }

        void begin() {
            TransportException over = endCause;
            if (over != null) {
                completion.onReadFailed(over);
                return;
            }
            reads.add(this);
            if (cutOff) {
                waitsForPeer = true;
            } else if (network.strikes(Fault.READ_FAILED)) {
                network.afterDelay(() -> end(failure("failed, as the fault plan has it")));
            } else if (network.strikes(Fault.READ_STALLED)) {
                network.afterStall(() -> end(failure("was not answered, as the fault plan has it")));
            } else if (network.strikes(Fault.READ_DELAYED)) {
                network.afterDelay(this::handOn);
            } else {
                handOn();
            }
        }

        void resume() {
            if (waitsForPeer) {
                waitsForPeer = false;
                handOn();
            }
        }

        private void handOn() {
            if (endCause != null) {
                return;
            }
            if (cutOff) {
                waitsForPeer = true;
            } else {
                whenConnected(connected -> connected.read(window, offset, destination, this));
            }
        }

        @Override
        public void onRead() {
            network.run(() -> {
                if (network.strikes(Fault.READ_TRUNCATED)) {
                    int lost = 1 + network.roll(destination.remaining());
                    destination.put(destination.limit() - lost, new byte[lost]);
                }
                if (network.strikes(Fault.READ_CORRUPTED)) {
                    network.corrupt(destination);
                }
                if (network.strikes(Fault.READ_DELAYED)) {
                    network.afterDelay(() -> end(null));
                } else {
                    end(null);
                }
            });
        }

        @Override
        public void onReadFailed(TransportException cause) {
            network.run(() -> end(cause));
        }

        void end(@Nullable TransportException cause) {
            if (!reads.remove(this)) {
                return;
            }
            if (cause == null) {
                completion.onRead();
            } else {
                completion.onReadFailed(cause);
            }
        }

        private TransportException failure(String how) {
            return new TransportException(
                    "a read of " + destination.remaining() + " bytes over " + peer.transport() + " " + how);
        }
    }
}

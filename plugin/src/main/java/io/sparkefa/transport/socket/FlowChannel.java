package io.sparkefa.transport.socket;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames over one TCP connection. Payload goes straight between the socket and where the handler says; between frames only a
 * header's worth of bytes is held. Confined to its loop, but for what is marked.
 */
final class FlowChannel implements SocketLoop.Member {

    private static final Logger LOG = LoggerFactory.getLogger(FlowChannel.class);

    /** After this much one flow lets the others of its loop have a turn. */
    private static final int TURN_BYTES = 2 << 20;

    private static final int MAX_GATHERED = 16;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final SocketLoop loop;
    private final SocketChannel channel;
    private final FrameHandler handler;
    private @Nullable SelectionKey key;
    private boolean closed;

    // ---- receiving
    private final ByteBuffer partialHeader = ByteBuffer.allocate(Frame.HEADER_BYTES);
    private final ByteBuffer[] scatter = new ByteBuffer[2];
    private FrameType frameType = FrameType.GREETING;
    private long frameId;
    private @Nullable ByteBuffer payload;
    private boolean collecting;
    private volatile long lastReceivedNs;
    private volatile long receivedBytes;

    // ---- sending
    private final Queue<ByteBuffer> frames = new ArrayDeque<>();
    private @Nullable DataFrame sending;
    private boolean closeWhenSent;
    private long lastSentNs;
    private volatile long unsentBytes;

    FlowChannel(SocketLoop loop, SocketChannel channel, FrameHandler handler) {
        this.loop = loop;
        this.channel = channel;
        this.handler = handler;
        this.lastReceivedNs = loop.nowNs();
        this.lastSentNs = lastReceivedNs;
    }

    /** Begins to serve a channel that is connected, or is connecting. */
    void open() {
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            boolean connected = channel.isConnected();
            key = loop.add(channel, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
            if (connected) {
                handler.onConnected();
                flush();
            }
        } catch (IOException | RuntimeException e) {
            close(e);
        }
    }

    /** From any thread: runs a step on the flow's loop, unless the flow is closed by then. A failing step closes it. */
    void execute(Runnable step) {
        loop.execute(() -> {
            if (!closed) {
                try {
                    step.run();
                } catch (RuntimeException | Error e) {
                    onFailure(e);
                }
            }
        });
    }

    /** Bytes of frames that wait to be sent; may be read from any thread, as a hint. */
    long unsentBytes() {
        return unsentBytes;
    }

    /** All bytes that ever came in; may be read from any thread. */
    long receivedBytes() {
        return receivedBytes;
    }

    /** When a byte last came in; may be read from any thread. */
    long lastReceivedNs() {
        return lastReceivedNs;
    }

    /** When a byte last moved in either direction. */
    long lastMovedNs() {
        return lastReceivedNs - lastSentNs > 0 ? lastReceivedNs : lastSentNs;
    }

    boolean isClosed() {
        return closed;
    }

    // ---- the loop's calls

    @Override
    public void onReady() throws IOException {
        SelectionKey current = key;
        if (current == null) {
            return;
        }
        int ready = current.readyOps();
        if ((ready & SelectionKey.OP_CONNECT) != 0) {
            channel.finishConnect();
            current.interestOps(SelectionKey.OP_READ);
            lastReceivedNs = loop.nowNs();
            handler.onConnected();
            flush();
            return;
        }
        if ((ready & SelectionKey.OP_READ) != 0) {
            receive();
        }
        if (!closed && (ready & SelectionKey.OP_WRITE) != 0) {
            flush();
        }
    }

    @Override
    public void onTick(long nowNs) throws IOException {
        handler.onTick(nowNs);
    }

    @Override
    public void onFailure(Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("a flow of the sockets transport failed and is closed", cause);
        }
        close(cause);
    }

    // ---- receiving

    private void receive() throws IOException {
        ByteBuffer scratch = loop.scratch();
        for (int budget = TURN_BYTES; budget > 0 && !closed && !handler.wantsPause(); ) {
            scratch.clear();
            long wanted;
            long received;
            ByteBuffer destination = payload;
            if (destination != null) {
                wanted = (long) destination.remaining() + scratch.remaining();
                scatter[0] = destination;
                scatter[1] = scratch;
                received = channel.read(scatter);
            } else {
                scratch.put(partialHeader.flip());
                partialHeader.clear();
                wanted = scratch.remaining();
                received = channel.read(scratch);
            }
            if (received < 0) {
                throw new EOFException("the peer closed the connection");
            }
            if (received > 0) {
                lastReceivedNs = loop.nowNs();
                countReceived(received);
                budget -= (int) received;
            }
            handleFrames(scratch.flip());
            if (received < wanted) {
                break;
            }
        }
        scatter[0] = EMPTY;
        if (!closed) {
            handler.onFramesHandled();
        }
        flush();
    }

    private void handleFrames(ByteBuffer in) throws IOException {
        while (!closed) {
            ByteBuffer destination = payload;
            if (destination != null) {
                move(in, destination);
                if (destination.hasRemaining()) {
                    return;
                }
                payload = null;
                handler.onFrame(frameType, frameId, collecting ? destination.flip() : EMPTY);
            } else if (in.remaining() < Frame.HEADER_BYTES) {
                partialHeader.put(in);
                return;
            } else {
                beginFrame(in);
            }
        }
    }

    private void beginFrame(ByteBuffer in) throws FrameException {
        int typeWord = in.getInt();
        int lengthBytes = in.getInt();
        frameId = in.getLong();
        FrameType type = (typeWord & 0xffffff) == 0 ? FrameType.ofCode((byte) (typeWord >>> 24)) : null;
        if (type == null) {
            throw new FrameException(
                    "a frame begins with " + Integer.toHexString(typeWord) + ", which is no type of frame");
        }
        if (!type.allowsPayload(lengthBytes)) {
            throw new FrameException("a " + type + " frame claims a payload of " + lengthBytes + " bytes");
        }
        frameType = type;
        ByteBuffer destination = handler.onHeader(type, lengthBytes, frameId);
        collecting = destination == null;
        if (destination != null) {
            payload = destination;
        } else if (in.remaining() >= lengthBytes) {
            ByteBuffer whole = in.slice(in.position(), lengthBytes);
            in.position(in.position() + lengthBytes);
            handler.onFrame(type, frameId, whole);
        } else {
            payload = ByteBuffer.allocate(lengthBytes);
        }
    }

    private static void move(ByteBuffer from, ByteBuffer to) {
        int lengthBytes = Math.min(from.remaining(), to.remaining());
        to.put(to.position(), from, from.position(), lengthBytes);
        to.position(to.position() + lengthBytes);
        from.position(from.position() + lengthBytes);
    }

    // ---- sending

    /** Puts a frame in line; {@link #flush} sends it. */
    void enqueue(ByteBuffer frame) {
        frames.add(frame);
        countUnsent(frame.remaining());
    }

    /** Sends what there is to send, as much as the socket takes. */
    void flush() {
        SelectionKey current = key;
        if (closed || current == null || !channel.isConnected()) {
            return;
        }
        try {
            boolean more = sendSome();
            if (!more && closeWhenSent) {
                close(null);
                return;
            }
            int ops = (handler.wantsPause() ? 0 : SelectionKey.OP_READ) | (more ? SelectionKey.OP_WRITE : 0);
            if (current.interestOps() != ops) {
                current.interestOps(ops);
            }
        } catch (IOException | RuntimeException e) {
            onFailure(e);
        }
    }

    /** True when something is left. */
    private boolean sendSome() throws IOException {
        long budget = TURN_BYTES;
        while (true) {
            DataFrame data = sending;
            if (data == null) {
                if (!frames.isEmpty()) {
                    if (!sendFrames()) {
                        return true;
                    }
                    continue;
                }
                data = handler.nextDataFrame();
                if (data == null) {
                    if (frames.isEmpty()) {
                        return false;
                    }
                    continue;
                }
                sending = data;
            }
            if (budget <= 0) {
                return true;
            }
            long sent = data.send(channel);
            if (sent > 0) {
                lastSentNs = loop.nowNs();
            }
            budget -= sent;
            if (!data.isSent()) {
                return true;
            }
            sending = null;
            data.end();
        }
    }

    /** True when all frames in line have been sent. */
    private boolean sendFrames() throws IOException {
        while (!frames.isEmpty()) {
            long wanted = 0;
            long sent;
            if (frames.size() == 1) {
                ByteBuffer frame = frames.element();
                wanted = frame.remaining();
                sent = channel.write(frame);
            } else {
                ByteBuffer[] gathered = frames.stream().limit(MAX_GATHERED).toArray(ByteBuffer[]::new);
                for (ByteBuffer frame : gathered) {
                    wanted += frame.remaining();
                }
                sent = channel.write(gathered);
            }
            while (!frames.isEmpty() && !frames.element().hasRemaining()) {
                frames.remove();
            }
            if (sent > 0) {
                countUnsent(-sent);
                lastSentNs = loop.nowNs();
            }
            if (sent < wanted) {
                return false;
            }
        }
        return true;
    }

    /** Only the loop writes the counts; that others read them makes them volatile. */
    private void countUnsent(long changeBytes) {
        long bytes = unsentBytes + changeBytes;
        unsentBytes = bytes;
    }

    private void countReceived(long newBytes) {
        long bytes = receivedBytes + newBytes;
        receivedBytes = bytes;
    }

    // ---- ending

    /** Closes the channel as soon as all frames in line have been sent. */
    void closeWhenSent() {
        closeWhenSent = true;
        flush();
    }

    /** Whether a payload is half sent, so that no other frame can be. */
    boolean isMidFrame() {
        return sending != null;
    }

    /**
     * Closes the channel, then tells the handler. Harmless when repeated.
     *
     * @param cause null when it happens on purpose
     */
    void close(@Nullable Throwable cause) {
        if (closed) {
            return;
        }
        closed = true;
        loop.remove(this);
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a flow's channel failed", e);
        }
        DataFrame data = sending;
        sending = null;
        if (data != null) {
            data.end();
        }
        frames.clear();
        payload = null;
        handler.onClosed(cause);
    }
}

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
 * Frames over one TCP connection, which goes its way from being connected to being closed. Confined to its loop, but for what is
 * marked.
 */
final class FlowChannel implements SocketLoop.Member {

    private static final Logger LOG = LoggerFactory.getLogger(FlowChannel.class);

    /** After this much one flow lets the others of its loop have a turn. */
    private static final int TURN_BYTES = 2 << 20;

    private static final int MAX_GATHERED = 64;

    private final SocketLoop loop;
    private final SocketChannel channel;
    private final FrameHandler handler;
    private @Nullable SelectionKey key;
    private boolean closed;

    // ---- receiving
    private final FrameInput input;
    private volatile long lastReceivedNs;
    private volatile long receivedBytes;

    // ---- sending
    private final Queue<ByteBuffer> frames = new ArrayDeque<>();
    private @Nullable DataFrame sending;
    private @Nullable FlowSeal seal;
    private boolean closeWhenSent;
    private long lastSentNs;
    private volatile long unsentBytes;

    FlowChannel(SocketLoop loop, SocketChannel channel, FrameHandler handler) {
        this.loop = loop;
        this.channel = channel;
        this.handler = handler;
        this.input = new FrameInput(handler, loop.sealBuffers());
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
            long received = input.receive(channel, scratch);
            if (received < 0) {
                throw new EOFException("the peer closed the connection");
            }
            if (received > 0) {
                lastReceivedNs = loop.nowNs();
                countReceived(received);
                budget -= (int) received;
            }
            input.handleFrames(scratch.flip());
            if (received < input.roomBytes()) {
                break;
            }
        }
        input.rest();
        if (!closed) {
            handler.onFramesHandled();
        }
        flush();
    }

    // ---- sending

    /** From the next frame on, everything in both directions is sealed. */
    void startSealing(FlowSeal with) {
        seal = with;
        input.startOpening(with);
    }

    /**
     * Puts a frame in line; {@link #flush} sends it.
     *
     * @param frame one of {@link Frame}'s, whole; the channel's from now on
     */
    void enqueue(ByteBuffer frame) {
        FlowSeal current = seal;
        ByteBuffer ready = current == null ? frame : current.sealFrame(frame);
        frames.add(ready);
        countUnsent(ready.remaining());
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
        input.end();
        handler.onClosed(cause);
    }
}

package io.sparkefa.transport.socket;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * A connection whose peer is the test: what it {@link #deliver}s is read piece by piece as it was delivered, and what is written
 * waits in {@link #sent}. Connects at once. Confined to the test.
 */
final class MemorySocketChannel extends SocketChannel {

    private final Deque<ByteBuffer> arriving = new ArrayDeque<>();
    final ByteArrayOutputStream sent;
    private boolean connected;
    private boolean ended;

    /** @param sent takes what is written */
    MemorySocketChannel(SelectorProvider provider, ByteArrayOutputStream sent) {
        super(provider);
        this.sent = sent;
    }

    /** Bytes that one read finds, and no more than these. */
    void deliver(ByteBuffer bytes) {
        if (bytes.hasRemaining()) {
            arriving.add(bytes);
        }
    }

    /** The peer says no more. */
    void end() {
        ended = true;
    }

    boolean isReadable() {
        return ended || !arriving.isEmpty();
    }

    /** Takes what was written so far. */
    byte[] takeSent() {
        byte[] bytes = sent.toByteArray();
        sent.reset();
        return bytes;
    }

    @Override
    public int read(ByteBuffer to) {
        ByteBuffer piece = arriving.peek();
        if (piece == null) {
            return ended ? -1 : 0;
        }
        int lengthBytes = Math.min(piece.remaining(), to.remaining());
        to.put(piece.slice(piece.position(), lengthBytes));
        piece.position(piece.position() + lengthBytes);
        if (!piece.hasRemaining()) {
            arriving.remove();
        }
        return lengthBytes;
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int count) {
        ByteBuffer piece = arriving.peek();
        if (piece == null) {
            return ended ? -1 : 0;
        }
        long total = 0;
        int available = piece.remaining();
        for (int i = offset; i < offset + count && total < available; i++) {
            total += read(to[i]);
        }
        return total;
    }

    @Override
    public int write(ByteBuffer from) {
        int lengthBytes = from.remaining();
        while (from.hasRemaining()) {
            sent.write(from.get());
        }
        return lengthBytes;
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int count) {
        long total = 0;
        for (int i = offset; i < offset + count; i++) {
            total += write(from[i]);
        }
        return total;
    }

    @Override
    public boolean connect(SocketAddress remote) {
        connected = true;
        return true;
    }

    @Override
    public boolean finishConnect() {
        return connected;
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public boolean isConnectionPending() {
        return false;
    }

    @Override
    public SocketChannel bind(SocketAddress local) {
        return this;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) {
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException(name.name());
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public SocketChannel shutdownInput() {
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() {
        return this;
    }

    @Override
    public Socket socket() {
        throw new UnsupportedOperationException("a socket in memory");
    }

    @Override
    public SocketAddress getRemoteAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    }

    @Override
    public SocketAddress getLocalAddress() {
        return getRemoteAddress();
    }

    @Override
    protected void implCloseSelectableChannel() {
        arriving.clear();
    }

    @Override
    protected void implConfigureBlocking(boolean block) {
        // It never blocks.
    }
}

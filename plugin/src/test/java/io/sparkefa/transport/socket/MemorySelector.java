package io.sparkefa.transport.socket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A selector over {@link MemorySocketChannel}s, which never waits. The sockets that are opened through it are such channels too;
 * {@link #opened} has them in order; no more than three are in use at a time. Confined to the test.
 */
final class MemorySelector extends AbstractSelector {

    /** More than a socket is written to. */
    private static final int SENT_BYTES = 1 << 20;

    private final Set<SelectionKey> keys = new HashSet<>();
    private final Set<SelectionKey> selected = new HashSet<>();
    final Deque<MemorySocketChannel> opened = new ArrayDeque<>();

    MemorySelector() {
        super(new MemorySockets());
        ((MemorySockets) provider()).selector = this;
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        Key key = new Key(this, channel, ops);
        key.attach(attachment);
        keys.add(key);
        return key;
    }

    @Override
    public int select() {
        Set<SelectionKey> cancelled = cancelledKeys();
        synchronized (cancelled) {
            keys.removeAll(cancelled);
            selected.removeAll(cancelled);
            cancelled.forEach(key -> deregister((AbstractSelectionKey) key));
            cancelled.clear();
        }
        for (SelectionKey key : keys) {
            if (key.readyOps() != 0) {
                selected.add(key);
            }
        }
        return selected.size();
    }

    @Override
    public int select(long timeoutMs) {
        return select();
    }

    @Override
    public int selectNow() {
        return select();
    }

    @Override
    public Selector wakeup() {
        return this;
    }

    @Override
    public Set<SelectionKey> keys() {
        return keys;
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return selected;
    }

    @Override
    protected void implCloseSelector() {
        keys.clear();
    }

    /** Ready to be read when there are bytes or an end, to be written always. */
    private static final class Key extends AbstractSelectionKey {

        private final MemorySelector selector;
        private final SelectableChannel channel;
        private int ops;

        Key(MemorySelector selector, SelectableChannel channel, int ops) {
            this.selector = selector;
            this.channel = channel;
            this.ops = ops;
        }

        @Override
        public SelectableChannel channel() {
            return channel;
        }

        @Override
        public Selector selector() {
            return selector;
        }

        @Override
        public int interestOps() {
            return ops;
        }

        @Override
        public SelectionKey interestOps(int newOps) {
            ops = newOps;
            return this;
        }

        @Override
        public int readyOps() {
            if (!(channel instanceof MemorySocketChannel socket) || !socket.isOpen()) {
                return 0;
            }
            return ops & ((socket.isReadable() ? OP_READ : 0) | OP_WRITE);
        }
    }

    private static final class MemorySockets extends SelectorProvider {

        /** There before it is needed, so that it does not count as memory that an input takes. */
        private final List<ByteArrayOutputStream> buffers = List.of(
                new ByteArrayOutputStream(SENT_BYTES),
                new ByteArrayOutputStream(SENT_BYTES),
                new ByteArrayOutputStream(SENT_BYTES));

        private int nextBuffer;
        private MemorySelector selector;

        @Override
        public MemorySocketChannel openSocketChannel() {
            ByteArrayOutputStream buffer = buffers.get(nextBuffer++ % buffers.size());
            buffer.reset();
            MemorySocketChannel channel = new MemorySocketChannel(this, buffer);
            selector.opened.add(channel);
            return channel;
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() throws IOException {
            throw new IOException("only sockets");
        }

        @Override
        public DatagramChannel openDatagramChannel() throws IOException {
            throw new IOException("only sockets");
        }

        @Override
        public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
            throw new IOException("only sockets");
        }

        @Override
        public Pipe openPipe() throws IOException {
            throw new IOException("only sockets");
        }

        @Override
        public AbstractSelector openSelector() {
            return new MemorySelector();
        }
    }
}

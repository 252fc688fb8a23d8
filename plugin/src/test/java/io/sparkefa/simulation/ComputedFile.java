package io.sparkefa.simulation;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A file whose bytes are worked out when they are read. Only what a server does with its files is there. */
final class ComputedFile extends FileChannel {

    /** Fills the buffer with the file's bytes from a position on. */
    interface Content {
        void read(long position, ByteBuffer to);
    }

    private final long lengthBytes;
    private final Content content;

    ComputedFile(long lengthBytes, Content content) {
        this.lengthBytes = lengthBytes;
        this.content = content;
    }

    @Override
    public int read(ByteBuffer destination, long position) throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (position >= lengthBytes) {
            return -1;
        }
        int count = (int) Math.min(destination.remaining(), lengthBytes - position);
        content.read(position, destination.slice(destination.position(), count));
        destination.position(destination.position() + count);
        return count;
    }

    @Override
    public long size() {
        return lengthBytes;
    }

    @Override
    protected void implCloseChannel() {}

    private static UnsupportedOperationException notHere() {
        return new UnsupportedOperationException("a server only reads at positions");
    }

    @Override
    public int read(ByteBuffer destination) {
        throw notHere();
    }

    @Override
    public long read(ByteBuffer[] destinations, int offset, int length) {
        throw notHere();
    }

    @Override
    public int write(ByteBuffer source) {
        throw notHere();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw notHere();
    }

    @Override
    public int write(ByteBuffer source, long position) {
        throw notHere();
    }

    @Override
    public long position() {
        throw notHere();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw notHere();
    }

    @Override
    public FileChannel truncate(long size) {
        throw notHere();
    }

    @Override
    public void force(boolean metaData) {
        throw notHere();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw notHere();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw notHere();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw notHere();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw notHere();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw notHere();
    }
}

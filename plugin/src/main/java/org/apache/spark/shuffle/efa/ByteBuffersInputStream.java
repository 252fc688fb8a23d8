package org.apache.spark.shuffle.efa;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/** Reads several buffers one after the other, each from its position to its limit. Not thread-safe. */
final class ByteBuffersInputStream extends InputStream {

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Iterator<ByteBuffer> following;
    private ByteBuffer current = EMPTY;

    /** @param buffers whose positions are this stream's to move */
    ByteBuffersInputStream(List<ByteBuffer> buffers) {
        this.following = buffers.iterator();
    }

    @Override
    public int read() {
        return moveToRemaining() ? current.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] destination, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, destination.length);
        if (length == 0) {
            return 0;
        }
        int count = 0;
        while (count < length && moveToRemaining()) {
            int step = Math.min(length - count, current.remaining());
            current.get(destination, offset + count, step);
            count += step;
        }
        return count == 0 ? -1 : count;
    }

    @Override
    public long skip(long count) {
        long skipped = 0;
        while (skipped < count && moveToRemaining()) {
            int step = (int) Math.min(count - skipped, current.remaining());
            current.position(current.position() + step);
            skipped += step;
        }
        return skipped;
    }

    @Override
    public int available() {
        return moveToRemaining() ? current.remaining() : 0;
    }

    /** Makes {@link #current} a buffer that has bytes left; false when there is none. */
    private boolean moveToRemaining() {
        while (!current.hasRemaining()) {
            if (!following.hasNext()) {
                return false;
            }
            current = following.next();
        }
        return true;
    }
}

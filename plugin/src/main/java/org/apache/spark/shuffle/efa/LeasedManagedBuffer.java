package org.apache.spark.shuffle.efa;

import io.netty.buffer.Unpooled;
import io.sparkefa.transfer.FetchedBlock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.spark.network.buffer.ManagedBuffer;

/**
 * A fetched block as Spark wants to see it. Holds one reference to the block's memory from the start, which its maker gives
 * up with {@link #release}; whoever keeps the buffer longer retains it first. Thread-safe.
 */
final class LeasedManagedBuffer extends ManagedBuffer {

    private final FetchedBlock block;

    /** @param block whose reference passes to this buffer */
    LeasedManagedBuffer(FetchedBlock block) {
        this.block = block;
    }

    @Override
    public long size() {
        return block.lengthBytes();
    }

    /** The bytes without a copy when they lie in one piece, otherwise copied together. */
    @Override
    public ByteBuffer nioByteBuffer() throws IOException {
        List<ByteBuffer> pieces = block.buffers();
        if (pieces.size() == 1) {
            return pieces.get(0);
        }
        if (size() > Integer.MAX_VALUE) {
            throw new IOException("a block of " + size() + " bytes does not fit into one buffer");
        }
        ByteBuffer whole = ByteBuffer.allocate((int) size());
        pieces.forEach(whole::put);
        return whole.flip();
    }

    @Override
    public InputStream createInputStream() {
        return new ByteBuffersInputStream(block.buffers());
    }

    @Override
    public ManagedBuffer retain() {
        block.retain();
        return this;
    }

    @Override
    public ManagedBuffer release() {
        block.release();
        return this;
    }

    @Override
    public Object convertToNetty() {
        return Unpooled.wrappedBuffer(block.buffers().toArray(ByteBuffer[]::new));
    }

    /** Spark 3.5 does not declare this method and never calls it. */
    @Override
    public Object convertToNettyForSsl() {
        return convertToNetty();
    }

    @Override
    public String toString() {
        return "a fetched block of " + size() + " bytes";
    }
}

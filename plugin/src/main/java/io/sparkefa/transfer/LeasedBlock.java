package io.sparkefa.transfer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/** A block in leases that it may share with its neighbours. */
final class LeasedBlock implements FetchedBlock {

    private static final SharedLease[] NO_LEASES = {};

    private final ByteBuffer[] buffers;
    private final SharedLease[] leases;
    private final long lengthBytes;
    private final AtomicInteger holders = new AtomicInteger(1);

    /**
     * @param buffers read-only; never moved from here on
     * @param leases what the buffers lie in; the block is one holder of each
     */
    LeasedBlock(ByteBuffer[] buffers, SharedLease[] leases) {
        this.buffers = buffers;
        this.leases = leases;
        long length = 0;
        for (ByteBuffer buffer : buffers) {
            length += buffer.remaining();
        }
        this.lengthBytes = length;
    }

    /** A block whose bytes nobody has to give back. */
    static LeasedBlock unleased(ByteBuffer... buffers) {
        return new LeasedBlock(buffers, NO_LEASES);
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public List<ByteBuffer> buffers() {
        if (buffers.length == 1) {
            return List.of(buffers[0].duplicate());
        }
        List<ByteBuffer> views = new ArrayList<>(buffers.length);
        for (ByteBuffer buffer : buffers) {
            views.add(buffer.duplicate());
        }
        return views;
    }

    int crc32c() {
        CRC32C crc = new CRC32C();
        for (ByteBuffer buffer : buffers) {
            crc.update(buffer.duplicate());
        }
        return (int) crc.getValue();
    }

    @Override
    public void retain() {
        if (holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("a block of " + lengthBytes + " bytes was retained after its last release");
        }
    }

    @Override
    public void release() {
        int before = holders.getAndUpdate(count -> Math.max(0, count - 1));
        if (before == 0) {
            throw new IllegalStateException("a block of " + lengthBytes + " bytes was released too often");
        }
        if (before == 1) {
            for (SharedLease lease : leases) {
                lease.release();
            }
        }
    }
}

package io.sparkefa.transfer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A block in leases that it may share with its neighbours. */
final class LeasedBlock implements FetchedBlock {

    private final List<ByteBuffer> buffers;
    private final List<SharedLease> leases;
    private final long lengthBytes;
    private final AtomicInteger holders = new AtomicInteger(1);

    /**
     * @param leases what the buffers lie in; the block is one holder of each; empty for bytes on the heap
     */
    LeasedBlock(List<ByteBuffer> buffers, List<SharedLease> leases) {
        this.buffers = buffers;
        this.leases = leases;
        long length = 0;
        for (ByteBuffer buffer : buffers) {
            length += buffer.remaining();
        }
        this.lengthBytes = length;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public List<ByteBuffer> buffers() {
        return buffers.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
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
            leases.forEach(SharedLease::release);
        }
    }
}

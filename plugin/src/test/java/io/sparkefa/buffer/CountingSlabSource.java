package io.sparkefa.buffer;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Direct memory that is counted to the byte, bounded, and refused on demand. Thread-safe. */
final class CountingSlabSource implements SlabSource {

    private final Set<ByteBuffer> slabs = Collections.newSetFromMap(new IdentityHashMap<>());
    private final long boundBytes;
    private long liveBytes;
    private int allocations;
    private int attempts;
    private int refusals;
    private boolean boundExceeded;

    CountingSlabSource(long boundBytes) {
        this.boundBytes = boundBytes;
    }

    /** The next this many allocations fail as the JVM does when its direct memory is used up. */
    synchronized void refuseNext(int count) {
        refusals = count;
    }

    @Override
    public synchronized ByteBuffer allocate(int lengthBytes) {
        attempts++;
        if (refusals > 0) {
            refusals--;
            throw new OutOfMemoryError("Cannot reserve " + lengthBytes + " bytes of direct buffer memory");
        }
        ByteBuffer slab = ByteBuffer.allocateDirect(lengthBytes);
        slabs.add(slab);
        liveBytes += lengthBytes;
        allocations++;
        boundExceeded |= liveBytes > boundBytes;
        return slab;
    }

    @Override
    public synchronized void free(ByteBuffer slab) {
        if (!slabs.remove(slab)) {
            throw new AssertionError("freed what was never allocated, or twice: " + slab);
        }
        liveBytes -= slab.capacity();
    }

    synchronized long liveBytes() {
        return liveBytes;
    }

    synchronized int allocations() {
        return allocations;
    }

    synchronized int attempts() {
        return attempts;
    }

    synchronized boolean boundExceeded() {
        return boundExceeded;
    }
}

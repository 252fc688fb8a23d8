package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.MemoryRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * Registered memory that messages are copied into, to be sent from there. A buffer is in use from {@link #fill} to
 * {@link #release}, and belongs to the NIC meanwhile. Confined to the rail's thread.
 *
 * <p>The EFA provider lets peers that guess the key read memory that is registered for sending; what opens a session holds no
 * secrets, and all other messages are encrypted.
 */
final class SendBuffers implements AutoCloseable {

    private final RegisteredMemory memory;
    private final MemoryRegion region;
    private final ByteBuffer bytes;
    private final int bufferBytes;
    private final int[] free;
    private int freeCount;

    SendBuffers(EfaDevices.Device device, RailLimits limits, boolean hugePages) throws IOException {
        int count = limits.sends();
        this.bufferBytes = limits.messageBytes();
        int lengthBytes = Math.multiplyExact(count, bufferBytes);
        this.memory = RegisteredMemory.allocate(
                device.libfabric, List.of(device), "messages to send", lengthBytes, Set.of(Access.SEND), hugePages);
        this.region = memory.region(device.index);
        this.bytes = memory.slice(0, lengthBytes);
        this.free = new int[count];
        for (int i = 0; i < count; i++) {
            free[i] = count - 1 - i;
        }
        this.freeCount = count;
    }

    boolean hasFree() {
        return freeCount > 0;
    }

    MemoryRegion region() {
        return region;
    }

    long offset(int buffer) {
        return (long) buffer * bufferBytes;
    }

    /** Takes a buffer and copies what remains of the message into it; the message's position does not move. */
    int fill(ByteBuffer message) {
        int buffer = free[--freeCount];
        bytes.put(buffer * bufferBytes, message, message.position(), message.remaining());
        return buffer;
    }

    void release(int buffer) {
        free[freeCount++] = buffer;
    }

    @Override
    public void close() {
        memory.close();
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.MemoryRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Registered memory that messages arrive in. A buffer belongs to the NIC while it is posted: from {@link #post} until its
 * completion was polled, or its endpoint closed. Confined to the rail's thread.
 */
final class ReceiveBuffers implements AutoCloseable {

    private final RegisteredMemory memory;
    private final MemoryRegion region;
    private final ByteBuffer[] buffers;
    private final int bufferBytes;
    private final boolean[] posted;
    /** Those that are not posted, some of them perhaps being read by the listener just now. */
    private final int[] toPost;

    private int toPostCount;

    ReceiveBuffers(EfaDevices.Device device, RailLimits limits, boolean hugePages) throws IOException {
        int count = limits.receives();
        this.bufferBytes = limits.messageBytes();
        this.memory = RegisteredMemory.allocate(
                device.libfabric,
                List.of(device),
                "messages to receive",
                Math.multiplyExact(count, bufferBytes),
                Set.of(Access.RECEIVE),
                hugePages);
        this.region = memory.region(device.index);
        this.buffers = new ByteBuffer[count];
        this.posted = new boolean[count];
        this.toPost = new int[count];
        for (int i = 0; i < count; i++) {
            buffers[i] = memory.slice((long) i * bufferBytes, bufferBytes);
        }
        onEndpointClosed();
    }

    boolean isPosted(long context) {
        return context >= 0 && context < posted.length && posted[(int) context];
    }

    /** Posts all that are not. Those that the provider has no room for are tried again at the next call. */
    void post(Endpoint endpoint) throws FabricException {
        while (toPostCount > 0) {
            int buffer = toPost[toPostCount - 1];
            if (!endpoint.receive(region, (long) buffer * bufferBytes, bufferBytes, buffer)) {
                return;
            }
            toPostCount--;
            posted[buffer] = true;
        }
    }

    boolean hasToPost() {
        return toPostCount > 0;
    }

    /**
     * The NIC has given back a buffer, full.
     *
     * @return the message, good until {@link #release}
     */
    ByteBuffer take(long context, long lengthBytes) {
        int buffer = (int) context;
        posted[buffer] = false;
        if (lengthBytes < 0 || lengthBytes > bufferBytes) {
            throw new IllegalStateException(
                    "a message of " + lengthBytes + " bytes in a buffer of " + bufferBytes + " bytes");
        }
        return buffers[buffer].clear().limit((int) lengthBytes).order(ByteOrder.BIG_ENDIAN);
    }

    /** The NIC has given back a buffer, empty. */
    void takeEmpty(long context) {
        take(context, 0);
    }

    /** Nobody reads the buffer any more: it may be posted again. */
    void release(long context) {
        toPost[toPostCount++] = (int) context;
    }

    /** The endpoint is closed: all buffers are ours again. */
    void onEndpointClosed() {
        Arrays.fill(posted, false);
        toPostCount = 0;
        for (int i = buffers.length - 1; i >= 0; i--) {
            toPost[toPostCount++] = i;
        }
    }

    int count() {
        return buffers.length;
    }

    @Override
    public void close() {
        memory.close();
    }
}

package io.sparkefa.transport.socket;

import io.sparkefa.seal.Sealer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The memory of one loop for what is sealed and opened, on the heap, where AES-GCM of the JDK is at its fastest. Confined to the loop;
 * empty until it is used.
 *
 * <p>A flow that sends has one segment at most, until the socket has taken it: less than what the kernel buffers for that flow
 * anyway. Segments that nobody needs are kept up to {@link #MAX_KEPT}.
 */
final class SealBuffers {

    /** What is sealed as one; the last segment of a payload is shorter. Part of the protocol. */
    static final int SEGMENT_BYTES = 64 << 10;

    /** Segments kept for later, 4 MiB. */
    static final int MAX_KEPT = 64;

    private static final int BUFFER_BYTES = Frame.HEADER_BYTES + SEGMENT_BYTES + Sealer.TAG_BYTES;

    private final Deque<ByteBuffer> kept = new ArrayDeque<>();

    /** A segment with a header before it and its tag behind it; to be given back. */
    ByteBuffer acquire() {
        ByteBuffer buffer = kept.poll();
        return buffer == null ? ByteBuffer.allocate(BUFFER_BYTES) : buffer.clear();
    }

    void release(ByteBuffer buffer) {
        if (kept.size() < MAX_KEPT) {
            kept.push(buffer);
        }
    }
}

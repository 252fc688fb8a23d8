package io.sparkefa.transport.socket;

import io.sparkefa.seal.SealException;
import io.sparkefa.seal.Sealer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Receives the sealed payload of DATA frames, one frame after the other. A segment arrives where it belongs, still sealed, and its
 * tag beside it; then it is opened to the same place. So no memory is needed for what is under way. Confined to the flow's loop.
 */
final class SegmentInput {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final FlowSeal seal;
    private final SealBuffers buffers;
    private final ByteBuffer tag = ByteBuffer.allocate(Sealer.TAG_BYTES);
    private ByteBuffer destination = NOTHING;
    private ByteBuffer segment = NOTHING;
    private boolean awaitsTag;

    SegmentInput(FlowSeal seal, SealBuffers buffers) {
        this.seal = seal;
        this.buffers = buffers;
    }

    /** A frame begins whose payload goes to {@code whole}; returns where its first bytes go. */
    ByteBuffer begin(ByteBuffer whole) {
        destination = whole;
        return nextSegment();
    }

    /**
     * What was to be filled has been.
     *
     * @param header of the frame
     * @return where the next bytes go; null when the frame is complete
     */
    @Nullable
    ByteBuffer onFilled(ByteBuffer header) throws SealException {
        if (!awaitsTag) {
            awaitsTag = true;
            return tag.clear();
        }
        open(header);
        if (destination.hasRemaining()) {
            return nextSegment();
        }
        destination = NOTHING;
        segment = NOTHING;
        return null;
    }

    private ByteBuffer nextSegment() {
        int lengthBytes = Math.min(SealBuffers.SEGMENT_BYTES, destination.remaining());
        segment = destination.slice(destination.position(), lengthBytes);
        destination.position(destination.position() + lengthBytes);
        awaitsTag = false;
        return segment;
    }

    private void open(ByteBuffer header) throws SealException {
        ByteBuffer sealed = buffers.acquire();
        ByteBuffer opened = buffers.acquire();
        try {
            sealed.put(segment.flip()).put(tag.flip()).flip();
            seal.openSegment(header.duplicate(), sealed, opened);
            segment.clear().put(opened.flip());
        } finally {
            buffers.release(opened);
            buffers.release(sealed);
        }
    }
}

package io.sparkefa.transport.socket;

import io.sparkefa.seal.Sealer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The layout of frames, big-endian: type (1 byte), zero (3), payload length (4), id (8), payload. Stateless. The buffers
 * returned are ready to be written; behind their limit they have room for a tag, so that they can be sealed in place.
 */
final class Frame {

    static final int HEADER_BYTES = 16;

    /** Window id (8), offset (8), length (4). */
    static final int READ_BYTES = 20;

    static final int MAX_MESSAGE_BYTES = 256 << 10;

    static final int MAX_REASON_BYTES = 512;

    private Frame() {}

    static void putHeader(ByteBuffer out, FrameType type, int lengthBytes, long id) {
        out.putInt(type.code() << 24).putInt(lengthBytes).putLong(id);
    }

    static ByteBuffer empty(FrameType type, long id) {
        ByteBuffer frame = allocate(0);
        putHeader(frame, type, 0, id);
        return frame.flip();
    }

    /** Copies the payload, whose position moves to its limit. */
    static ByteBuffer of(FrameType type, long id, ByteBuffer payload) {
        ByteBuffer frame = allocate(payload.remaining());
        putHeader(frame, type, payload.remaining(), id);
        return frame.put(payload).flip();
    }

    static ByteBuffer read(long readId, long windowId, long offset, int lengthBytes) {
        ByteBuffer frame = allocate(READ_BYTES);
        putHeader(frame, FrameType.READ, READ_BYTES, readId);
        return frame.putLong(windowId).putLong(offset).putInt(lengthBytes).flip();
    }

    private static ByteBuffer allocate(int lengthBytes) {
        return ByteBuffer.allocate(HEADER_BYTES + lengthBytes + Sealer.TAG_BYTES);
    }

    /** A frame whose payload is text, cut to what fits. */
    static ByteBuffer withReason(FrameType type, long id, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return of(type, id, ByteBuffer.wrap(text, 0, Math.min(text.length, MAX_REASON_BYTES)));
    }

    /** The text of a payload, fit for a log. */
    static String reason(ByteBuffer payload) {
        return StandardCharsets.UTF_8.decode(payload).toString().replaceAll("\\p{Cntrl}", " ");
    }
}

package io.sparkefa.transfer.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The server cannot take on a request as a whole, for now; nothing is wrong with its blocks.
 *
 * @param reason for people; cut to {@link #MAX_REASON_BYTES} on the wire
 */
public record RefusedMessage(long requestId, String reason) implements Message {

    static final int TYPE = 3;

    private static final int MAX_REASON_BYTES = 1024;

    @Override
    public ByteBuffer encode() {
        byte[] utf8 = reason.getBytes(StandardCharsets.UTF_8);
        byte[] text = Arrays.copyOf(utf8, Math.min(utf8.length, MAX_REASON_BYTES));
        ByteBuffer out = ByteBuffer.allocate(1 + Long.BYTES + Short.BYTES + text.length);
        return out.put((byte) TYPE)
                .putLong(requestId)
                .putShort((short) text.length)
                .put(text)
                .flip();
    }

    static RefusedMessage decodeBody(WireReader in) throws ProtocolException {
        return new RefusedMessage(in.i64("request id"), in.text("reason", MAX_REASON_BYTES));
    }
}

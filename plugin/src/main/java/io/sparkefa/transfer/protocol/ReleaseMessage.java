package io.sparkefa.transfer.protocol;

import java.nio.ByteBuffer;

/**
 * The reader needs the window of a request no longer: RELEASE when it has read all of it, CANCEL when it has given up. A
 * request that the server does not know (any more) is no error.
 */
public record ReleaseMessage(long requestId, boolean cancelled) implements Message {

    static final int TYPE_RELEASE = 4;
    static final int TYPE_CANCEL = 5;

    @Override
    public ByteBuffer encode() {
        byte type = (byte) (cancelled ? TYPE_CANCEL : TYPE_RELEASE);
        return ByteBuffer.allocate(1 + Long.BYTES).put(type).putLong(requestId).flip();
    }

    static ReleaseMessage decodeBody(WireReader in, boolean cancelled) throws ProtocolException {
        return new ReleaseMessage(in.i64("request id"), cancelled);
    }
}

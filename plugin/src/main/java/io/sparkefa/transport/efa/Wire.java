package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How records are written and read. What is read was written by somebody else, and is checked. */
final class Wire {

    /** The id of the session at the receiver, and the message's number in its session and direction. */
    static final int HEADER_BYTES = 2 * Long.BYTES;

    /** The number of messages that open sessions: not sealed, since there are no keys yet, but proven each for itself. */
    static final long HANDSHAKE = -1;

    private static final int MAX_TEXT_BYTES = 1024;

    private Wire() {}

    /** UTF-8, cut where it would become too long. */
    static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MAX_TEXT_BYTES ? bytes : Arrays.copyOf(bytes, MAX_TEXT_BYTES);
    }

    static String getText(ByteBuffer from) throws RecordException {
        need(from, Short.BYTES);
        int lengthBytes = Short.toUnsignedInt(from.getShort());
        if (lengthBytes > MAX_TEXT_BYTES) {
            throw new RecordException("a text of " + lengthBytes + " bytes");
        }
        return new String(getBytes(from, lengthBytes), StandardCharsets.UTF_8);
    }

    static byte[] getBytes(ByteBuffer from, int lengthBytes) throws RecordException {
        need(from, lengthBytes);
        byte[] bytes = new byte[lengthBytes];
        from.get(bytes);
        return bytes;
    }

    static ByteBuffer getSlice(ByteBuffer from, int lengthBytes) throws RecordException {
        need(from, lengthBytes);
        ByteBuffer slice = from.slice(from.position(), lengthBytes);
        from.position(from.position() + lengthBytes);
        return slice;
    }

    /** Fails unless there are so many more bytes. */
    static void need(ByteBuffer from, int lengthBytes) throws RecordException {
        if (lengthBytes < 0 || from.remaining() < lengthBytes) {
            throw new RecordException(
                    "a record needs " + lengthBytes + " more bytes and its message has " + from.remaining());
        }
    }
}

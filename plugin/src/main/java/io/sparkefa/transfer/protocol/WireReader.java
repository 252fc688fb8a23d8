package io.sparkefa.transfer.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Reads fields off bytes that may be anything: each read checks that the bytes are there and the value is allowed, and
 * otherwise fails with the field's name. Confined to its user.
 */
final class WireReader {

    private final ByteBuffer in;

    /** Reads from a view; the position of {@code bytes} itself does not move. */
    WireReader(ByteBuffer bytes) {
        this.in = bytes.slice().order(ByteOrder.BIG_ENDIAN);
    }

    int remaining() {
        return in.remaining();
    }

    int u8(String field) throws ProtocolException {
        need(Byte.BYTES, field);
        return in.get() & 0xff;
    }

    int u16(String field) throws ProtocolException {
        need(Short.BYTES, field);
        return in.getShort() & 0xffff;
    }

    int i32(String field) throws ProtocolException {
        need(Integer.BYTES, field);
        return in.getInt();
    }

    int i32(String field, int min, int max) throws ProtocolException {
        int value = i32(field);
        if (value < min || value > max) {
            throw new ProtocolException(field + " is " + value + "; allowed is " + min + " to " + max);
        }
        return value;
    }

    long i64(String field) throws ProtocolException {
        need(Long.BYTES, field);
        return in.getLong();
    }

    long nonNegativeI64(String field) throws ProtocolException {
        long value = i64(field);
        if (value < 0) {
            throw new ProtocolException(field + " is " + value + "; it cannot be negative");
        }
        return value;
    }

    UUID uuid(String field) throws ProtocolException {
        need(2 * Long.BYTES, field);
        return new UUID(in.getLong(), in.getLong());
    }

    /** Bytes with a 16-bit length before them. */
    byte[] bytes(String field, int maxLengthBytes) throws ProtocolException {
        int length = u16(field + " length");
        if (length > maxLengthBytes) {
            throw new ProtocolException(field + " has " + length + " bytes; allowed are " + maxLengthBytes);
        }
        return exactly(field, length);
    }

    /** Bytes whose number both sides know. */
    byte[] exactly(String field, int lengthBytes) throws ProtocolException {
        need(lengthBytes, field);
        byte[] value = new byte[lengthBytes];
        in.get(value);
        return value;
    }

    /** UTF-8 with a 16-bit length in bytes before it; malformed sequences become replacement characters. */
    String text(String field, int maxLengthBytes) throws ProtocolException {
        return new String(bytes(field, maxLengthBytes), StandardCharsets.UTF_8);
    }

    /** A view of exactly the bytes that are left. */
    ByteBuffer rest() {
        ByteBuffer rest = in.slice();
        in.position(in.limit());
        return rest;
    }

    void expectEnd() throws ProtocolException {
        if (in.hasRemaining()) {
            throw new ProtocolException(in.remaining() + " bytes too many after the last field");
        }
    }

    private void need(int lengthBytes, String field) throws ProtocolException {
        if (in.remaining() < lengthBytes) {
            throw new ProtocolException(
                    field + " needs " + lengthBytes + " bytes, but only " + in.remaining() + " are left");
        }
    }
}

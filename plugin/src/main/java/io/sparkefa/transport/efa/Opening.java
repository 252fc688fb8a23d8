package io.sparkefa.transport.efa;

import io.sparkefa.seal.SessionProof;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The body of OPEN: session id (16), the reader's id for it (8), the reader's control rail (1), its address (length 2, bytes),
 * proof (32).
 *
 * @param readerId what the server's messages have to begin with
 * @param rail the reader's rail, by its index in the address, from which this comes and to which answers go
 * @param proof that the reader holds the session's key, over all before it
 */
record Opening(UUID sessionId, long readerId, int rail, EfaAddress address, byte[] proof) {

    private static final int FIXED_BYTES = 2 * Long.BYTES + Long.BYTES + 1 + Short.BYTES;

    /** The body of a reader's OPEN. */
    static ByteBuffer encode(UUID sessionId, byte[] key, long readerId, int rail, EfaAddress address) {
        byte[] encodedAddress = address.encode();
        ByteBuffer body = ByteBuffer.allocate(FIXED_BYTES + encodedAddress.length + SessionProof.BYTES);
        body.putLong(sessionId.getMostSignificantBits());
        body.putLong(sessionId.getLeastSignificantBits());
        body.putLong(readerId).put((byte) rail);
        body.putShort((short) encodedAddress.length).put(encodedAddress);
        byte[] proof = SessionProof.of(key, said(body, 0, body.position()));
        return body.put(proof).flip();
    }

    static Opening decode(ByteBuffer from) throws RecordException {
        Wire.need(from, FIXED_BYTES);
        UUID sessionId = new UUID(from.getLong(), from.getLong());
        long readerId = from.getLong();
        int rail = Byte.toUnsignedInt(from.get());
        byte[] address = Wire.getBytes(from, Short.toUnsignedInt(from.getShort()));
        byte[] proof = Wire.getBytes(from, SessionProof.BYTES);
        try {
            Opening opening = new Opening(sessionId, readerId, rail, EfaAddress.decode(address), proof);
            if (rail >= opening.address.rails().size()
                    || opening.address.rails().get(rail).length == 0) {
                throw new RecordException(
                        "rail " + rail + " of " + opening.address.rails().size() + " is down");
            }
            return opening;
        } catch (IOException e) {
            throw new RecordException(e.toString());
        }
    }

    /** Whether the reader holds the key. */
    boolean proves(byte[] key) {
        ByteBuffer said = encode(sessionId, key, readerId, rail, address);
        said.limit(said.limit() - SessionProof.BYTES);
        return SessionProof.holds(proof, key, said);
    }

    /** What answers go to. */
    byte[] replyTo() {
        return address.rails().get(rail);
    }

    private static ByteBuffer said(ByteBuffer body, int from, int to) {
        return body.duplicate().limit(to).position(from);
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The body of OPEN: session id (16), the reader's id for it (8), its challenge (16), whether it wants what is read to be
 * encrypted (1), its incarnation (16), its executor id (text), its control rail (1), its address (length 2, bytes), proof (32)
 * that it holds the session's key, over all before it and the identity of the server that it means.
 *
 * @param readerId what the server's messages have to begin with
 * @param challenge random, so that the keys of no two openings are the same
 * @param rail the reader's rail, by its index in the address, from which this comes and to which answers go
 * @param said all of the body, which answers have to prove to have been meant for
 */
record Opening(
        UUID sessionId,
        long readerId,
        byte[] challenge,
        boolean encrypted,
        ExecutorIdentity reader,
        int rail,
        EfaAddress address,
        byte[] said) {

    static final int CHALLENGE_BYTES = 16;

    private static final int ID_BYTES = 2 * Long.BYTES;

    /** The body of a reader's OPEN, with its proof. */
    static Opening of(
            SessionCredentials credentials,
            ExecutorIdentity reader,
            long readerId,
            byte[] challenge,
            boolean encrypted,
            int rail,
            EfaAddress address) {
        byte[] executorId = Wire.text(reader.executorId());
        byte[] encodedAddress = address.encode();
        ByteBuffer body = ByteBuffer.allocate(2 * ID_BYTES
                + Long.BYTES
                + CHALLENGE_BYTES
                + 1
                + Short.BYTES
                + executorId.length
                + 1
                + Short.BYTES
                + encodedAddress.length
                + RecordProof.BYTES);
        putId(body, credentials.sessionId());
        body.putLong(readerId).put(challenge).put((byte) (encrypted ? 1 : 0));
        putId(body, reader.incarnation());
        body.putShort((short) executorId.length).put(executorId);
        body.put((byte) rail).putShort((short) encodedAddress.length).put(encodedAddress);
        ByteBuffer before = body.duplicate().flip();
        body.put(RecordProof.of(credentials.key(), RecordType.OPEN, before, meant(credentials.server())));
        return new Opening(
                credentials.sessionId(), readerId, challenge, encrypted, reader, rail, address, body.array());
    }

    /** Which session a body is about; the body's position does not move. */
    static UUID sessionIdOf(ByteBuffer body) throws RecordException {
        ByteBuffer id = body.duplicate();
        Wire.need(id, ID_BYTES);
        return new UUID(id.getLong(), id.getLong());
    }

    /**
     * Believes nothing before the proof was checked.
     *
     * @param body all that remains of the message
     * @throws RecordException also when the reader does not hold the key, or means another server
     */
    static Opening decode(ByteBuffer body, SessionCredentials credentials) throws RecordException {
        byte[] said = Wire.getBytes(body.duplicate(), body.remaining());
        ByteBuffer from = ByteBuffer.wrap(said);
        Wire.need(from, ID_BYTES + RecordProof.BYTES);
        int proofAt = said.length - RecordProof.BYTES;
        byte[] proof = Wire.getBytes(from.duplicate().position(proofAt), RecordProof.BYTES);
        from.limit(proofAt);
        RecordProof.check(proof, credentials.key(), RecordType.OPEN, from, meant(credentials.server()));
        Wire.need(from, 2 * ID_BYTES + Long.BYTES + CHALLENGE_BYTES + 1);
        UUID sessionId = new UUID(from.getLong(), from.getLong());
        long readerId = from.getLong();
        byte[] challenge = Wire.getBytes(from, CHALLENGE_BYTES);
        boolean encrypted = from.get() != 0;
        UUID incarnation = new UUID(from.getLong(), from.getLong());
        ExecutorIdentity reader = new ExecutorIdentity(Wire.getText(from), incarnation);
        Wire.need(from, 1 + Short.BYTES);
        int rail = Byte.toUnsignedInt(from.get());
        byte[] encodedAddress = Wire.getBytes(from, Short.toUnsignedInt(from.getShort()));
        try {
            EfaAddress address = EfaAddress.decode(encodedAddress);
            if (rail >= address.rails().size() || address.rails().get(rail).length == 0) {
                throw new RecordException(
                        "rail " + rail + " of " + address.rails().size() + " is down");
            }
            return new Opening(sessionId, readerId, challenge, encrypted, reader, rail, address, said);
        } catch (IOException e) {
            throw new RecordException(e.toString());
        }
    }

    /** What answers go to. */
    byte[] replyTo() {
        return address.rails().get(rail);
    }

    private static ByteBuffer meant(ExecutorIdentity server) {
        byte[] executorId = server.executorId().getBytes(StandardCharsets.UTF_8);
        ByteBuffer meant = ByteBuffer.allocate(ID_BYTES + executorId.length);
        putId(meant, server.incarnation());
        return meant.put(executorId).flip();
    }

    private static void putId(ByteBuffer to, UUID id) {
        to.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }
}

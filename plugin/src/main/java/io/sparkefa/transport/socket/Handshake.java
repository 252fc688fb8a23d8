package io.sparkefa.transport.socket;

import io.sparkefa.transport.SessionCredentials;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How both ends of a flow prove to each other that they hold the session's key, without showing it: each answers the other's
 * random challenge with an HMAC-SHA256. Immutable.
 *
 * @param challenge the server's, from GREETING
 * @param answer what the client sent in HELLO
 */
record Handshake(byte[] challenge, Hello answer) {

    static final int MAGIC = 0x53454641; // "SEFA"
    static final short VERSION = 1;
    static final int CHALLENGE_BYTES = 16;
    static final int PROOF_BYTES = 32;

    /** Magic (4), version (2), zero (2), challenge. */
    static final int GREETING_BYTES = 8 + CHALLENGE_BYTES;

    /** Session id (16), the client's challenge, flow index (4), proof. */
    static final int HELLO_BYTES = 16 + CHALLENGE_BYTES + 4 + PROOF_BYTES;

    /** Instance of the session (8), proof. */
    static final int WELCOME_BYTES = 8 + PROOF_BYTES;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a client says about itself. */
    record Hello(UUID sessionId, byte[] challenge, int flowIndex, byte[] proof) {}

    static byte[] newChallenge() {
        byte[] challenge = new byte[CHALLENGE_BYTES];
        RANDOM.nextBytes(challenge);
        return challenge;
    }

    static long newInstance() {
        return RANDOM.nextLong();
    }

    static ByteBuffer greeting(byte[] challenge) {
        ByteBuffer payload = ByteBuffer.allocate(GREETING_BYTES);
        payload.putInt(MAGIC).putShort(VERSION).putShort((short) 0).put(challenge);
        return Frame.of(FrameType.GREETING, 0, payload.flip());
    }

    /** The challenge of a greeting. */
    static byte[] readGreeting(ByteBuffer payload) throws FrameException {
        int magic = payload.getInt();
        short version = payload.getShort();
        payload.getShort();
        if (magic != MAGIC) {
            throw new FrameException(
                    "what listens there is not spark-efa: it greets with " + Integer.toHexString(magic));
        }
        if (version != VERSION) {
            throw new FrameException("it speaks version " + version + " of the sockets framing; here is " + VERSION);
        }
        return take(payload, CHALLENGE_BYTES);
    }

    static Handshake answer(byte[] serverChallenge, SessionCredentials credentials, int flowIndex) {
        byte[] challenge = newChallenge();
        Hello unproven = new Hello(credentials.sessionId(), challenge, flowIndex, new byte[0]);
        byte[] proof = new Handshake(serverChallenge, unproven).proof(credentials.key(), 'C', 0);
        return new Handshake(serverChallenge, new Hello(credentials.sessionId(), challenge, flowIndex, proof));
    }

    ByteBuffer hello() {
        ByteBuffer payload = ByteBuffer.allocate(HELLO_BYTES);
        payload.putLong(answer.sessionId.getMostSignificantBits());
        payload.putLong(answer.sessionId.getLeastSignificantBits());
        payload.put(answer.challenge).putInt(answer.flowIndex).put(answer.proof);
        return Frame.of(FrameType.HELLO, 0, payload.flip());
    }

    static Hello readHello(ByteBuffer payload) {
        UUID sessionId = new UUID(payload.getLong(), payload.getLong());
        byte[] challenge = take(payload, CHALLENGE_BYTES);
        int flowIndex = payload.getInt();
        return new Hello(sessionId, challenge, flowIndex, take(payload, PROOF_BYTES));
    }

    /** Whether the client holds the key. */
    boolean clientProves(byte[] key) {
        return MessageDigest.isEqual(answer.proof, proof(key, 'C', 0));
    }

    ByteBuffer welcome(byte[] key, long instance) {
        ByteBuffer payload = ByteBuffer.allocate(WELCOME_BYTES);
        payload.putLong(instance).put(proof(key, 'S', instance));
        return Frame.of(FrameType.WELCOME, 0, payload.flip());
    }

    /** The session's instance, from a WELCOME that proves that the server holds the key. */
    long readWelcome(ByteBuffer payload, byte[] key) throws FrameException {
        long instance = payload.getLong();
        if (!MessageDigest.isEqual(take(payload, PROOF_BYTES), proof(key, 'S', instance))) {
            throw new FrameException("what listens there does not hold the session's key");
        }
        return instance;
    }

    private byte[] proof(byte[] key, char role, long instance) {
        ByteBuffer input = ByteBuffer.allocate(3 + 2 * CHALLENGE_BYTES + 16 + 4 + 8);
        input.put((byte) role).putShort(VERSION).put(challenge).put(answer.challenge);
        input.putLong(answer.sessionId.getMostSignificantBits());
        input.putLong(answer.sessionId.getLeastSignificantBits());
        input.putInt(answer.flowIndex).putLong(instance);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(input.array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HmacSHA256", e);
        }
    }

    private static byte[] take(ByteBuffer from, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        from.get(bytes);
        return bytes;
    }
}

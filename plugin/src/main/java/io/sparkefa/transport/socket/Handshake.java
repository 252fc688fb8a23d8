package io.sparkefa.transport.socket;

import io.sparkefa.seal.SessionKeys;
import io.sparkefa.seal.SessionProof;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionBinding;
import io.sparkefa.transport.SessionCredentials;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.UUID;

/**
 * How both ends of a flow prove to each other that they hold the session's key, without showing it: each answers the other's
 * random challenge with an HMAC-SHA256 over that and everything that both know of the session. Immutable.
 *
 * @param challenge the server's, from GREETING
 * @param answer what the reader sent in HELLO
 * @param credentials of the session
 * @param encrypted whether this end encrypts payload
 */
record Handshake(byte[] challenge, Hello answer, SessionCredentials credentials, boolean encrypted) {

    static final int MAGIC = 0x53454641; // "SEFA"
    static final short VERSION = 2;
    static final int CHALLENGE_BYTES = 16;

    /** Magic (4), version (2), whether payload is encrypted (1), zero (1), challenge. */
    static final int GREETING_BYTES = 8 + CHALLENGE_BYTES;

    /** Session id (16), the reader's challenge, flow index (4), proof, the reader's incarnation (16); its id follows. */
    static final int HELLO_BYTES = 16 + CHALLENGE_BYTES + 4 + SessionProof.BYTES + 16;

    static final int MAX_HELLO_BYTES = HELLO_BYTES + ExecutorIdentity.MAX_ID_BYTES;

    /** Instance of the session (8), proof. */
    static final int WELCOME_BYTES = 8 + SessionProof.BYTES;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a reader says about itself. */
    record Hello(UUID sessionId, byte[] challenge, int flowIndex, byte[] proof, ExecutorIdentity reader) {}

    static byte[] newChallenge() {
        byte[] challenge = new byte[CHALLENGE_BYTES];
        RANDOM.nextBytes(challenge);
        return challenge;
    }

    static long newInstance() {
        return RANDOM.nextLong();
    }

    static ByteBuffer greeting(byte[] challenge, boolean encrypted) {
        ByteBuffer payload = ByteBuffer.allocate(GREETING_BYTES);
        payload.putInt(MAGIC).putShort(VERSION).put((byte) (encrypted ? 1 : 0)).put((byte) 0);
        return Frame.of(FrameType.GREETING, 0, payload.put(challenge).flip());
    }

    /**
     * The challenge of a greeting.
     *
     * @throws FrameException also when the server does not encrypt and this end does, or the other way round. A greeting is not
     *     proven; whoever changes it keeps two executors apart, and wins nothing else: the proofs are over the mode as well
     */
    static byte[] readGreeting(ByteBuffer payload, boolean encrypted) throws FrameException {
        int magic = payload.getInt();
        short version = payload.getShort();
        boolean serverEncrypts = payload.get() != 0;
        payload.get();
        if (magic != MAGIC) {
            throw new FrameException(
                    "what listens there is not spark-efa: it greets with " + Integer.toHexString(magic));
        }
        if (version != VERSION) {
            throw new FrameException("it speaks version " + version + " of the sockets framing; here is " + VERSION);
        }
        if (serverEncrypts != encrypted) {
            throw new FrameException("it is set " + (serverEncrypts ? "" : "not ") + "to encrypt, and this executor is "
                    + (encrypted ? "" : "not")
                    + "; spark.network.crypto.enabled, spark.authenticate.enableSaslEncryption"
                    + " and spark.ssl.rpc.enabled must be the same on both");
        }
        return take(payload, CHALLENGE_BYTES);
    }

    static Handshake answer(
            byte[] serverChallenge,
            SessionCredentials credentials,
            ExecutorIdentity self,
            int flowIndex,
            boolean encrypted) {
        Hello unproven = new Hello(credentials.sessionId(), newChallenge(), flowIndex, new byte[0], self);
        byte[] proof = new Handshake(serverChallenge, unproven, credentials, encrypted).proof('C', 0);
        Hello proven = new Hello(unproven.sessionId, unproven.challenge, flowIndex, proof, self);
        return new Handshake(serverChallenge, proven, credentials, encrypted);
    }

    ByteBuffer hello() {
        byte[] readerId = answer.reader.executorId().getBytes(StandardCharsets.UTF_8);
        ByteBuffer payload = ByteBuffer.allocate(HELLO_BYTES + readerId.length);
        putUuid(payload, answer.sessionId);
        payload.put(answer.challenge).putInt(answer.flowIndex).put(answer.proof);
        putUuid(payload, answer.reader.incarnation());
        return Frame.of(FrameType.HELLO, 0, payload.put(readerId).flip());
    }

    static Hello readHello(ByteBuffer payload) {
        UUID sessionId = new UUID(payload.getLong(), payload.getLong());
        byte[] challenge = take(payload, CHALLENGE_BYTES);
        int flowIndex = payload.getInt();
        byte[] proof = take(payload, SessionProof.BYTES);
        UUID incarnation = new UUID(payload.getLong(), payload.getLong());
        String readerId = StandardCharsets.UTF_8.decode(payload).toString();
        return new Hello(sessionId, challenge, flowIndex, proof, new ExecutorIdentity(readerId, incarnation));
    }

    /** Whether the reader holds the key, and means what this end means. */
    boolean readerProves() {
        return SessionProof.holds(answer.proof, credentials.key(), said('C', 0));
    }

    ByteBuffer welcome(long instance) {
        ByteBuffer payload = ByteBuffer.allocate(WELCOME_BYTES);
        payload.putLong(instance).put(proof('S', instance));
        return Frame.of(FrameType.WELCOME, 0, payload.flip());
    }

    /** The session's instance, from a WELCOME that proves that the server holds the key. */
    long readWelcome(ByteBuffer payload) throws FrameException {
        long instance = payload.getLong();
        if (!SessionProof.holds(take(payload, SessionProof.BYTES), credentials.key(), said('S', instance))) {
            throw new FrameException("what listens there does not hold the session's key");
        }
        return instance;
    }

    /** The flow's keys, the same at both ends once both have proven themselves. */
    SessionKeys keys() {
        byte[] salt = ByteBuffer.allocate(2 * CHALLENGE_BYTES)
                .put(challenge)
                .put(answer.challenge)
                .array();
        return SessionKeys.derive(credentials.key(), salt, binding());
    }

    private byte[] proof(char role, long instance) {
        return SessionProof.of(credentials.key(), said(role, instance));
    }

    private ByteBuffer said(char role, long instance) {
        byte[] binding = binding();
        return ByteBuffer.allocate(1 + 8 + 2 * CHALLENGE_BYTES + binding.length)
                .put((byte) role)
                .putLong(instance)
                .put(challenge)
                .put(answer.challenge)
                .put(binding)
                .flip();
    }

    private byte[] binding() {
        return new SessionBinding(
                        SocketTransport.NAME,
                        VERSION,
                        encrypted,
                        answer.sessionId,
                        answer.reader,
                        credentials.server(),
                        answer.flowIndex)
                .encode();
    }

    private static void putUuid(ByteBuffer out, UUID uuid) {
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    private static byte[] take(ByteBuffer from, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        from.get(bytes);
        return bytes;
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.seal.Opener;
import io.sparkefa.seal.SealPurpose;
import io.sparkefa.seal.Sealer;
import io.sparkefa.seal.SessionKeys;
import io.sparkefa.transport.SessionBinding;
import io.sparkefa.transport.SessionCredentials;
import java.nio.ByteBuffer;

/**
 * The keys of one opening of a session, as its two ends use them. Made of the session's key and of what both ends have drawn for
 * this opening, for all that both know of it. Immutable; thread-safe.
 */
final class SessionSecrets {

    /** {@link SessionBinding#flowIndex} of what messages are sealed with; from 1 on are the {@linkplain ChunkSealer lanes}. */
    private static final int MESSAGES = 0;

    private final SessionCredentials credentials;
    private final Opening opening;
    private final byte[] salt;

    private SessionSecrets(SessionCredentials credentials, Opening opening, byte[] salt) {
        this.credentials = credentials;
        this.opening = opening;
        this.salt = salt;
    }

    static SessionSecrets of(Opening opening, Acceptance acceptance, SessionCredentials credentials) {
        byte[] salt = ByteBuffer.allocate(2 * Opening.CHALLENGE_BYTES)
                .put(opening.challenge())
                .put(acceptance.challenge())
                .array();
        return new SessionSecrets(credentials, opening, salt);
    }

    /** For the reader's end; once. */
    MessageSeal readerMessages() {
        return messages(SealPurpose.READER_MESSAGES, SealPurpose.SERVER_MESSAGES);
    }

    /** For the server's end; once. */
    MessageSeal serverMessages() {
        return messages(SealPurpose.SERVER_MESSAGES, SealPurpose.READER_MESSAGES);
    }

    private MessageSeal messages(SealPurpose own, SealPurpose others) {
        try (SessionKeys keys = keys(MESSAGES)) {
            return new MessageSeal(keys.sealer(own), keys.opener(others));
        }
    }

    /** For the server's end, once for each lane. */
    Sealer laneSealer(int lane) {
        try (SessionKeys keys = keys(lane)) {
            return keys.sealer(SealPurpose.SERVER_PAYLOAD);
        }
    }

    /** For the reader's end, as often as needed. */
    Opener laneOpener(int lane) {
        try (SessionKeys keys = keys(lane)) {
            return keys.opener(SealPurpose.SERVER_PAYLOAD);
        }
    }

    private SessionKeys keys(int lane) {
        SessionBinding binding = new SessionBinding(
                EfaTransport.NAME,
                EfaAddress.VERSION,
                opening.encrypted(),
                opening.sessionId(),
                opening.reader(),
                credentials.server(),
                lane);
        return SessionKeys.derive(credentials.key(), salt, binding.encode());
    }

    @Override
    public String toString() {
        return "the keys of " + credentials;
    }
}

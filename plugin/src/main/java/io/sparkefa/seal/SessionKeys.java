package io.sparkefa.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;

/**
 * The keys of one opening of a session, one for each {@link SealPurpose}: HKDF of the session's key, salted with what both sides
 * have just drawn at random, for everything that both sides know about the session. Sides that differ in any of it do not
 * understand each other.
 *
 * <p>Thread-safe. {@link #close} overwrites what this object holds; sealers and openers live on.
 */
public final class SessionKeys implements AutoCloseable {

    /** AES-256. */
    private static final int KEY_BYTES = 32;

    /** The first bytes of every nonce of a key. */
    private static final int PREFIX_BYTES = 4;

    // ---- guarded by this
    private final byte[] master;
    private final Set<SealPurpose> sealing = EnumSet.noneOf(SealPurpose.class);
    private boolean closed;

    private final byte[] info;

    private SessionKeys(byte[] master, byte[] info) {
        this.master = master;
        this.info = info;
    }

    /**
     * @param sessionKey random, known to both sides only; not kept
     * @param salt what both sides have drawn for this opening; never the same for another
     * @param info what the keys are bound to: protocol, mode, both executors, session, flow
     */
    public static SessionKeys derive(byte[] sessionKey, byte[] salt, byte[] info) {
        return new SessionKeys(Hkdf.extract(salt, sessionKey), info.clone());
    }

    /** Why nothing can be sealed in this JVM; nothing when it can. */
    public static Optional<String> unavailabilityCause() {
        try {
            Cipher.getInstance(GcmCipher.TRANSFORMATION);
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            return Optional.of("this JVM has no " + GcmCipher.TRANSFORMATION + ": " + e.getMessage());
        }
    }

    /**
     * What seals with the key for this purpose, from number 0 on.
     *
     * @throws IllegalStateException the second time, since two sealers with one key would use each number twice
     */
    public synchronized Sealer sealer(SealPurpose purpose) {
        if (!sealing.add(purpose)) {
            throw new IllegalStateException("there is a sealer for " + purpose + " already");
        }
        return new Sealer(cipher(purpose));
    }

    /** What opens with the key for this purpose. */
    public synchronized Opener opener(SealPurpose purpose) {
        return new Opener(cipher(purpose));
    }

    private GcmCipher cipher(SealPurpose purpose) {
        if (closed) {
            throw new IllegalStateException("the session's keys have been closed");
        }
        byte[] purposeInfo = ByteBuffer.allocate(info.length + 1)
                .put(info)
                .put(purpose.code())
                .array();
        byte[] bytes = Hkdf.expand(master, purposeInfo, KEY_BYTES + PREFIX_BYTES);
        try {
            return new GcmCipher(
                    Arrays.copyOf(bytes, KEY_BYTES), ByteBuffer.wrap(bytes).getInt(KEY_BYTES));
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        Arrays.fill(master, (byte) 0);
    }

    @Override
    public String toString() {
        return "the keys of a session";
    }
}

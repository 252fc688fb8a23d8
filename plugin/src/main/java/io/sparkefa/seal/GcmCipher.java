package io.sparkefa.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-GCM with one key. The nonce is the key's prefix (4 bytes) and the number of the sealed bytes (8), NIST SP 800-38D, section
 * 8.2.1. Thread-safe; takes 100 bytes of heap.
 */
final class GcmCipher {

    static final String TRANSFORMATION = "AES/GCM/NoPadding";
    static final int TAG_BYTES = 16;

    private static final int NONCE_BYTES = 12;

    /**
     * One for each thread, not one for each key: a {@link Cipher} takes more than a kilobyte, and there are two keys or more for every
     * peer. It is given key and nonce for whatever it does, which costs 0.2 us more where the key is another one than before.
     */
    private static final ThreadLocal<Cipher> CIPHER = ThreadLocal.withInitial(() -> {
        try {
            return Cipher.getInstance(TRANSFORMATION);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no " + TRANSFORMATION, e);
        }
    });

    private final SecretKeySpec key;
    private final int noncePrefix;

    /** @param keyBytes overwritten before this returns */
    GcmCipher(byte[] keyBytes, int noncePrefix) {
        this.key = new SecretKeySpec(keyBytes, "AES");
        this.noncePrefix = noncePrefix;
        Arrays.fill(keyBytes, (byte) 0);
    }

    /** The caller has never encrypted under this number, and never will again. */
    void encrypt(long number, ByteBuffer associated, ByteBuffer content, ByteBuffer out) {
        try {
            begin(Cipher.ENCRYPT_MODE, number, associated).doFinal(content, out);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    content.remaining() + " bytes cannot be sealed into " + out.remaining() + ": " + e.getMessage(), e);
        }
    }

    void decrypt(long number, ByteBuffer associated, ByteBuffer sealed, ByteBuffer out) throws SealException {
        int lengthBytes = sealed.remaining();
        try {
            begin(Cipher.DECRYPT_MODE, number, associated).doFinal(sealed, out);
        } catch (AEADBadTagException e) {
            throw new SealException(lengthBytes + " sealed bytes do not open as number " + number
                    + " of their kind: they were changed or repeated, or others are missing before them");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    lengthBytes + " sealed bytes cannot be opened into " + out.remaining() + ": " + e.getMessage(), e);
        }
    }

    private Cipher begin(int mode, long number, ByteBuffer associated)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        byte[] nonce = ByteBuffer.allocate(NONCE_BYTES)
                .putInt(noncePrefix)
                .putLong(number)
                .array();
        Cipher cipher = CIPHER.get();
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        if (associated.hasRemaining()) {
            cipher.updateAAD(associated);
        }
        return cipher;
    }
}

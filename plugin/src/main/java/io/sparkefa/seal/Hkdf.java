package io.sparkefa.seal;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes keys out of a key: HKDF with SHA-256, RFC 5869. Stateless. */
final class Hkdf {

    private static final String HMAC = "HmacSHA256";
    private static final int HASH_BYTES = 32;

    /** RFC 5869, section 2.3: the counter of blocks has one byte. */
    private static final int MAX_OUTPUT_BYTES = 255 * HASH_BYTES;

    private Hkdf() {}

    /**
     * A key for {@link #expand}.
     *
     * @param salt not secret, best never used before; at least one byte
     * @param secret of which the result is made
     */
    static byte[] extract(byte[] salt, byte[] secret) {
        return hmac(salt).doFinal(secret);
    }

    /**
     * Bytes for one use.
     *
     * @param key of {@link #extract}
     * @param info says what they are for: other info, other bytes
     */
    static byte[] expand(byte[] key, byte[] info, int lengthBytes) {
        if (lengthBytes < 1 || lengthBytes > MAX_OUTPUT_BYTES) {
            throw new IllegalArgumentException(lengthBytes + " bytes of HKDF; at most " + MAX_OUTPUT_BYTES);
        }
        Mac mac = hmac(key);
        byte[] output = new byte[lengthBytes];
        byte[] block = new byte[0];
        for (int at = 0, counter = 1; at < lengthBytes; at += HASH_BYTES, counter++) {
            mac.update(block);
            mac.update(info);
            mac.update((byte) counter);
            Arrays.fill(block, (byte) 0);
            block = mac.doFinal();
            System.arraycopy(block, 0, output, at, Math.min(HASH_BYTES, lengthBytes - at));
        }
        Arrays.fill(block, (byte) 0);
        return output;
    }

    /** HMAC-SHA256, ready to be fed. */
    static Mac hmac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no " + HMAC, e);
        }
    }
}

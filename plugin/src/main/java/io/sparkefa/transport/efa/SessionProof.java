package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 with a session's key over what one side says of itself: proof that it was given that key. */
final class SessionProof {

    static final int BYTES = 32;

    private SessionProof() {}

    /** @param said from position to limit; left as it is */
    static byte[] of(byte[] key, ByteBuffer said) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(said.duplicate());
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HmacSHA256", e);
        }
    }

    static boolean holds(byte[] proof, byte[] key, ByteBuffer said) {
        return MessageDigest.isEqual(proof, of(key, said));
    }
}

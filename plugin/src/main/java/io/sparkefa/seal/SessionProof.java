package io.sparkefa.seal;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import javax.crypto.Mac;

/** HMAC-SHA256 with a session's key over what one side says of itself: proof that it was given that key. Stateless. */
public final class SessionProof {

    public static final int BYTES = 32;

    private SessionProof() {}

    /** @param said from position to limit; left as it is */
    public static byte[] of(byte[] key, ByteBuffer said) {
        Mac mac = Hkdf.hmac(key);
        mac.update(said.duplicate());
        return mac.doFinal();
    }

    /** Takes the same time whether it holds or not, so that nobody can feel for the right proof. */
    public static boolean holds(byte[] proof, byte[] key, ByteBuffer said) {
        return MessageDigest.isEqual(proof, of(key, said));
    }
}

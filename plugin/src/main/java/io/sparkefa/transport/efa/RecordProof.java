package io.sparkefa.transport.efa;

import io.sparkefa.seal.SessionProof;
import java.nio.ByteBuffer;

/**
 * What the records that open a session end with, as long as there are no keys to seal them with: proof that the session's key is
 * known to whoever says this. Made over the record's type too, so that none passes for another.
 */
final class RecordProof {

    static final int BYTES = SessionProof.BYTES;

    private RecordProof() {}

    /** @param said one after the other, each from position to limit; left as they are */
    static byte[] of(byte[] key, RecordType type, ByteBuffer... said) {
        return SessionProof.of(key, joined(type, said));
    }

    /** @throws RecordException when it is not the proof of this */
    static void check(byte[] proof, byte[] key, RecordType type, ByteBuffer... said) throws RecordException {
        if (!SessionProof.holds(proof, key, joined(type, said))) {
            throw new RecordException(type + " does not prove that its sender holds the session's key");
        }
    }

    private static ByteBuffer joined(RecordType type, ByteBuffer... said) {
        int lengthBytes = 1;
        for (ByteBuffer part : said) {
            lengthBytes += part.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(lengthBytes).put(type.code());
        for (ByteBuffer part : said) {
            all.put(part.duplicate());
        }
        return all.flip();
    }
}

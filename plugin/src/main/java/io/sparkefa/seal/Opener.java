package io.sparkefa.seal;

import java.nio.ByteBuffer;

/** Opens what a {@link Sealer} with the same key has sealed. Thread-safe. */
public final class Opener {

    private final GcmCipher cipher;

    Opener(GcmCipher cipher) {
        this.cipher = cipher;
    }

    /**
     * Checks the tag, and writes what was encrypted. The positions of all three move to where reading and writing ended.
     *
     * @param number that it must have been sealed under: the one that is expected, or one that was checked for never having
     *     been opened before
     * @param sealed what {@link Sealer#seal} has written; at least {@link Sealer#TAG_BYTES} long
     * @param out at least as long as the content; may be the memory of {@code sealed}, from the same byte on
     * @throws SealException when it does not open; what {@code out} holds is undefined then
     */
    public void open(long number, ByteBuffer associated, ByteBuffer sealed, ByteBuffer out) throws SealException {
        if (sealed.remaining() < Sealer.TAG_BYTES) {
            throw new SealException(sealed.remaining() + " sealed bytes are shorter than their tag");
        }
        cipher.decrypt(number, associated, sealed, out);
    }

    @Override
    public String toString() {
        return "an opener";
    }
}

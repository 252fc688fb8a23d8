package io.sparkefa.seal;

import java.nio.ByteBuffer;

/**
 * Seals bytes with one key, counting them: AES-256-GCM, with the count as the nonce. It never uses a number twice; at the end of
 * its numbers it refuses to go on. Not thread-safe: used by one thread at a time.
 *
 * <p>What is given as <i>associated</i> is authenticated only and travels as it is; what is given as <i>content</i> is encrypted
 * as well. Either may be empty: with no content the result is a tag alone, which vouches for what is associated.
 */
public final class Sealer {

    /** By which sealed bytes are longer than their content. */
    public static final int TAG_BYTES = GcmCipher.TAG_BYTES;

    /**
     * So often a key is used at most: with 64 KiB each that makes 2^44 blocks of AES, at which nobody has a chance of more than 2^-40
     * to tell the ciphertext from random bytes.
     */
    static final long MAX_COUNT = 1L << 32;

    private final GcmCipher cipher;
    private long nextNumber;

    Sealer(GcmCipher cipher) {
        this(cipher, 0);
    }

    Sealer(GcmCipher cipher, long firstNumber) {
        this.cipher = cipher;
        this.nextNumber = firstNumber;
    }

    /** The number that {@link #seal} gives next. */
    public long nextNumber() {
        return nextNumber;
    }

    /**
     * Writes {@code content}, encrypted, and a tag of {@link #TAG_BYTES}. The positions of all three move to where reading and writing
     * ended.
     *
     * @param out at least as long as content and tag; may be the memory of {@code content}, from the same byte on
     * @return the number that it opens with, counted from 0
     * @throws IllegalStateException when all numbers are used
     */
    public long seal(ByteBuffer associated, ByteBuffer content, ByteBuffer out) {
        if (nextNumber >= MAX_COUNT) {
            throw new IllegalStateException(
                    "this key has sealed " + MAX_COUNT + " times and must not be used any more");
        }
        long number = nextNumber++;
        cipher.encrypt(number, associated, content, out);
        return number;
    }

    @Override
    public String toString() {
        return "a sealer at number " + nextNumber;
    }
}

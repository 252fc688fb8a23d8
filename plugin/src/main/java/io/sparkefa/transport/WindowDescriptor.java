package io.sparkefa.transport;

/**
 * The name of an exposed window on the wire; only the transport that made it understands it. Immutable; the array is not
 * copied and must not be changed.
 *
 * @param encoded at most {@link #MAX_ENCODED_BYTES} bytes
 */
public record WindowDescriptor(byte[] encoded) {

    /** Room for several times as many places in memory as hold the longest answer that Spark asks for: ten of a mebibyte. */
    public static final int MAX_ENCODED_BYTES = 512;

    public WindowDescriptor {
        if (encoded.length > MAX_ENCODED_BYTES) {
            throw new IllegalArgumentException(
                    "a window descriptor of " + encoded.length + " bytes; at most " + MAX_ENCODED_BYTES);
        }
    }
}

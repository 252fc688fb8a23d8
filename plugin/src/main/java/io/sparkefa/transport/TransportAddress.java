package io.sparkefa.transport;

/**
 * Where a peer's transport can be reached: the transport's name and bytes that only that transport understands. Immutable;
 * the array is not copied and must not be changed.
 *
 * @param transport {@link Transport#name} of the transport that made the address
 * @param encoded at most {@link #MAX_ENCODED_BYTES} bytes
 */
public record TransportAddress(String transport, byte[] encoded) {

    /** Room for one address per rail of the instance with the most rails (32 NICs, 32-byte EFA addresses). */
    public static final int MAX_ENCODED_BYTES = 4096;

    public TransportAddress {
        if (encoded.length > MAX_ENCODED_BYTES) {
            throw new IllegalArgumentException(
                    "an address of " + encoded.length + " bytes; at most " + MAX_ENCODED_BYTES);
        }
    }
}

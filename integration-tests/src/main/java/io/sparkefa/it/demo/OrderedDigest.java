package io.sparkefa.it.demo;

import java.io.Serializable;

/**
 * Stands for a sequence of rows: their number, and a hash that depends on every row and on their order, but not on how the sequence
 * was cut into partitions. Immutable.
 *
 * <p>The hash of rows h1 … hn is the polynomial h1·pⁿ⁻¹ + … + hn modulo 2⁶⁴, so that a sequence appended to another one of known
 * hash multiplies the latter by a power of p.
 */
record OrderedDigest(long rowCount, long hash) implements Serializable {

    static final OrderedDigest EMPTY = new OrderedDigest(0, 0);

    /** The golden ratio's fraction; any odd number with well mixed bits would do. */
    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    OrderedDigest plus(long rowHash) {
        return new OrderedDigest(rowCount + 1, hash * FACTOR + rowHash);
    }

    OrderedDigest then(OrderedDigest next) {
        return new OrderedDigest(rowCount + next.rowCount, hash * power(next.rowCount) + next.hash);
    }

    private static long power(long exponent) {
        long result = 1;
        long square = FACTOR;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                result *= square;
            }
            square *= square;
        }
        return result;
    }

    @Override
    public String toString() {
        return rowCount + " rows, digest " + Long.toHexString(hash);
    }
}

package io.sparkefa.transport.efa;

/**
 * Which numbers of messages have come, the last {@link #WIDTH} of them: none is taken twice, in whatever order they come.
 *
 * <p>That each be greater than the last would be too much to ask: libfabric matches messages of one sender in order (FI_ORDER_SAS,
 * which its providers keep), but a long one is complete only after short ones that were sent later. A sender has far fewer than
 * {@link #WIDTH} messages on their way to one peer. Confined to its session's thread.
 */
final class ReplayWindow {

    static final int WIDTH = 1024;

    private final long[] seen = new long[WIDTH / Long.SIZE];
    /** The highest that has come. */
    private long highest = -1;

    /** Whether this number may still come. */
    boolean isNew(long number) {
        if (number > highest) {
            return true;
        }
        return number > highest - WIDTH && number >= 0 && (seen[word(number)] & bit(number)) == 0;
    }

    /** It has come. It was new. */
    void add(long number) {
        if (number > highest) {
            long firstSkipped = Math.max(highest + 1, number - WIDTH + 1);
            for (long skipped = firstSkipped; skipped < number; skipped++) {
                seen[word(skipped)] &= ~bit(skipped);
            }
            highest = number;
        }
        seen[word(number)] |= bit(number);
    }

    private static int word(long number) {
        return (int) (number / Long.SIZE) & WIDTH / Long.SIZE - 1;
    }

    private static long bit(long number) {
        return 1L << number;
    }
}

package io.sparkefa.spark;

import io.sparkefa.transfer.protocol.BlockKey;
import java.util.Optional;

/** Spark's names of the blocks that the plugin can fetch, and of the one that it reserves for itself. */
public final class ShuffleBlockNames {

    private static final String PREFIX = "shuffle_";

    private ShuffleBlockNames() {}

    /**
     * What {@code shuffle_<shuffle>_<map>_<reduce>}, or {@code shuffle_<shuffle>_<map>_<reduce start>_<reduce end>} for several
     * partitions fetched as one, stands for.
     *
     * @return nothing when it is the name of anything else
     */
    public static Optional<BlockKey> parse(String name) {
        if (!name.startsWith(PREFIX)) {
            return Optional.empty();
        }
        int afterShuffle = name.indexOf('_', PREFIX.length());
        int afterMap = name.indexOf('_', afterShuffle + 1);
        if (afterShuffle < 0 || afterMap < 0) {
            return Optional.empty();
        }
        int afterStart = name.indexOf('_', afterMap + 1);
        try {
            int shuffleId = Integer.parseInt(name, PREFIX.length(), afterShuffle, 10);
            long mapId = Long.parseLong(name, afterShuffle + 1, afterMap, 10);
            int start = Integer.parseInt(name, afterMap + 1, afterStart < 0 ? name.length() : afterStart, 10);
            int end = afterStart < 0
                    ? Math.addExact(start, 1)
                    : Integer.parseInt(name, afterStart + 1, name.length(), 10);
            return shuffleId < 0 || mapId < 0 || start < 0 || end <= start
                    ? Optional.empty()
                    : Optional.of(new BlockKey(shuffleId, mapId, start, end));
        } catch (NumberFormatException | ArithmeticException notANumber) {
            return Optional.empty();
        }
    }

    /** The name of a block of the reserved shuffle, in place of whose bytes a peer answers with its card. */
    static String reserved(int shuffleId, long nonce, int version) {
        return PREFIX + shuffleId + "_" + nonce + "_" + version;
    }
}

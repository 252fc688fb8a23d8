package io.sparkefa.transfer.protocol;

/**
 * Names a shuffle block, or several neighbouring ones fetched as one: the reduce partitions {@code [startReduceId,
 * endReduceId)} of one map task's output.
 *
 * @param mapId the map task's attempt id, which Spark uses so that attempts of one map never mix
 */
public record BlockKey(int shuffleId, long mapId, int startReduceId, int endReduceId) {

    public BlockKey {
        if (shuffleId < 0 || mapId < 0 || startReduceId < 0 || endReduceId <= startReduceId) {
            throw new IllegalArgumentException("no such block can exist: shuffle " + shuffleId + ", map " + mapId
                    + ", reduce partitions [" + startReduceId + ", " + endReduceId + ")");
        }
    }
}

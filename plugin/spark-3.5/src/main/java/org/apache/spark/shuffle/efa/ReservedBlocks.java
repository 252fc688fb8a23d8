package org.apache.spark.shuffle.efa;

import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.storage.ShuffleBlockId;

/**
 * Answers peers that ask Spark's block server for a block of the shuffle that the plugin reserves for itself. Called on
 * Spark's server threads.
 */
public interface ReservedBlocks {

    /** An id that no shuffle has: Spark counts from zero. A negative one would not parse in Spark's old fetch protocol. */
    int SHUFFLE_ID = Integer.MAX_VALUE;

    /**
     * Makes the answer.
     *
     * @throws RuntimeException when there is none; never an {@link java.io.IOException}, for which Spark would go and look in
     *     its fallback storage
     */
    ManagedBuffer get(ShuffleBlockId blockId);
}

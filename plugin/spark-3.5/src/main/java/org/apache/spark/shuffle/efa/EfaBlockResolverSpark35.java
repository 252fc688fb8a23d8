package org.apache.spark.shuffle.efa;

import org.apache.spark.SparkConf;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.ShuffleBlockId;
import scala.Option;

/**
 * Spark's block resolver with {@link ReservedBlocks}, for Spark 3.5 and 4.0, whose constructor takes a {@link java.util.Map};
 * {@code EfaBlockResolver} is its twin for later lines. Thread-safe.
 */
public final class EfaBlockResolverSpark35 extends IndexShuffleBlockResolver {

    private final ReservedBlocks reserved;

    /** @param original the sort shuffle manager's own resolver, whose record of migrated map outputs this one keeps instead */
    public EfaBlockResolverSpark35(SparkConf conf, IndexShuffleBlockResolver original, ReservedBlocks reserved) {
        super(conf, null, original.taskIdMapsForShuffle());
        this.reserved = reserved;
    }

    @Override
    public ManagedBuffer getBlockData(BlockId blockId, Option<String[]> dirs) {
        return blockId instanceof ShuffleBlockId id && id.shuffleId() == ReservedBlocks.SHUFFLE_ID
                ? reserved.get(id)
                : super.getBlockData(blockId, dirs);
    }
}

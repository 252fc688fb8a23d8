package org.apache.spark.shuffle.efa;

import java.util.Arrays;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.SparkConf;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;

/** Chooses the block resolver that was compiled for the running Spark line. */
final class BlockResolvers {

    private BlockResolvers() {}

    /** @param original the sort shuffle manager's own resolver, which the new one replaces */
    static IndexShuffleBlockResolver create(
            SparkConf conf, IndexShuffleBlockResolver original, ReservedBlocks reserved) {
        return takesConcurrentMap()
                ? new EfaBlockResolver(conf, original, reserved)
                : new EfaBlockResolverSpark35(conf, original, reserved);
    }

    /** Since Spark 4.1 the resolver's record of migrated map outputs is a concurrent map in all its signatures. */
    private static boolean takesConcurrentMap() {
        return Arrays.stream(IndexShuffleBlockResolver.class.getConstructors())
                .map(constructor -> constructor.getParameterTypes())
                .anyMatch(parameters -> parameters.length == 3 && parameters[2] == ConcurrentMap.class);
    }
}

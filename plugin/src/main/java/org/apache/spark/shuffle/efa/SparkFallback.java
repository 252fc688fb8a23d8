package org.apache.spark.shuffle.efa;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.PeerAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.BlockStoreClient;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.jspecify.annotations.Nullable;

/** Spark's own client, for shuffle blocks that do not come over the plugin's transports. Thread-safe. */
final class SparkFallback {

    private final BlockStoreClient spark;
    private final ShuffleCounters counters;

    SparkFallback(BlockStoreClient spark, ShuffleCounters counters) {
        this.spark = spark;
        this.counters = counters;
    }

    /** Hands over a request. Waits, as Spark does, when there is no connection to the peer yet. */
    void fetch(
            PeerAddress peer,
            String[] blockIds,
            BlockFetchingListener listener,
            @Nullable DownloadFileManager downloads) {
        counters.increment(ShuffleCounter.FALLBACK_REQUESTS);
        counters.add(ShuffleCounter.FALLBACK_BLOCKS, blockIds.length);
        spark.fetchBlocks(peer.host(), peer.port(), peer.executorId(), blockIds, listener, downloads);
    }

    /** As {@link #fetch}, for threads that must not wait. */
    void fetchInBackground(
            Executor background,
            PeerAddress peer,
            String[] blockIds,
            BlockFetchingListener listener,
            @Nullable DownloadFileManager downloads) {
        try {
            background.execute(() -> fetch(peer, blockIds, listener, downloads));
        } catch (RejectedExecutionException stopping) {
            for (String blockId : blockIds) {
                listener.onBlockFetchFailure(blockId, stopping);
            }
        }
    }
}

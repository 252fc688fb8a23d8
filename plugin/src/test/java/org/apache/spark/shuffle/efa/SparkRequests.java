package org.apache.spark.shuffle.efa;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.PeerAddress;
import io.sparkefa.spark.SimulatedPeers;
import io.sparkefa.transfer.protocol.BlockKey;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.BlockStoreClient;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.util.MapConfigProvider;
import org.apache.spark.network.util.TransportConf;

/** Makes requests as the plugin makes those of Spark's block iterator, outside of Spark. */
public final class SparkRequests {

    private static final FetchSettings SETTINGS =
            new FetchSettings(new TransportConf("shuffle", MapConfigProvider.EMPTY), false);

    private SparkRequests() {}

    /** What stands in for Spark's own client of an executor's block server. */
    public interface OwnClient {

        /** Tells the listener of each block once, later. */
        void fetch(String[] blockIds, BlockFetchingListener listener);
    }

    /**
     * Asks for blocks: over the peer's session and, for what does not come that way, of the own client.
     *
     * @param onEnd run once, when there is nothing more to cancel
     * @return gives up; the listener may be told nothing after it
     */
    public static Runnable start(
            SimulatedPeers peers,
            String executorId,
            List<BlockKey> blocks,
            Executor background,
            OwnClient ownClient,
            BlockFetchingListener listener,
            Runnable onEnd) {
        SparkFallback fallback = new SparkFallback(new Client(ownClient), new ShuffleCounters());
        PeerAddress peer = SimulatedPeers.address(executorId);
        RemoteFetch fetch = new RemoteFetch(
                new RemoteFetch.Surroundings(fallback, background, SETTINGS),
                peer,
                blocks.stream().map(SparkRequests::nameOf).toArray(String[]::new),
                blocks,
                listener,
                null,
                ended -> onEnd.run());
        peers.use(executorId, fetch);
        return fetch::cancel;
    }

    /** What Spark calls the block. */
    public static String nameOf(BlockKey block) {
        return "shuffle_%d_%d_%d_%d"
                .formatted(block.shuffleId(), block.mapId(), block.startReduceId(), block.endReduceId());
    }

    private static final class Client extends BlockStoreClient {
        private final OwnClient ownClient;

        Client(OwnClient ownClient) {
            this.ownClient = ownClient;
        }

        @Override
        public void fetchBlocks(
                String host,
                int port,
                String executorId,
                String[] blockIds,
                BlockFetchingListener listener,
                DownloadFileManager downloads) {
            ownClient.fetch(blockIds, listener);
        }

        @Override
        public void close() {}
    }
}

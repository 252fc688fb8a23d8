package org.apache.spark.shuffle.efa;

import com.codahale.metrics.MetricSet;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.PeerAddress;
import io.sparkefa.spark.ShuffleBlockNames;
import io.sparkefa.spark.ShuffleRuntime;
import io.sparkefa.transfer.protocol.BlockKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.spark.network.BlockDataManager;
import org.apache.spark.network.BlockTransferService;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.BlockPushingListener;
import org.apache.spark.network.shuffle.BlockStoreClient;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.shuffle.MergeFinalizerListener;
import org.apache.spark.network.shuffle.MergedBlocksMetaListener;
import org.apache.spark.network.shuffle.checksum.Cause;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;
import scala.reflect.ClassTag;
import scala.runtime.BoxedUnit;

/**
 * The client with which one task's reader fetches blocks: shuffle blocks of executors that speak the plugin's protocol over
 * the plugin's transports, everything else through Spark's own client, as everything that is not fetching. Thread-safe.
 *
 * <p>{@link #close} gives up what the task has not received; Spark's own client, which others use too, stays as it is.
 */
final class EfaBlockTransferService extends BlockTransferService {

    private final BlockManager blockManager;
    private final Supplier<Optional<ShuffleRuntime>> runtime;
    private final ShuffleCounters counters;
    private final FetchSettings settings;
    private final Set<RemoteFetch> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param runtime the plugin's side of this executor, if it has one; started when it is asked for */
    EfaBlockTransferService(
            BlockManager blockManager,
            Supplier<Optional<ShuffleRuntime>> runtime,
            ShuffleCounters counters,
            FetchSettings settings) {
        this.blockManager = blockManager;
        this.runtime = runtime;
        this.counters = counters;
        this.settings = settings;
    }

    @Override
    public void fetchBlocks(
            String host,
            int port,
            String execId,
            String[] blockIds,
            BlockFetchingListener listener,
            @Nullable DownloadFileManager downloads) {
        List<BlockKey> blocks = shuffleBlocks(blockIds);
        if (blocks.size() < blockIds.length) {
            spark().fetchBlocks(host, port, execId, blockIds, listener, downloads);
            return;
        }
        PeerAddress peer = new PeerAddress(execId, host, port);
        SparkFallback fallback = new SparkFallback(spark(), counters);
        Optional<ShuffleRuntime> running = runtime.get();
        if (running.isEmpty()) {
            fallback.fetch(peer, blockIds, listener, downloads);
        } else {
            fetch(running.get(), fallback, peer, blockIds, blocks, listener, downloads);
        }
    }

    private void fetch(
            ShuffleRuntime running,
            SparkFallback fallback,
            PeerAddress peer,
            String[] blockIds,
            List<BlockKey> blocks,
            BlockFetchingListener listener,
            @Nullable DownloadFileManager downloads) {
        RemoteFetch.Surroundings with = new RemoteFetch.Surroundings(fallback, running.background(), settings);
        RemoteFetch fetch = new RemoteFetch(with, peer, blockIds, blocks, listener, downloads, underWay::remove);
        underWay.add(fetch);
        if (closed) {
            fetch.cancel();
        }
        running.peers().use(peer, fetch);
    }

    /** What the names stand for, as far as they are those of plain shuffle blocks. */
    private static List<BlockKey> shuffleBlocks(String[] blockIds) {
        List<BlockKey> blocks = new ArrayList<>(blockIds.length);
        for (String blockId : blockIds) {
            ShuffleBlockNames.parse(blockId).ifPresent(blocks::add);
        }
        return blocks;
    }

    /** Gives up all fetches that are under way, for good. */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(RemoteFetch::cancel);
    }

    private BlockStoreClient spark() {
        return blockManager.blockStoreClient();
    }

    // ---- Everything else is Spark's.

    @Override
    public void init(BlockDataManager blockDataManager) {
        throw new UnsupportedOperationException("Spark starts its own block server; this client has none");
    }

    @Override
    public int port() {
        return blockManager.blockTransferService().port();
    }

    @Override
    public String hostName() {
        return blockManager.blockTransferService().hostName();
    }

    @Override
    public Future<BoxedUnit> uploadBlock(
            String hostname,
            int port,
            String execId,
            BlockId blockId,
            ManagedBuffer blockData,
            StorageLevel level,
            ClassTag<?> classTag) {
        return blockManager
                .blockTransferService()
                .uploadBlock(hostname, port, execId, blockId, blockData, level, classTag);
    }

    @Override
    public Cause diagnoseCorruption(
            String host,
            int port,
            String execId,
            int shuffleId,
            long mapId,
            int reduceId,
            long checksum,
            String algorithm) {
        return spark().diagnoseCorruption(host, port, execId, shuffleId, mapId, reduceId, checksum, algorithm);
    }

    @Override
    public MetricSet shuffleMetrics() {
        return spark().shuffleMetrics();
    }

    @Override
    public void setAppAttemptId(String appAttemptId) {
        spark().setAppAttemptId(appAttemptId);
    }

    @Override
    public String getAppAttemptId() {
        return spark().getAppAttemptId();
    }

    @Override
    public void getHostLocalDirs(
            String host, int port, String[] execIds, CompletableFuture<Map<String, String[]>> hostLocalDirs) {
        spark().getHostLocalDirs(host, port, execIds, hostLocalDirs);
    }

    @Override
    public void pushBlocks(
            String host, int port, String[] blockIds, ManagedBuffer[] buffers, BlockPushingListener listener) {
        spark().pushBlocks(host, port, blockIds, buffers, listener);
    }

    @Override
    public void finalizeShuffleMerge(
            String host, int port, int shuffleId, int shuffleMergeId, MergeFinalizerListener listener) {
        spark().finalizeShuffleMerge(host, port, shuffleId, shuffleMergeId, listener);
    }

    @Override
    public void getMergedBlockMeta(
            String host, int port, int shuffleId, int shuffleMergeId, int reduceId, MergedBlocksMetaListener listener) {
        spark().getMergedBlockMeta(host, port, shuffleId, shuffleMergeId, reduceId, listener);
    }

    @Override
    public boolean removeShuffleMerge(String host, int port, int shuffleId, int shuffleMergeId) {
        return spark().removeShuffleMerge(host, port, shuffleId, shuffleMergeId);
    }
}

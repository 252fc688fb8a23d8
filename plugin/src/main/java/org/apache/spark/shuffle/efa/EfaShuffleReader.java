package org.apache.spark.shuffle.efa;

import java.io.InputStream;
import org.apache.spark.Aggregator;
import org.apache.spark.InterruptibleIterator;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.internal.config.ConfigEntry;
import org.apache.spark.internal.config.package$;
import org.apache.spark.io.CompressionCodec$;
import org.apache.spark.serializer.SerializerManager;
import org.apache.spark.shuffle.BaseShuffleHandle;
import org.apache.spark.shuffle.ShuffleReadMetricsReporter;
import org.apache.spark.shuffle.ShuffleReader;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.ShuffleBlockFetcherIterator;
import org.apache.spark.util.SystemClock;
import org.apache.spark.util.TaskCompletionListener;
import org.apache.spark.util.collection.ExternalSorter;
import scala.Function1;
import scala.Option;
import scala.Product2;
import scala.Tuple2;
import scala.Tuple3;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * Reads a range of a shuffle as Spark's {@code BlockStoreShuffleReader} does, and around the same iterator; only the client
 * that the iterator fetches with is the plugin's. Used by one task's thread.
 */
final class EfaShuffleReader<K, C> implements ShuffleReader<K, C> {

    private final ShuffleDependency<K, Object, C> dependency;
    private final Iterator<Tuple2<BlockManagerId, Seq<Tuple3<BlockId, Object, Object>>>> blocksByAddress;
    private final TaskContext context;
    private final ShuffleReadMetricsReporter metrics;
    private final EfaBlockTransferService client;
    private final boolean shouldBatchFetch;
    private final SparkEnv env = SparkEnv.get();
    private final SparkConf conf = env.conf();

    /**
     * @param client for this task alone; closed with the task
     * @param shouldBatchFetch whether neighbouring blocks of one map output may be fetched as one, if all else allows it
     */
    EfaShuffleReader(
            BaseShuffleHandle<K, Object, C> handle,
            Iterator<Tuple2<BlockManagerId, Seq<Tuple3<BlockId, Object, Object>>>> blocksByAddress,
            TaskContext context,
            ShuffleReadMetricsReporter metrics,
            EfaBlockTransferService client,
            boolean shouldBatchFetch) {
        this.dependency = handle.dependency();
        this.blocksByAddress = blocksByAddress;
        this.context = context;
        this.metrics = metrics;
        this.client = client;
        this.shouldBatchFetch = shouldBatchFetch;
    }

    @Override
    @SuppressWarnings("unchecked") // what a shuffle's records are is known to its dependency only
    public Iterator<Product2<K, C>> read() {
        RecordIterator records = new RecordIterator(
                blocks(),
                dependency.serializer().newInstance(),
                metrics,
                () -> context.taskMetrics().mergeShuffleReadMetrics());
        // Interruptible here, so that a killed task stops while it is aggregating or sorting …
        Iterator<?> read = new InterruptibleIterator<>(context, records);
        Iterator<?> result = combineAndSort(read);
        // … and here, so that it stops while it consumes what was aggregated or sorted.
        return (Iterator<Product2<K, C>>)
                (result instanceof InterruptibleIterator ? result : new InterruptibleIterator<>(context, result));
    }

    private Iterator<Tuple2<BlockId, InputStream>> blocks() {
        // Spark runs these listeners last to first: its iterator is closed before the fetches are given up.
        TaskCompletionListener giveUpFetches = finished -> client.close();
        context.addTaskCompletionListener(giveUpFetches);
        SerializerManager serializerManager = env.serializerManager();
        package$ config = package$.MODULE$;
        return new ShuffleBlockFetcherIterator(
                        context,
                        client,
                        env.blockManager(),
                        env.mapOutputTracker(),
                        blocksByAddress,
                        (blockId, stream) -> serializerManager.wrapStream(blockId, stream),
                        (Long) get(config.REDUCER_MAX_SIZE_IN_FLIGHT()) * 1024 * 1024,
                        (Integer) get(config.REDUCER_MAX_REQS_IN_FLIGHT()),
                        (Integer) get(config.REDUCER_MAX_BLOCKS_IN_FLIGHT_PER_ADDRESS()),
                        (Long) get(config.MAX_REMOTE_BLOCK_SIZE_FETCH_TO_MEM()),
                        (Integer) get(config.SHUFFLE_MAX_ATTEMPTS_ON_NETTY_OOM()),
                        (Boolean) get(config.SHUFFLE_DETECT_CORRUPT()),
                        (Boolean) get(config.SHUFFLE_DETECT_CORRUPT_MEMORY()),
                        (Boolean) get(config.SHUFFLE_CHECKSUM_ENABLED()),
                        (String) get(config.SHUFFLE_CHECKSUM_ALGORITHM()),
                        metrics,
                        fetchesNeighboursAsOne(),
                        new SystemClock())
                .toCompletionIterator();
    }

    /** Whether the reduce partitions of one map output can be read as if they were one. */
    private boolean fetchesNeighboursAsOne() {
        package$ config = package$.MODULE$;
        boolean compressed = (Boolean) get(config.SHUFFLE_COMPRESS());
        return shouldBatchFetch
                && dependency.serializer().supportsRelocationOfSerializedObjects()
                && (!compressed
                        || CompressionCodec$.MODULE$.supportsConcatenationOfSerializedStreams(
                                CompressionCodec$.MODULE$.createCodec(conf)))
                && !(Boolean) get(config.SHUFFLE_USE_OLD_FETCH_PROTOCOL())
                && !(Boolean) get(config.IO_ENCRYPTION_ENABLED());
    }

    private Object get(ConfigEntry<?> entry) {
        return conf.get(entry);
    }

    /** What the dependency asks for, in the shape of Spark 4.2: where there is an ordering, the sorter aggregates as well. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // as in Spark: values that are combined already have another type
    private Iterator<?> combineAndSort(Iterator<?> read) {
        Option<Aggregator<K, Object, C>> aggregator = dependency.aggregator();
        if (dependency.keyOrdering().isDefined()) {
            ExternalSorter<K, Object, C> sorter = ExternalSorters.create(
                    context,
                    aggregator.isDefined() && dependency.mapSideCombine()
                            ? Option.apply((Aggregator) ofCombined(aggregator.get()))
                            : aggregator,
                    dependency.keyOrdering(),
                    dependency.serializer());
            return sorter.insertAllAndUpdateMetrics((Iterator<Product2<K, Object>>) read);
        }
        if (aggregator.isEmpty()) {
            return read;
        }
        return dependency.mapSideCombine()
                ? aggregator.get().combineCombinersByKey((Iterator<Product2<K, C>>) read, context)
                : aggregator.get().combineValuesByKey((Iterator<Product2<K, Object>>) read, context);
    }

    /** Merges what map tasks have combined already. */
    private static <K, C> Aggregator<K, C, C> ofCombined(Aggregator<K, ?, C> aggregator) {
        Function1<C, C> unchanged = combiner -> combiner;
        return new Aggregator<>(unchanged, aggregator.mergeCombiners(), aggregator.mergeCombiners());
    }
}

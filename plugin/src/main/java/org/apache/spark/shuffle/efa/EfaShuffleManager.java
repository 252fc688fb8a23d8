package org.apache.spark.shuffle.efa;

import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.config.TransportChoice;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.EfaDecision;
import io.sparkefa.spark.RuntimeHolder;
import io.sparkefa.spark.ShuffleRuntime;
import io.sparkefa.spark.SparkSettings;
import java.util.Optional;
import org.apache.spark.MapOutputTracker;
import org.apache.spark.MapSizesByExecutorId;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext$;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.network.BlockTransferService;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.shuffle.BaseShuffleHandle;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import org.apache.spark.shuffle.ShuffleHandle;
import org.apache.spark.shuffle.ShuffleReadMetricsReporter;
import org.apache.spark.shuffle.ShuffleReader;
import org.apache.spark.shuffle.ShuffleWriteMetricsReporter;
import org.apache.spark.shuffle.ShuffleWriter;
import org.apache.spark.shuffle.sort.SortShuffleManager;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.ShuffleBlockId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.Tuple3;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * Spark's sort shuffle, whose readers fetch blocks from other executors over the plugin's transports; to be named in {@code
 * spark.shuffle.manager}.
 *
 * <p>Writers, files and map statuses are Spark's own, and so is everything that is not a block on its way from one executor
 * to another. Thread-safe, as every shuffle manager.
 */
public final class EfaShuffleManager extends SortShuffleManager {

    private static final Logger LOG = LoggerFactory.getLogger(EfaShuffleManager.class);

    private final Optional<String> sparkOnlyReason;
    private final ShuffleCounters counters = new ShuffleCounters();
    private final RuntimeHolder runtime;
    private final IndexShuffleBlockResolver resolver;
    private final FetchSettings fetchSettings;

    /**
     * Called by Spark when the application starts, and when an executor does.
     *
     * @throws io.sparkefa.config.ConfigException when one of the plugin's settings has a value that it cannot have
     * @throws io.sparkefa.spark.EfaUnavailableException when EFA is asked for, and this application cannot use it
     */
    public EfaShuffleManager(SparkConf conf, boolean isDriver) {
        super(conf);
        ShuffleConfig config = SparkSettings.read(conf);
        sparkOnlyReason = SparkSettings.reasonForSparkOnly(conf, config);
        sparkOnlyReason.ifPresent(reason -> LOG.info("Shuffle blocks are read by Spark's own reader: {}", reason));
        if (config.transport() == TransportChoice.EFA) {
            checkEfa(conf, config, isDriver);
        }
        fetchSettings = FetchSettings.of(conf);
        resolver = BlockResolvers.create(conf, super.shuffleBlockResolver(), this::card);
        runtime = new RuntimeHolder(
                () -> ShuffleRuntime.start(config, SparkEnv.get(), resolver, ReservedBlocks.SHUFFLE_ID, counters));
    }

    /**
     * Refuses what is known to be impossible here and now. An executor without EFA only says so, and refuses its tasks instead:
     * of an executor that does not start Spark tells nobody why, and starts the next one, some cluster managers for ever.
     */
    private void checkEfa(SparkConf conf, ShuffleConfig config, boolean isDriver) {
        if (sparkOnlyReason.isPresent()) {
            EfaDecision.refused(config, sparkOnlyReason.get()).check();
        } else if (!isDriver) {
            EfaDecision.of(config, conf)
                    .refusal()
                    .ifPresent(reason -> LOG.error("EFA cannot be used here: {}", reason));
        } else if (SparkSettings.driverRunsTasks(conf)) {
            EfaDecision.of(config, conf).check();
        }
    }

    /**
     * What the plugin has counted in this process so far: for diagnosis and tests, such as to see from within a task whether
     * blocks came over the plugin's transports.
     *
     * @throws IllegalStateException when this process does not run Spark with this shuffle manager
     */
    public static ShuffleCounters counters() {
        SparkEnv env = SparkEnv.get();
        if (env != null && env.shuffleManager() instanceof EfaShuffleManager manager) {
            return manager.counters;
        }
        throw new IllegalStateException(
                "spark.shuffle.manager is not " + EfaShuffleManager.class.getName() + " in this process");
    }

    @Override
    public IndexShuffleBlockResolver shuffleBlockResolver() {
        return resolver;
    }

    @Override
    @SuppressWarnings("unchecked") // a shuffle handle does not say what it is a handle of
    public <K, C> ShuffleReader<K, C> getReader(
            ShuffleHandle handle,
            int startMapIndex,
            int endMapIndex,
            int startPartition,
            int endPartition,
            TaskContext context,
            ShuffleReadMetricsReporter metrics) {
        if (sparkOnlyReason.isPresent()) {
            return super.getReader(handle, startMapIndex, endMapIndex, startPartition, endPartition, context, metrics);
        }
        BaseShuffleHandle<K, Object, C> shuffle = (BaseShuffleHandle<K, Object, C>) handle;
        SparkEnv env = SparkEnv.get();
        MapOutputTracker tracker = env.mapOutputTracker();
        Iterator<Tuple2<BlockManagerId, Seq<Tuple3<BlockId, Object, Object>>>> blocksByAddress;
        boolean canBatchFetch = true;
        if (shuffle.dependency().isShuffleMergeFinalizedMarked()) {
            MapSizesByExecutorId sizes = tracker.getPushBasedShuffleMapSizesByExecutorId(
                    handle.shuffleId(), startMapIndex, endMapIndex, startPartition, endPartition);
            blocksByAddress = sizes.iter();
            canBatchFetch = sizes.enableBatchFetch();
        } else {
            blocksByAddress = tracker.getMapSizesByExecutorId(
                    handle.shuffleId(), startMapIndex, endMapIndex, startPartition, endPartition);
        }
        return new EfaShuffleReader<>(
                shuffle,
                blocksByAddress,
                context,
                metrics,
                client(),
                canBatchFetch && canUseBatchFetch(startPartition, endPartition, context));
    }

    /**
     * A client as this manager's readers fetch with: for measurements that want to know what fetching costs without what Spark makes
     * of the blocks. The caller closes it.
     */
    public BlockTransferService newClient() {
        return client();
    }

    private EfaBlockTransferService client() {
        return new EfaBlockTransferService(SparkEnv.get().blockManager(), this::runtime, counters, fetchSettings);
    }

    /** Also starts the plugin's side of this executor, which peers will ask for what the task writes. */
    @Override
    public <K, V> ShuffleWriter<K, V> getWriter(
            ShuffleHandle handle, long mapId, TaskContext context, ShuffleWriteMetricsReporter metrics) {
        if (sparkOnlyReason.isEmpty() && !isDriver()) {
            runtime.start();
        }
        return super.getWriter(handle, mapId, context, metrics);
    }

    @Override
    public boolean unregisterShuffle(int shuffleId) {
        boolean unregistered = super.unregisterShuffle(shuffleId);
        runtime.ifStarted().ifPresent(running -> running.forgetShuffle(shuffleId));
        return unregistered;
    }

    @Override
    public void stop() {
        runtime.stop();
        super.stop();
    }

    /** The plugin's side of this executor; none on a driver, which neither serves nor reads shuffle blocks of others. */
    private Optional<ShuffleRuntime> runtime() {
        return isDriver() ? Optional.empty() : runtime.get();
    }

    private static boolean isDriver() {
        return SparkContext$.MODULE$.DRIVER_IDENTIFIER().equals(SparkEnv.get().executorId());
    }

    private ManagedBuffer card(ShuffleBlockId blockId) {
        Optional<ShuffleRuntime> running = sparkOnlyReason.isPresent() ? Optional.empty() : runtime();
        return new NioManagedBuffer(running.map(ShuffleRuntime::card)
                .orElseGet(() -> ShuffleRuntime.cardWithoutTransports(SparkEnv.get())));
    }
}

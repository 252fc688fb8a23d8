package org.apache.spark.shuffle.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.config.ConfigException;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.EfaUnavailableException;
import io.sparkefa.transfer.protocol.Card;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.spark.Aggregator;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Function1;
import scala.Function2;
import scala.Tuple2;
import scala.math.Ordering$;
import scala.reflect.ClassTag;

/** The shuffle manager in Spark itself, in one process, where all blocks are local. */
@Timeout(180) // the first SparkContext of a process takes long on a busy machine
class EfaShuffleManagerTest {

    private static final int RECORDS = 3000;
    private static final int KEYS = 100;
    private static final int MAPS = 4;
    private static final int REDUCES = 3;

    private static SparkConf conf() {
        return new SparkConf(false)
                .setMaster("local[2]")
                .setAppName("EfaShuffleManagerTest")
                .set("spark.shuffle.manager", EfaShuffleManager.class.getName())
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.ui.enabled", "false")
                .set("spark.shuffle.spill.numElementsForceSpillThreshold", "200");
    }

    private static JavaPairRDD<Integer, Integer> numbers(JavaSparkContext spark) {
        return spark.parallelize(IntStream.range(0, RECORDS).boxed().toList(), MAPS)
                .mapToPair(n -> new Tuple2<>(n % KEYS, n));
    }

    private static int sumOfKey(int key) {
        return IntStream.range(0, RECORDS).filter(n -> n % KEYS == key).sum();
    }

    @Test
    void readsWhatWasWritten() throws TimeoutException {
        try (JavaSparkContext spark = new JavaSparkContext(conf())) {
            AtomicLong recordsRead = new AtomicLong();
            spark.sc().addSparkListener(new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd end) {
                    recordsRead.addAndGet(end.taskMetrics().shuffleReadMetrics().recordsRead());
                }
            });
            assertThat(SparkEnv.get().shuffleManager()).isInstanceOf(EfaShuffleManager.class);

            List<Tuple2<Integer, Integer>> moved =
                    numbers(spark).partitionBy(new HashPartitioner(REDUCES)).collect();
            assertThat(moved).hasSize(RECORDS).doesNotHaveDuplicates().allMatch(pair -> pair._2() % KEYS == pair._1());

            Map<Integer, Iterable<Integer>> grouped =
                    numbers(spark).groupByKey(REDUCES).collectAsMap();
            assertThat(grouped).hasSize(KEYS);
            assertThat(grouped.get(17))
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, RECORDS / KEYS)
                            .mapToObj(i -> i * KEYS + 17)
                            .toList());

            List<Tuple2<Integer, Integer>> sorted = numbers(spark)
                    .mapToPair(Tuple2::swap)
                    .sortByKey(false, REDUCES)
                    .collect();
            assertThat(sorted).hasSize(RECORDS).isSortedAccordingTo(Comparator.comparing(pair -> -pair._1()));

            assertThat(numbers(spark).cogroup(numbers(spark), REDUCES).count()).isEqualTo(KEYS);

            spark.sc().listenerBus().waitUntilEmpty();
            // All records four times, those of the last job twice over.
            assertThat(recordsRead).hasValue(5L * RECORDS);
            assertThat(EfaShuffleManager.counters().toString())
                    .as("nothing is remote here")
                    .isEmpty();
        }
    }

    @Test
    void stopsAtOnceWhenEfaIsAskedForAndCannotBeHad() {
        SparkConf efa = conf().set("spark.shuffle.efa.transport", "efa")
                .set("spark.shuffle.efa.fabric.library", "/nowhere/libfabric.so.1");
        assertThatThrownBy(() -> new EfaShuffleManager(efa, true))
                .isInstanceOf(EfaUnavailableException.class)
                .hasMessageStartingWith("spark.shuffle.efa.transport is efa, but EFA cannot be used here: ");
        for (boolean isDriver : new boolean[] {true, false}) {
            assertThatCode(() -> new EfaShuffleManager(efa.setMaster("yarn"), isDriver))
                    .as("a driver needs no EFA, and an executor refuses its tasks")
                    .doesNotThrowAnyException();
        }

        efa.set("spark.shuffle.useOldFetchProtocol", "true");
        assertThatThrownBy(() -> new EfaShuffleManager(efa, true))
                .isInstanceOf(EfaUnavailableException.class)
                .hasMessageContaining("spark.shuffle.useOldFetchProtocol");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void aggregatesAndSorts(boolean combinedByMaps, boolean ordered) {
        try (JavaSparkContext spark = new JavaSparkContext(conf())) {
            Function1<Integer, Integer> create = (Function1<Integer, Integer> & Serializable) value -> value;
            Function2<Integer, Integer, Integer> merge =
                    (Function2<Integer, Integer, Integer> & Serializable) Integer::sum;
            ClassTag<Integer> integer = ClassTag.apply(Integer.class);
            ShuffledRDD<Integer, Integer, Integer> shuffled = new ShuffledRDD<>(
                            numbers(spark).rdd(), new HashPartitioner(REDUCES), integer, integer, integer)
                    .setAggregator(new Aggregator<>(create, merge, merge))
                    .setMapSideCombine(combinedByMaps);
            if (ordered) {
                shuffled.setKeyOrdering(Ordering$.MODULE$.comparatorToOrdering(
                        (Comparator<Integer> & Serializable) (a, b) -> Integer.compare(b, a)));
            }
            List<List<Tuple2<Integer, Integer>>> partitions =
                    new JavaPairRDD<>(shuffled, integer, integer).glom().collect();

            List<Tuple2<Integer, Integer>> all = new ArrayList<>();
            partitions.forEach(all::addAll);
            assertThat(all).hasSize(KEYS).allMatch(pair -> pair._2() == sumOfKey(pair._1()));
            if (ordered) {
                assertThat(partitions)
                        .hasSize(REDUCES)
                        .allSatisfy(partition ->
                                assertThat(partition).isSortedAccordingTo(Comparator.comparing(pair -> -pair._1())));
            }
        }
    }

    /** On a driver there is no runtime, so this is what an executor does whose transports cannot be started. */
    @Test
    void fetchesThroughSparksOwnClientWithoutARuntime() throws Exception {
        try (JavaSparkContext spark = new JavaSparkContext(conf())) {
            JavaPairRDD<Integer, Integer> shuffled = numbers(spark).partitionBy(new HashPartitioner(REDUCES));
            shuffled.count();
            BlockManager blockManager = SparkEnv.get().blockManager();
            BlockManagerId self = blockManager.blockManagerId();
            String blockId =
                    blockManager.diskBlockManager().getAllBlocks().apply(0).name();
            assertThat(blockId).startsWith("shuffle_0_");
            long mapId = Long.parseLong(blockId.split("_")[2]);
            ShuffleCounters counters = new ShuffleCounters();
            EfaBlockTransferService client = new EfaBlockTransferService(
                    blockManager, Optional::empty, counters, FetchSettings.of(spark.getConf()));

            Received block = new Received();
            client.fetchBlocks(
                    self.host(),
                    self.port(),
                    self.executorId(),
                    new String[] {"shuffle_0_" + mapId + "_0"},
                    block,
                    null);
            assertThat(block.bytes.get(30, TimeUnit.SECONDS).remaining()).isPositive();
            assertThat(counters.get(ShuffleCounter.FALLBACK_REQUESTS)).isEqualTo(1);
            assertThat(counters.get(ShuffleCounter.FALLBACK_BLOCKS)).isEqualTo(1);

            Received card = new Received();
            client.fetchBlocks(
                    self.host(),
                    self.port(),
                    self.executorId(),
                    new String[] {"shuffle_" + ReservedBlocks.SHUFFLE_ID + "_1_1"},
                    card,
                    null);
            Card read = Card.decode(card.bytes.get(30, TimeUnit.SECONDS));
            assertThat(read.applicationId()).isEqualTo(spark.sc().applicationId());
            assertThat(read.executorId()).isEqualTo(self.executorId());
            assertThat(read.transports()).isEmpty();

            client.close();
            assertThat(shuffled.count()).as("Spark's own client is still open").isEqualTo(RECORDS);
        }
    }

    @Test
    void aSettingThatIsNotAllowedEndsTheApplication() {
        SparkConf conf = conf().set("spark.shuffle.efa.sockets.port", "70000");

        assertThatThrownBy(() -> new JavaSparkContext(conf).close())
                .rootCause()
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("spark.shuffle.efa.sockets.port")
                .hasMessageContaining("70000");
    }

    private static final class Received implements BlockFetchingListener {

        final CompletableFuture<ByteBuffer> bytes = new CompletableFuture<>();

        @Override
        public void onBlockFetchSuccess(String blockId, ManagedBuffer data) {
            try {
                bytes.complete(ByteBuffer.wrap(data.createInputStream().readAllBytes()));
            } catch (IOException e) {
                bytes.completeExceptionally(e);
            }
        }

        @Override
        public void onBlockFetchFailure(String blockId, Throwable cause) {
            bytes.completeExceptionally(cause);
        }
    }
}

package io.sparkefa.it.jobs;

import static io.sparkefa.it.jobs.Records.blobs;
import static io.sparkefa.it.jobs.Records.checksum;
import static io.sparkefa.it.jobs.Records.digest;
import static io.sparkefa.it.jobs.Records.pairs;
import static io.sparkefa.it.jobs.Records.sorted;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Shuffles of the RDD API: every combination of aggregation and ordering that a shuffle reader knows, and blocks of every size. */
public enum RddJob implements Job {
    GROUP_BY_KEY(RddJob::groupByKey),
    REDUCE_BY_KEY(RddJob::reduceByKey),
    AGGREGATE_BY_KEY(RddJob::aggregateByKey),
    JOIN(RddJob::join),
    COGROUP(RddJob::cogroup),
    SORT_BY_KEY(RddJob::sortByKey),
    SECONDARY_SORT(RddJob::secondarySort),
    REPARTITION(RddJob::repartition),
    /** 120 maps × 100 reducers: 12 000 blocks of a few dozen bytes, some of them empty. */
    TINY_BLOCKS(RddJob::tinyBlocks),
    /** Most map outputs have nothing for most reducers, and some maps have nothing at all. */
    EMPTY_BLOCKS(RddJob::emptyBlocks),
    /** Blocks of zero bytes to some 100 KiB beside each other. */
    MIXED_BLOCKS(RddJob::mixedBlocks),
    /** Incompressible blocks of 4 to 5 MiB. */
    LARGE_BLOCKS(RddJob::largeBlocks),
    /** One shuffle feeds the next. */
    CHAINED_SHUFFLES(RddJob::chainedShuffles);

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
    private final Function<JavaSparkContext, List<String>> body;

    RddJob(Function<JavaSparkContext, List<String>> body) {
        this.body = body;
    }

    @Override
    public List<String> run(JobContext context) {
        return body.apply(context.spark());
    }

    private static List<String> groupByKey(JavaSparkContext spark) {
        return sorted(pairs(spark, 1, 8, 5000, 500)
                .groupByKey(6)
                .map(group -> group._1() + " " + digest(group._2()))
                .collect());
    }

    private static List<String> reduceByKey(JavaSparkContext spark) {
        return sorted(pairs(spark, 2, 8, 5000, 3000)
                .reduceByKey(Long::sum, 7)
                .map(pair -> pair._1() + " " + pair._2())
                .collect());
    }

    /** Many distinct keys and large sums: spills where the application forces spilling. */
    private static List<String> aggregateByKey(JavaSparkContext spark) {
        JavaPairRDD<String, String> longest = pairs(spark, 3, 8, 12_000, 20_000)
                .aggregateByKey("", 5, (String best, Long value) -> max(best, Long.toString(value, 36)), RddJob::max);
        List<Tuple2<Integer, Tuple2<Long, Long>>> perPrefix = longest.mapToPair(pair -> new Tuple2<>(
                        pair._1().hashCode() & 63, new Tuple2<>(1L, checksum((pair._1() + pair._2()).getBytes(UTF_8)))))
                .reduceByKey((a, b) -> new Tuple2<>(a._1() + b._1(), a._2() + b._2()))
                .collect();
        return sorted(perPrefix.stream().map(Object::toString).toList());
    }

    private static String max(String a, String b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static List<String> join(JavaSparkContext spark) {
        JavaPairRDD<String, Long> left = pairs(spark, 4, 6, 500, 700);
        JavaPairRDD<String, Long> right = pairs(spark, 5, 5, 400, 900);
        return sorted(left.join(right, 6)
                .map(row -> row._1() + " " + row._2()._1() + " " + row._2()._2())
                .collect());
    }

    private static List<String> cogroup(JavaSparkContext spark) {
        JavaPairRDD<String, Long> a = pairs(spark, 6, 4, 1500, 900);
        JavaPairRDD<String, Long> b = pairs(spark, 7, 3, 1500, 1200);
        JavaPairRDD<String, Long> c = pairs(spark, 8, 5, 500, 300);
        return sorted(a.cogroup(b, c, 5)
                .map(row -> row._1() + " " + digest(row._2()._1()) + " | "
                        + digest(row._2()._2()) + " | " + digest(row._2()._3()))
                .collect());
    }

    /** In the order in which Spark returns them: that is what is tested. Values of equal keys are summed first. */
    private static List<String> sortByKey(JavaSparkContext spark) {
        return pairs(spark, 9, 8, 2000, 4000)
                .reduceByKey(Long::sum)
                .sortByKey(true, 6)
                .map(pair -> pair._1() + " " + pair._2())
                .collect();
    }

    /** Partitioned by one part of the key and sorted by all of it; unordered rows would show. */
    private static List<String> secondarySort(JavaSparkContext spark) {
        return pairs(spark, 10, 6, 2000, 1500)
                .mapToPair(pair -> new Tuple2<>(pair._1() + "/" + Long.toString(pair._2(), 36), pair._2()))
                .repartitionAndSortWithinPartitions(new HashPartitioner(5))
                .mapPartitionsWithIndex(
                        (partition, rows) -> {
                            List<String> lines = new ArrayList<>();
                            rows.forEachRemaining(row -> lines.add(partition + " " + row._1()));
                            return lines.iterator();
                        },
                        false)
                .collect();
    }

    private static List<String> repartition(JavaSparkContext spark) {
        return sorted(pairs(spark, 11, 5, 1000, 100)
                .repartition(11)
                .map(pair -> pair._1() + " " + pair._2())
                .collect());
    }

    private static List<String> tinyBlocks(JavaSparkContext spark) {
        return sorted(pairs(spark, 12, 120, 250, 400)
                .groupByKey(100)
                .map(group -> group._1() + " " + digest(group._2()))
                .collect());
    }

    private static List<String> emptyBlocks(JavaSparkContext spark) {
        return pairs(spark, 13, 10, 100, 2)
                .filter(pair -> pair._2() % 7 == 0)
                .mapPartitionsToPair(rows -> {
                    List<Tuple2<String, Long>> kept = new ArrayList<>();
                    rows.forEachRemaining(kept::add);
                    return kept.size() % 2 == 0 ? kept.iterator() : Collections.emptyIterator();
                })
                .partitionBy(new HashPartitioner(30))
                .mapPartitionsWithIndex(
                        (partition, rows) -> {
                            List<Long> values = new ArrayList<>();
                            rows.forEachRemaining(row -> values.add(row._2()));
                            return List.of(partition + " " + digest(values)).iterator();
                        },
                        true)
                .collect();
    }

    private static List<String> mixedBlocks(JavaSparkContext spark) {
        JavaPairRDD<Integer, byte[]> sizes = blobs(spark, 14, 9, 40, 17, 0, 100_000)
                .filter(record -> record._1() % 3 != 0 || record._2().length < 4000);
        return checksumsByKey(sizes, 17);
    }

    private static List<String> largeBlocks(JavaSparkContext spark) {
        return checksumsByKey(blobs(spark, 15, 4, 144, 4, 100_000, 150_000), 4);
    }

    /** One line per key: how many values arrived, of how many bytes, and their checksums summed. */
    private static List<String> checksumsByKey(JavaPairRDD<Integer, byte[]> blobs, int reducers) {
        return sorted(blobs.groupByKey(reducers)
                .map(group -> {
                    List<Long> checksums = new ArrayList<>();
                    long bytes = 0;
                    for (byte[] blob : group._2()) {
                        checksums.add(checksum(blob));
                        bytes += blob.length;
                    }
                    return group._1() + " bytes=" + bytes + " " + digest(checksums);
                })
                .collect());
    }

    private static List<String> chainedShuffles(JavaSparkContext spark) {
        JavaPairRDD<String, Long> sums = pairs(spark, 16, 6, 3000, 2000).reduceByKey(Long::sum, 5);
        JavaPairRDD<Long, String> byDigit = sums.mapToPair(pair -> new Tuple2<>(pair._2() % 10, pair._1()));
        JavaPairRDD<Long, Long> counts = byDigit.distinct(4)
                .mapToPair(pair -> new Tuple2<>(pair._1(), 1L))
                .reduceByKey(Long::sum, 3);
        return sorted(byDigit.join(counts, 4)
                .map(row -> row._1() + " " + row._2()._1() + " " + row._2()._2())
                .collect());
    }
}

package io.sparkefa.it.jobs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Deterministic input for the RDD jobs, generated in the map tasks. */
final class Records {

    private Records() {}

    /** {@code maps} partitions of {@code perMap} records each, whose keys are {@code key-0} to {@code key-(keys-1)}. */
    static JavaPairRDD<String, Long> pairs(JavaSparkContext spark, long seed, int maps, int perMap, int keys) {
        return partitions(spark, maps).mapPartitionsToPair(indices -> {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + indices.next());
            List<Tuple2<String, Long>> records = new ArrayList<>(perMap);
            for (int i = 0; i < perMap; i++) {
                records.add(new Tuple2<>("key-" + random.nextInt(keys), random.nextLong(1L << 40)));
            }
            return records.iterator();
        });
    }

    /** Records with incompressible values of {@code minBytes} to {@code maxBytes}; keys are 0 to {@code keys-1}. */
    static JavaPairRDD<Integer, byte[]> blobs(
            JavaSparkContext spark, long seed, int maps, int perMap, int keys, int minBytes, int maxBytes) {
        return partitions(spark, maps)
                .flatMapToPair(map -> IntStream.range(0, perMap)
                        .mapToObj(i -> {
                            SplittableRandom random = new SplittableRandom((seed * 1_000_003 + map) * 1_000_003 + i);
                            byte[] value = new byte[random.nextInt(minBytes, maxBytes + 1)];
                            random.nextBytes(value);
                            return new Tuple2<>(i % keys, value);
                        })
                        .iterator());
    }

    /** The indices 0 to {@code count-1}, one per partition. */
    private static JavaRDD<Integer> partitions(JavaSparkContext spark, int count) {
        return spark.parallelize(IntStream.range(0, count).boxed().toList(), count);
    }

    /** A digest that does not depend on the order of the values. */
    static String digest(Iterable<Long> values) {
        long count = 0;
        long sum = 0;
        long mixed = 0;
        for (long value : values) {
            count++;
            sum += value;
            mixed ^= value * 0x9E3779B97F4A7C15L;
        }
        return "count=" + count + " sum=" + sum + " mixed=" + Long.toHexString(mixed);
    }

    static long checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    static List<String> sorted(List<String> rows) {
        List<String> copy = new ArrayList<>(rows);
        Collections.sort(copy);
        return copy;
    }
}

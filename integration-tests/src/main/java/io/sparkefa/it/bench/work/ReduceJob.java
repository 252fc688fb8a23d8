package io.sparkefa.it.bench.work;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.spark.Dependency;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A job of two halves, one for each direction between two executors. The first {@link #drain} writes the map outputs, which stay; every
 * one reads them. Main thread of the driver only.
 */
final class ReduceJob {

    /** Those that there are, by name: work comes and goes, the map outputs stay in between. */
    private static final Map<String, ReduceJob> JOBS = new HashMap<>();

    private final JobData data;
    private final JavaRDD<Long> readBytes;

    private ReduceJob(JobData data, WorkContext context) {
        this.data = data;
        this.readBytes = data.kind()
                .read(data, context, context.server(), context.reader())
                .union(data.kind().read(data, context, context.reader(), context.server()));
    }

    static ReduceJob create(JobData data, WorkContext context) {
        ReduceJob job = new ReduceJob(data, context);
        JOBS.put(data.name(), job);
        return job;
    }

    static ReduceJob created(JobData data) {
        ReduceJob job = JOBS.get(data.name());
        if (job == null) {
            throw new IllegalStateException("the job " + data.name() + " was not prepared");
        }
        return job;
    }

    static void remove(JobData data) {
        ReduceJob job = JOBS.remove(data.name());
        if (job != null) {
            Set<Integer> shuffleIds = new HashSet<>();
            collectShuffles(job.readBytes.rdd(), shuffleIds);
            SparkContext spark = job.readBytes.context();
            shuffleIds.forEach(id -> spark.cleaner().get().doCleanupShuffle(id, true));
        }
    }

    /** Reads every block, each in the executor that has not written it. */
    void drain() {
        long bytes = readBytes.collect().stream().mapToLong(Long::longValue).sum();
        if (bytes != data.bytes()) {
            throw new IllegalStateException("read " + bytes + " bytes instead of the " + data.bytes() + " of " + data);
        }
    }

    private static void collectShuffles(RDD<?> rdd, Set<Integer> shuffleIds) {
        for (Dependency<?> dependency : CollectionConverters.asJava(rdd.dependencies())) {
            if (dependency instanceof ShuffleDependency<?, ?, ?> shuffle) {
                shuffleIds.add(shuffle.shuffleId());
            } else {
                collectShuffles(dependency.rdd(), shuffleIds);
            }
        }
    }
}

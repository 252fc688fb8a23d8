package io.sparkefa.it.bench.work;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.serializer.KryoSerializer;
import scala.Tuple2;

/**
 * Two shuffled RDDs, one for each direction between two executors. The first {@link #drain} writes the map outputs, which stay; every
 * one reads them. Main thread of the driver only.
 */
final class ReduceJob {

    /** Those that there are, by name: work comes and goes, the map outputs stay in between. */
    private static final Map<String, ReduceJob> JOBS = new HashMap<>();

    private final JobData data;
    private final JavaSparkContext spark;
    private final List<Integer> shuffleIds = new ArrayList<>();
    private final JavaRDD<Long> readBytes;

    private ReduceJob(JobData data, WorkContext context) {
        this.data = data;
        this.spark = JavaSparkContext.fromSparkContext(context.session().sparkContext());
        this.readBytes = read(context.server(), context.reader()).union(read(context.reader(), context.server()));
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
            job.shuffleIds.forEach(id -> job.spark.sc().cleaner().get().doCleanupShuffle(id, true));
        }
    }

    /** Reads every block, each in the executor that has not written it. */
    void drain() {
        long bytes = readBytes.collect().stream().mapToLong(Long::longValue).sum();
        if (bytes != data.bytes()) {
            throw new IllegalStateException("read " + bytes + " bytes instead of the " + data.bytes() + " of " + data);
        }
    }

    private JavaRDD<Long> read(Executor from, Executor to) {
        int records = data.blockBytes() / data.recordBytes();
        int recordBytes = data.recordBytes();
        int reducers = data.reducers();
        List<Integer> maps = IntStream.range(0, data.maps()).boxed().toList();
        JavaPairRDD<Integer, byte[]> written = PlacedRdd.at(from, spark.parallelize(maps, maps.size()))
                .flatMapToPair(map -> new Records(reducers, records, recordBytes));
        JavaPairRDD<Integer, byte[]> blocks = written.partitionBy(new HashPartitioner(reducers));
        ShuffledRDD<?, ?, ?> shuffled = (ShuffledRDD<?, ?, ?>) (Object) blocks.rdd();
        // Or the most of a stage would be Java's serialization, which hardly anybody who cares for time uses.
        shuffled.setSerializer(new KryoSerializer(spark.getConf()));
        shuffleIds.add(((ShuffleDependency<?, ?, ?>) shuffled.dependencies().apply(0)).shuffleId());
        return PlacedRdd.at(to, blocks.values()).mapPartitions(ReduceJob::count);
    }

    private static Iterator<Long> count(Iterator<byte[]> records) {
        long bytes = 0;
        while (records.hasNext()) {
            byte[] record = records.next();
            if (record[0] != Records.FIRST || record[record.length - 1] != Records.LAST) {
                throw new IllegalStateException("a record has wrong bytes");
            }
            bytes += record.length;
        }
        return List.of(bytes).iterator();
    }

    /** The records of one map output: the same bytes for each reducer. */
    private static final class Records implements Iterator<Tuple2<Integer, byte[]>> {
        static final byte FIRST = 1;
        static final byte LAST = 2;

        private final int recordsPerReducer;
        private final byte[] record;
        private int left;

        Records(int reducers, int recordsPerReducer, int recordBytes) {
            this.recordsPerReducer = recordsPerReducer;
            this.left = reducers * recordsPerReducer;
            this.record = new byte[recordBytes];
            record[0] = FIRST;
            record[recordBytes - 1] = LAST;
        }

        @Override
        public boolean hasNext() {
            return left > 0;
        }

        @Override
        public Tuple2<Integer, byte[]> next() {
            left--;
            return new Tuple2<>(left / recordsPerReducer, record);
        }
    }
}

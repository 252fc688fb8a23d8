package io.sparkefa.it.bench.work;

import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.serializer.KryoSerializer;
import scala.Tuple2;

/** A shuffled RDD of records, each of which is read and looked at. */
final class RecordShuffle {

    private RecordShuffle() {}

    static JavaRDD<Long> read(JobData data, WorkContext context, Executor from, Executor to) {
        JavaSparkContext spark =
                JavaSparkContext.fromSparkContext(context.session().sparkContext());
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
        return PlacedRdd.at(to, blocks.values()).mapPartitions(RecordShuffle::count);
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

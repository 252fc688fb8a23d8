package io.sparkefa.it.bench.work;

import org.apache.spark.api.java.JavaRDD;

/** What a job does with the blocks that it reads. */
public enum JobKind {
    /** Nothing: records are read and looked at. */
    RECORDS {
        @Override
        JavaRDD<Long> read(JobData data, WorkContext context, Executor from, Executor to) {
            return RecordShuffle.read(data, context, from, to);
        }
    },

    /** Two tables are joined by sorting and merging. */
    JOIN {
        @Override
        JavaRDD<Long> read(JobData data, WorkContext context, Executor from, Executor to) {
            return TableJoin.read(data, context, from, to);
        }
    };

    /**
     * Half of a job: of what one executor writes another one reads all.
     *
     * @return for each task that reads, how many bytes of records it has read
     */
    abstract JavaRDD<Long> read(JobData data, WorkContext context, Executor from, Executor to);
}

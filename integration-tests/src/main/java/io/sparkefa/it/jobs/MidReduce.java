package io.sparkefa.it.jobs;

import static io.sparkefa.it.jobs.Records.blobs;
import static io.sparkefa.it.jobs.Records.checksum;
import static io.sparkefa.it.jobs.Records.digest;
import static io.sparkefa.it.jobs.Records.sorted;

import io.sparkefa.it.app.Await;
import io.sparkefa.it.app.JobContext;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaPairRDD;

/**
 * A shuffle that something happens to: while every reduce task has read its local blocks and some others, and has blocks yet to
 * fetch; or when all blocks are written and none was read. Wants two executors of two cores and one block per fetch: {@code
 * spark.reducer.maxSizeInFlight=512k}, {@code spark.reducer.maxReqsInFlight=1}.
 */
final class MidReduce {

    private static final int REDUCERS = 4;
    private static final int RECORDS_PER_BLOCK = 4;
    private static final int RECORDS_BEFORE = 11 * RECORDS_PER_BLOCK;
    private static final Duration LIMIT = Duration.ofSeconds(100);

    private MidReduce() {}

    /** What happens, and is over when it returns; the tasks go on then. */
    interface Disturbance {
        void happen() throws Exception;
    }

    /** What a task does when it has been told to go on. */
    interface InTask extends Serializable {
        void happen(int reducer);
    }

    /** The rows of the shuffle: the same, whatever happens. */
    static List<String> disturbed(JobContext context, Disturbance disturbance) throws Exception {
        return disturbed(context, disturbance, () -> {});
    }

    /** @param later happens when the tasks have been told to go on */
    static List<String> disturbed(JobContext context, Disturbance disturbance, Disturbance later) throws Exception {
        return disturbed(context, disturbance, later, reducer -> {});
    }

    /** @param inTask happens in each task when it has been told to go on */
    static List<String> disturbed(JobContext context, Disturbance disturbance, Disturbance later, InTask inTask)
            throws Exception {
        Path scratch =
                Files.createTempDirectory(Path.of(context.setting("spark.sparkefa.it.scratch", "")), "mid-reduce");
        String startedPrefix = scratch.resolve("started-").toString();
        String goOn = scratch.resolve("go-on").toString();
        JavaFutureAction<List<String>> rows = shuffled(context)
                .mapPartitionsWithIndex(
                        (partition, blobs) -> {
                            List<Long> checksums = new ArrayList<>();
                            if (partition == REDUCERS) {
                                // There may be no slot for it beside the others, who wait for each other.
                                return List.of(partition + " " + digest(checksums))
                                        .iterator();
                            }
                            while (checksums.size() < RECORDS_BEFORE) {
                                checksums.add(checksum(blobs.next()._2()));
                            }
                            mark(Path.of(startedPrefix + partition));
                            Await.until(() -> goOn, LIMIT, () -> Files.exists(Path.of(goOn)));
                            inTask.happen(partition);
                            blobs.forEachRemaining(blob -> checksums.add(checksum(blob._2())));
                            return List.of(partition + " " + digest(checksums)).iterator();
                        },
                        true)
                .collectAsync();
        for (int reducer = 0; reducer < REDUCERS; reducer++) {
            Path started = Path.of(startedPrefix + reducer);
            Await.until(started::toString, LIMIT, () -> Files.exists(started));
        }
        disturbance.happen();
        mark(Path.of(goOn));
        later.happen();
        return sorted(rows.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    /**
     * The same rows, when something happens before the first block is read.
     *
     * @param disturbance happens when all map outputs are written, before a reduce task has started
     * @param later happens when the reduce tasks have been started
     */
    static List<String> disturbedBefore(JobContext context, Disturbance disturbance, Disturbance later)
            throws Exception {
        JavaPairRDD<Integer, byte[]> shuffled = shuffled(context);
        // Nothing is fetched for the partition that has nothing; but all maps run.
        shuffled.collectPartitions(new int[] {REDUCERS});
        disturbance.happen();
        JavaFutureAction<List<String>> rows = shuffled.mapPartitionsWithIndex(
                        (partition, blobs) -> {
                            List<Long> checksums = new ArrayList<>();
                            blobs.forEachRemaining(blob -> checksums.add(checksum(blob._2())));
                            return List.of(partition + " " + digest(checksums)).iterator();
                        },
                        true)
                .collectAsync();
        later.happen();
        return sorted(rows.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    private static JavaPairRDD<Integer, byte[]> shuffled(JobContext context) {
        return blobs(context.spark(), 22, 2 * FaultJob.MAPS, RECORDS_PER_BLOCK * REDUCERS, REDUCERS, 60_000, 120_000)
                .partitionBy(new OneEmpty());
    }

    /** A partition for each key, and one after them that stays empty. */
    private static final class OneEmpty extends Partitioner {
        private static final long serialVersionUID = 1;

        @Override
        public int numPartitions() {
            return REDUCERS + 1;
        }

        @Override
        public int getPartition(Object key) {
            return (Integer) key;
        }
    }

    /** Creates an empty file, unless another attempt of the same task was here before. */
    static void mark(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As good.
        }
    }
}

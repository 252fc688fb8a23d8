package io.sparkefa.it.jobs;

import static io.sparkefa.it.jobs.Records.blobs;
import static io.sparkefa.it.jobs.Records.checksum;
import static io.sparkefa.it.jobs.Records.digest;
import static io.sparkefa.it.jobs.Records.sorted;

import io.sparkefa.it.app.Await;
import io.sparkefa.it.app.JobContext;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaFutureAction;

/**
 * A shuffle that something happens to while every reduce task has read its local blocks and some others, and has blocks yet to
 * fetch. Wants two executors of two cores and one block per fetch: {@code spark.reducer.maxSizeInFlight=512k},
 * {@code spark.reducer.maxReqsInFlight=1}.
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

    /** The rows of the shuffle: the same, whatever happens. */
    static List<String> disturbed(JobContext context, Disturbance disturbance) throws Exception {
        return disturbed(context, disturbance, () -> {});
    }

    /** @param later happens when the tasks have been told to go on */
    static List<String> disturbed(JobContext context, Disturbance disturbance, Disturbance later) throws Exception {
        Path scratch =
                Files.createTempDirectory(Path.of(context.setting("spark.sparkefa.it.scratch", "")), "mid-reduce");
        String startedPrefix = scratch.resolve("started-").toString();
        String goOn = scratch.resolve("go-on").toString();
        JavaFutureAction<List<String>> rows = blobs(
                        context.spark(), 22, 2 * FaultJob.MAPS, RECORDS_PER_BLOCK * REDUCERS, REDUCERS, 60_000, 120_000)
                .partitionBy(new HashPartitioner(REDUCERS))
                .mapPartitionsWithIndex(
                        (partition, blobs) -> {
                            List<Long> checksums = new ArrayList<>();
                            while (checksums.size() < RECORDS_BEFORE) {
                                checksums.add(checksum(blobs.next()._2()));
                            }
                            mark(Path.of(startedPrefix + partition));
                            Await.until(() -> goOn, LIMIT, () -> Files.exists(Path.of(goOn)));
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

    /** Creates an empty file, unless another attempt of the same task was here before. */
    static void mark(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As good.
        }
    }
}

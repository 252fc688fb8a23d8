package io.sparkefa.it.jobs;

import static io.sparkefa.it.jobs.Records.digest;
import static io.sparkefa.it.jobs.Records.pairs;

import io.sparkefa.it.app.Await;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.app.LiveExecutors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Jobs that end, drain or replace executors while they run. Their rows are those of an undisturbed run. Each wants an application of its
 * own, whose executors are processes.
 */
public enum FaultJob implements Job {
    /** All map outputs are written and were read once; an executor is killed; they are read again at once. */
    KILL_BETWEEN_STAGES(FaultJob::killBetweenStages),

    /**
     * Every reduce task has read its local blocks and some others, and has blocks yet to fetch, when an executor is killed. Wants two
     * executors of two cores and one block per fetch: {@code spark.reducer.maxSizeInFlight=512k},
     * {@code spark.reducer.maxReqsInFlight=1}.
     */
    KILL_MID_REDUCE(FaultJob::killMidReduce),

    /** Shuffles, kills an executor, waits for the one that Spark starts in its place, and shuffles again. */
    REPLACE_EXECUTOR(FaultJob::replaceExecutor),

    /** All map outputs are written; an executor hands its blocks over and leaves; they are read. */
    DECOMMISSION(FaultJob::decommission),

    /** Two executors become one, since one is idle, and two again, since there is work. Wants dynamic allocation between 1 and 2. */
    SHRINK_AND_GROW(FaultJob::shrinkAndGrow);

    /** How many map tasks the shuffle of each of these jobs has, when none is repeated. */
    public static final int MAPS = 8;

    private static final int REDUCERS = 4;
    private static final Duration LIMIT = Duration.ofSeconds(100);

    private interface Body {
        List<String> run(JobContext context) throws Exception;
    }

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
    private final Body body;

    FaultJob(Body body) {
        this.body = body;
    }

    @Override
    public List<String> run(JobContext context) throws Exception {
        return body.run(context);
    }

    private static List<String> killBetweenStages(JobContext context) {
        JavaPairRDD<String, Long> shuffled = shuffledPairs(context.spark());
        shuffled.count();
        LiveExecutors.kill(victim(context));
        return digestOfPartitions(shuffled);
    }

    private static List<String> killMidReduce(JobContext context) throws Exception {
        ExecutorState victim = victim(context);
        return MidReduce.disturbed(context, () -> LiveExecutors.kill(victim));
    }

    private static List<String> replaceExecutor(JobContext context) {
        List<String> rows = new ArrayList<>(digestOfPartitions(shuffledPairs(context.spark())));
        ExecutorState victim = victim(context);
        LiveExecutors.kill(victim);
        context.executors().awaitRemoved(victim.id());
        context.executors().awaitCount(2);
        rows.addAll(digestOfPartitions(shuffledPairs(context.spark())));
        return rows;
    }

    private static List<String> decommission(JobContext context) throws Exception {
        JavaPairRDD<String, Long> shuffled = shuffledPairs(context.spark());
        shuffled.count();
        ExecutorState victim = victim(context);
        LiveExecutors.decommission(victim);
        String reason = context.executors().awaitRemoved(victim.id());
        if (!reason.contains("decommission")) {
            throw new IllegalStateException(victim + " left for another reason: " + reason);
        }
        return digestOfPartitions(shuffled);
    }

    private static List<String> shrinkAndGrow(JobContext context) throws Exception {
        List<String> rows = new ArrayList<>(digestOfPartitions(shuffledPairs(context.spark())));
        // An executor with shuffle files stays until the driver's garbage collector finds that nothing refers to the
        // shuffle.
        Await.until(
                () -> "one executor to leave, there are " + context.executors().ids(), LIMIT, () -> {
                    System.gc();
                    return context.executors().ids().size() == 1;
                });
        Path goOn = Path.of(context.setting("spark.sparkefa.it.scratch", "")).resolve("grown");
        String goOnName = goOn.toString();
        JavaFutureAction<Long> backlog = context.spark()
                .parallelize(Collections.nCopies(2 * MAPS, 0), 2 * MAPS)
                .filter(index -> {
                    Await.until(() -> goOnName, LIMIT, () -> Files.exists(Path.of(goOnName)));
                    return true;
                })
                .countAsync();
        Await.until(
                () -> "a second executor",
                LIMIT,
                () -> context.executors().ids().size() == 2);
        MidReduce.mark(goOn);
        backlog.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        context.executors().awaitCount(2);
        rows.addAll(digestOfPartitions(shuffledPairs(context.spark())));
        return rows;
    }

    /** The executor that came last. */
    static ExecutorState victim(JobContext context) {
        return new TreeMap<>(context.executors().states()).lastEntry().getValue();
    }

    private static JavaPairRDD<String, Long> shuffledPairs(JavaSparkContext spark) {
        return pairs(spark, 21, MAPS, 20_000, 3000).partitionBy(new HashPartitioner(REDUCERS));
    }

    private static List<String> digestOfPartitions(JavaPairRDD<String, Long> shuffled) {
        return shuffled.mapPartitionsWithIndex(
                        (partition, rows) -> {
                            List<Long> values = new ArrayList<>();
                            rows.forEachRemaining(row -> values.add(row._1().hashCode() * 31L + row._2()));
                            return List.of(partition + " " + digest(values)).iterator();
                        },
                        true)
                .collect();
    }
}

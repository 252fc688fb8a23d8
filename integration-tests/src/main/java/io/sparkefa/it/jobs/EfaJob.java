package io.sparkefa.it.jobs;

import io.sparkefa.fabric.emulated.DeviceFaults;
import io.sparkefa.fabric.emulated.EmulatedDevices;
import io.sparkefa.fabric.emulated.Fault;
import io.sparkefa.fabric.emulated.FaultRule;
import io.sparkefa.it.app.Await;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.app.LiveExecutors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs during which executors stand still, or lose their (emulated) EFA devices. All have the rows of {@link #UNDISTURBED}, and want what
 * {@link FaultJob#KILL_MID_REDUCE} wants.
 */
public enum EfaJob implements Job {
    /** Nothing happens. */
    UNDISTURBED(context -> MidReduce.disturbed(context, () -> {})),

    /** An executor stands still for some seconds, as in a long garbage collection. */
    PAUSE_MID_REDUCE(EfaJob::pauseMidReduce),

    /** An executor stands still and never goes on. Wants Spark to notice soon: {@code spark.network.timeout} of some seconds. */
    STOP_MID_REDUCE(EfaJob::stopMidReduce),

    /** All EFA devices fail, and work again after the job. */
    LOSE_EFA_MID_REDUCE(EfaJob::loseEfaMidReduce),

    /** Shuffles until bytes come over EFA again. */
    RETURN_TO_EFA(EfaJob::returnToEfa);

    /** The folder of the application's emulated devices. */
    public static final String DEVICES_KEY = "spark.sparkefa.it.efaDevices";

    private static final Duration PAUSE = Duration.ofSeconds(6);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final int NO_MEMORY = 12;

    private interface Body {
        List<String> run(JobContext context) throws Exception;
    }

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
    private final Body body;

    EfaJob(Body body) {
        this.body = body;
    }

    @Override
    public List<String> run(JobContext context) throws Exception {
        return body.run(context);
    }

    private static List<String> pauseMidReduce(JobContext context) throws Exception {
        ExecutorState victim = FaultJob.victim(context);
        return MidReduce.disturbed(context, () -> LiveExecutors.signal(victim, "STOP"), () -> {
            LockSupport.parkNanos(PAUSE.toNanos());
            LiveExecutors.signal(victim, "CONT");
        });
    }

    private static List<String> stopMidReduce(JobContext context) throws Exception {
        ExecutorState victim = FaultJob.victim(context);
        List<String> rows = MidReduce.disturbed(context, () -> LiveExecutors.signal(victim, "STOP"));
        LiveExecutors.kill(victim);
        return rows;
    }

    private static List<String> loseEfaMidReduce(JobContext context) throws Exception {
        String directory = context.setting(DEVICES_KEY, "");
        DeviceFaults faults = EmulatedDevices.in(Path.of(directory)).faults();
        try (Fault noNew = faults.start(FaultRule.failingQueuePairCreation(NO_MEMORY));
                Fault broken = faults.start(FaultRule.brokenQueuePairs())) {
            List<String> rows = MidReduce.disturbed(
                    context, () -> Await.until(() -> "EFA to fail", LIMIT, () -> broken.hits() > 0));
            if (noNew.hits() + broken.hits() == 0) {
                throw new IllegalStateException("no device has failed");
            }
            return rows;
        }
    }

    private static List<String> returnToEfa(JobContext context) throws Exception {
        long before = bytesOverEfa(context);
        long startNs = System.nanoTime();
        while (true) {
            List<String> rows = MidReduce.disturbed(context, () -> {});
            if (bytesOverEfa(context) > before) {
                return rows;
            }
            if (System.nanoTime() - startNs > LIMIT.toNanos()) {
                throw new IllegalStateException("for " + LIMIT.toSeconds() + " s nothing came over EFA again");
            }
        }
    }

    private static long bytesOverEfa(JobContext context) {
        return context.executors().states().values().stream()
                .mapToLong(executor -> executor.counters().getOrDefault("fetch.bytesOverEfa", 0L))
                .sum();
    }
}

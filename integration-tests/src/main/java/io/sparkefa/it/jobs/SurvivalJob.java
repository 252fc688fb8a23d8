package io.sparkefa.it.jobs;

import io.sparkefa.it.app.Await;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.app.LiveExecutors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs during which something happens to an executor, its files or its network. All have the rows of {@link #UNDISTURBED}, and want
 * what {@link FaultJob#KILL_MID_REDUCE} wants. When the fault is over, each checks that the executors serve each other as before; so
 * they may run one after another in one application.
 */
public enum SurvivalJob implements Job {
    /** Nothing happens. */
    UNDISTURBED(context -> MidReduce.disturbed(context, () -> {})),

    /** The same some times more, for faults that go on all the time. */
    REPEATED(SurvivalJob::repeated),

    /** An executor's process is killed in the middle of a reduce. */
    KILLED(SurvivalJob::killed),

    /** A task takes all memory of its executor while it has blocks and more are on their way. */
    OUT_OF_MEMORY(SurvivalJob::outOfMemory),

    /** An executor stands still for 10 s, as in a long garbage collection. */
    PAUSED_10_S(SurvivalJob::paused),

    /** An executor stands still and never goes on. Wants Spark to notice soon: {@code spark.network.timeout} of some seconds. */
    STOPPED(SurvivalJob::stopped),

    /** An executor's map outputs are gone before anybody has read them. */
    FILES_DELETED(context -> once(context, ExecutorFaults::deleteMapOutputs, MidReduce::disturbedBefore)),

    /** An executor's map outputs are gone while they are being read. */
    FILES_DELETED_MID_REDUCE(context -> once(context, ExecutorFaults::deleteMapOutputs, MidReduce::disturbed)),

    /** An executor's map outputs are cut to half their length before anybody has read them. */
    FILES_TRUNCATED(context -> once(context, ExecutorFaults::truncateMapOutputs, MidReduce::disturbedBefore)),

    /** An executor's map outputs are cut to half their length while they are being read. */
    FILES_TRUNCATED_MID_REDUCE(context -> once(context, ExecutorFaults::truncateMapOutputs, MidReduce::disturbed)),

    /** An executor can open no file and no connection when its map outputs are to be read, and it is to read others'. */
    NO_DESCRIPTORS(context -> during(context, ExecutorFaults::noDescriptors, MidReduce::disturbedBefore)),

    /** The same in the middle of a reduce. */
    NO_DESCRIPTORS_MID_REDUCE(context -> during(context, ExecutorFaults::noDescriptors, MidReduce::disturbed)),

    /** No executor can open a connection when map outputs are to be read. Wants a network of its own. */
    NO_PORTS(context -> during(context, any -> NetworkFaults.noPorts(context), MidReduce::disturbedBefore)),

    /** An executor's disk is full when its map outputs are to be read. Wants small disks. */
    DISK_FULL(context -> during(context, ExecutorFaults::fillDisk, MidReduce::disturbedBefore)),

    /** Packets to executor 1 are lost, for ever. Wants another host for it. */
    HALF_OPEN(SurvivalJob::halfOpen);

    private static final int TIMES = 4;
    private static final Duration PAUSE = Duration.ofSeconds(10);

    /** How long a limit is in effect, unless a task fails of it first: Spark's own client tries for about as long. */
    private static final Duration LIMITED = Duration.ofSeconds(2);

    private static final Duration LIMIT = Duration.ofSeconds(90);

    private interface Body {
        List<String> run(JobContext context) throws Exception;
    }

    private interface Deed {
        void happen(ExecutorState victim) throws Exception;
    }

    private interface Beginning {
        AutoCloseable begin(ExecutorState victim) throws Exception;
    }

    private interface Shuffle {
        List<String> run(JobContext context, MidReduce.Disturbance disturbance, MidReduce.Disturbance later)
                throws Exception;
    }

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
    private final Body body;

    SurvivalJob(Body body) {
        this.body = body;
    }

    @Override
    public List<String> run(JobContext context) throws Exception {
        int executors = context.executors().ids().size();
        List<String> rows = body.run(context);
        if (this != UNDISTURBED && this != REPEATED) {
            context.executors().awaitCount(executors);
            Afterwards.check(context, rows);
        }
        return rows;
    }

    /** Asks the executors with tasks: before those of the job that is to be disturbed take all slots. */
    private static ExecutorState victim(JobContext context) {
        return FaultJob.victim(context);
    }

    private static List<String> repeated(JobContext context) throws Exception {
        List<String> rows = MidReduce.disturbed(context, () -> {});
        for (int i = 1; i < TIMES; i++) {
            List<String> again = MidReduce.disturbed(context, () -> {});
            if (!again.equals(rows)) {
                throw new IllegalStateException("first " + rows + ", now " + again);
            }
        }
        return rows;
    }

    private static List<String> killed(JobContext context) throws Exception {
        ExecutorState victim = victim(context);
        List<String> rows = MidReduce.disturbed(context, () -> LiveExecutors.kill(victim));
        context.executors().awaitRemoved(victim.id());
        return rows;
    }

    private static List<String> outOfMemory(JobContext context) throws Exception {
        String victim = victim(context).id();
        List<String> rows =
                MidReduce.disturbed(context, () -> {}, () -> {}, reducer -> ExecutorFaults.exhaustHeap(victim));
        context.executors().awaitRemoved(victim);
        return rows;
    }

    private static List<String> paused(JobContext context) throws Exception {
        ExecutorState victim = victim(context);
        return MidReduce.disturbed(context, () -> LiveExecutors.signal(victim, "STOP"), () -> {
            LockSupport.parkNanos(PAUSE.toNanos());
            LiveExecutors.signal(victim, "CONT");
        });
    }

    private static List<String> stopped(JobContext context) throws Exception {
        ExecutorState victim = victim(context);
        List<String> rows = MidReduce.disturbed(context, () -> LiveExecutors.signal(victim, "STOP"));
        LiveExecutors.kill(victim);
        context.executors().awaitRemoved(victim.id());
        return rows;
    }

    private static List<String> halfOpen(JobContext context) throws Exception {
        List<String> rows = MidReduce.disturbed(context, () -> NetworkFaults.loseTheOtherHost(context));
        context.executors().awaitRemoved("1");
        return rows;
    }

    private static List<String> once(JobContext context, Deed deed, Shuffle shuffle) throws Exception {
        ExecutorState victim = victim(context);
        return shuffle.run(context, () -> deed.happen(victim), () -> {});
    }

    /** Ends what was begun when a first task has failed of it, or after a time in which Spark tries again by itself. */
    private static List<String> during(JobContext context, Beginning beginning, Shuffle shuffle) throws Exception {
        ExecutorState victim = victim(context);
        Deque<AutoCloseable> begun = new ArrayDeque<>();
        long failedBefore = context.executors().failedTasks();
        try {
            return shuffle.run(context, () -> begun.add(beginning.begin(victim)), () -> {
                long startNs = System.nanoTime();
                Await.until(
                        () -> "a task to fail",
                        LIMIT,
                        () -> context.executors().failedTasks() > failedBefore
                                || System.nanoTime() - startNs > LIMITED.toNanos());
                begun.remove().close();
            });
        } finally {
            while (!begun.isEmpty()) {
                begun.remove().close();
            }
        }
    }
}

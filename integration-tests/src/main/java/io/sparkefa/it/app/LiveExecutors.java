package io.sparkefa.it.app;

import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;
import scala.Tuple3;

/** The application's executors: who they are, what they say, and their end. Main thread only. */
public final class LiveExecutors {
    private static final Duration LIMIT = Duration.ofSeconds(150);

    private final JavaSparkContext spark;
    private final ApplicationEvents events;

    public LiveExecutors(JavaSparkContext spark, ApplicationEvents events) {
        this.spark = spark;
        this.events = events;
    }

    public Set<String> ids() {
        return events.liveExecutors();
    }

    /** Waits until there are this many executors and each has run a task: a new one takes none for a while. */
    public void awaitCount(int count) {
        Await.until(() -> count + " executors, there are " + ids(), LIMIT, () -> ids().size() == count);
        states();
    }

    /** Waits until the driver knows that the executor is gone; returns the reason it gives. */
    public String awaitRemoved(String id) {
        Await.until(
                () -> "the removal of executor " + id,
                LIMIT,
                () -> events.removedExecutors().containsKey(id));
        return events.removedExecutors().getOrDefault(id, "");
    }

    /** Asks every live executor for its state. */
    public Map<String, ExecutorState> states() {
        Map<String, ExecutorState> states = new TreeMap<>();
        ask(LiveExecutors::state)
                .forEach((id, answer) -> states.put(id, new ExecutorState(id, answer._1(), answer._2(), answer._3())));
        return states;
    }

    /** What every live executor has in use now, by names of {@link Vitals}; collects their garbage first. */
    public Map<String, Map<String, Long>> vitals() {
        return ask(Vitals::ofThisExecutor);
    }

    /** Answered by an executor. */
    private interface Question<T> extends Serializable {
        T answer();
    }

    /** Asks with tasks that take a moment, as many times as it takes until each executor got one. */
    private <T> Map<String, T> ask(Question<T> question) {
        Map<String, T> answers = new TreeMap<>();
        Await.until(() -> "an answer of each executor of " + ids() + ", have " + answers.keySet(), LIMIT, () -> {
            int tasks = 4 * Math.max(1, ids().size());
            List<Integer> indices = new ArrayList<>(Collections.nCopies(tasks, 0));
            spark.parallelize(indices, tasks)
                    .map(index -> {
                        // Long enough for the scheduler to give the next task to another executor.
                        Thread.sleep(30);
                        return new Tuple2<>(SparkEnv.get().executorId(), question.answer());
                    })
                    .collect()
                    .forEach(answer -> answers.put(answer._1(), answer._2()));
            return answers.keySet().containsAll(ids());
        });
        return answers;
    }

    /** The parts of an {@link ExecutorState}, since an application may serialize with Kryo, and Spark's Kryo knows no records. */
    private static Tuple3<Long, String, Map<String, Long>> state() {
        return new Tuple3<>(
                ProcessHandle.current().pid(),
                SparkEnv.get().shuffleManager().getClass().getName(),
                new HashMap<>(PluginCounters.ofThisExecutor()));
    }

    /** How many tasks have failed in the job that runs. */
    public long failedTasks() {
        return events.failedTasks();
    }

    /** Ends the executor's process with SIGKILL and returns when it is gone; the driver may not have noticed yet. */
    public static void kill(ExecutorState executor) {
        ProcessHandle process = ProcessHandle.of(executor.pid())
                .orElseThrow(() -> new IllegalStateException(executor + " is gone already"));
        if (process.pid() == ProcessHandle.current().pid()) {
            throw new IllegalArgumentException(executor + " is the driver");
        }
        process.destroyForcibly();
        Await.until(() -> "the end of " + executor, LIMIT, () -> !process.isAlive());
    }

    /** Asks the executor to hand over its blocks and leave, as a cloud's interruption handler does: with SIGPWR. */
    public static void decommission(ExecutorState executor) throws IOException, InterruptedException {
        signal(executor, "PWR");
    }

    /** Sends the executor's process a signal, such as STOP or CONT. */
    public static void signal(ExecutorState executor, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-s", signal, Long.toString(executor.pid()))
                .redirectErrorStream(true)
                .start();
        if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new IOException("could not signal " + executor);
        }
    }
}

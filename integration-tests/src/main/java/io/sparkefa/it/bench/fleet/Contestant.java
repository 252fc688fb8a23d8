package io.sparkefa.it.bench.fleet;

import io.sparkefa.it.bench.measure.ProcessCpu;
import io.sparkefa.it.bench.work.Answer;
import io.sparkefa.it.bench.work.BenchDriver;
import io.sparkefa.it.bench.work.Executor;
import io.sparkefa.it.bench.work.Work;
import io.sparkefa.it.harness.EmulatedEfa;
import io.sparkefa.it.harness.RunningApplication;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A contender's application: started, told what to do, one thing at a time, and ended by {@link #close}. Used by one thread at a time.
 */
public final class Contestant implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration WORK_LIMIT = Duration.ofMinutes(2);

    private final Contender contender;
    private final @Nullable EmulatedEfa devices;
    private final RunningApplication application;
    private final ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "answers");
        thread.setDaemon(true);
        return thread;
    });
    private final ObjectOutputStream out;
    private @Nullable ObjectInputStream in;
    private List<Executor> executors = List.of();
    private boolean isLost;

    private Contestant(Contender contender, @Nullable EmulatedEfa devices, RunningApplication application)
            throws IOException {
        this.contender = contender;
        this.devices = devices;
        this.application = application;
        this.out = new ObjectOutputStream(new BufferedOutputStream(application.toDriver()));
        out.flush();
    }

    /**
     * Starts the application and waits for its executors.
     *
     * @param files where executors put their files
     * @throws ContestantException when it does not start
     */
    @SuppressWarnings("MustBeClosedChecker") // devices live as long as the contestant
    static Contestant start(Contender contender, Cluster cluster, Path files) throws IOException, InterruptedException {
        SparkApplication application = application(contender, cluster, files);
        EmulatedEfa devices = null;
        if (contender == Contender.EFA) {
            devices = EmulatedEfa.create();
            application.over(devices);
        }
        // The executors' JVMs as Spark starts them, not the short-lived ones of the tests; drivers only schedule tasks.
        application.set("spark.executor.extraJavaOptions", "--enable-native-access=ALL-UNNAMED");
        RunningApplication running;
        try {
            running = application.start(BenchDriver.class, Integer.toString(cluster.executors()));
        } catch (IOException | RuntimeException e) {
            if (devices != null) {
                devices.close();
            }
            throw e;
        }
        Contestant contestant = new Contestant(contender, devices, running);
        try {
            contestant.awaitStart();
            return contestant;
        } catch (ContestantException | InterruptedException e) {
            contestant.close();
            throw e;
        }
    }

    private static SparkApplication application(Contender contender, Cluster cluster, Path files) {
        SparkApplication application = SparkApplication.on(
                        SparkLine.SPARK_4_2, "bench-" + cluster.name() + "-" + contender.label())
                .executors(cluster.executors(), 1)
                .set("spark.executor.memory", "1g")
                .set("spark.local.dir", files.toString())
                // A task runs in the executor that it is meant for, however long that takes.
                .set("spark.locality.wait", "10m");
        contender.configure(application);
        application.setAll(cluster.settings());
        cluster.environment().forEach((variable, value) -> application.set("spark.executorEnv." + variable, value));
        return application;
    }

    private void awaitStart() throws InterruptedException {
        Object found = answer(START_LIMIT);
        executors = ((List<?>) found).stream().map(Executor.class::cast).toList();
    }

    public Contender contender() {
        return contender;
    }

    /** In the order of their ids. */
    public List<Executor> executors() {
        return executors;
    }

    /**
     * The processor time that this executor has used so far.
     *
     * @throws ContestantException when it is gone
     */
    public long cpuNs(Executor executor) {
        try {
            return ProcessCpu.ns(executor.pid());
        } catch (IOException e) {
            throw failed("has lost executor " + executor.id() + ": " + e.getMessage(), true);
        }
    }

    /**
     * Has the driver do this, and waits for its answer.
     *
     * @throws ContestantException when it fails, or takes too long
     */
    @SuppressWarnings("unchecked") // the driver returns what the work has returned
    public <T> T ask(Work<T> work) throws InterruptedException {
        try {
            out.writeObject(work);
            out.flush();
            out.reset();
        } catch (IOException e) {
            throw failed("does not listen: " + e.getMessage(), true);
        }
        return (T) answer(WORK_LIMIT);
    }

    private Object answer(Duration limit) throws InterruptedException {
        Answer answer;
        try {
            answer = reader.submit(this::read).get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            application.dumpThreads();
            throw failed("gave no answer for " + limit.toSeconds() + " s", true);
        } catch (ExecutionException e) {
            throw failed("ended: " + e.getCause(), true);
        }
        if (answer.value() == null) {
            throw failed("failed: " + answer.error(), false);
        }
        return answer.value();
    }

    private Answer read() throws IOException, ClassNotFoundException {
        ObjectInputStream stream = in;
        if (stream == null) {
            // Only now: its constructor waits for the driver's first bytes.
            stream = new ObjectInputStream(application.fromDriver());
            in = stream;
        }
        return (Answer) stream.readObject();
    }

    /** Whether its application is of no use any more. */
    public boolean isLost() {
        return isLost;
    }

    private ContestantException failed(String how, boolean lost) {
        isLost |= lost;
        return new ContestantException(contender.label() + " " + how, lost ? application.complaints() : "");
    }

    @Override
    public void close() {
        reader.shutdownNow();
        application.close();
        if (devices != null) {
            try {
                devices.close();
            } catch (IOException e) {
                System.err.println("dev/bench: the emulated devices were not deleted: " + e.getMessage());
            }
        }
    }
}

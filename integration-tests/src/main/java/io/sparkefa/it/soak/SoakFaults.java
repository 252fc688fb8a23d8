package io.sparkefa.it.soak;

import io.sparkefa.fabric.emulated.DeviceFaults;
import io.sparkefa.fabric.emulated.EmulatedDevices;
import io.sparkefa.fabric.emulated.Fault;
import io.sparkefa.fabric.emulated.FaultRule;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.app.LiveExecutors;
import io.sparkefa.it.jobs.EfaJob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Disturbs jobs while they run, by chance: an executor dies, or stands still for a while, or all EFA devices fail for a while. The
 * executor with the lowest id is never killed, so that it can be watched all the time. Main thread only.
 */
final class SoakFaults implements AutoCloseable {

    /** When a fault begins after its job, at the latest. */
    private static final int MAX_DELAY_MS = 2000;

    /** How long executors stand still and devices fail, at most. */
    private static final int MAX_DURATION_MS = 4000;

    private static final int NO_MEMORY = 12;

    private interface Action {
        void run() throws Exception;
    }

    private final JobContext context;
    private final SplittableRandom random;
    private final String devices;
    private final int executorCount;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Map<String, Integer> counts = new TreeMap<>();
    private Future<?> underWay = CompletableFuture.completedFuture(null);

    SoakFaults(JobContext context, SplittableRandom random) {
        this.context = context;
        this.random = random;
        this.executorCount = context.executors().ids().size();
        this.devices = context.setting(EfaJob.DEVICES_KEY, "");
    }

    /** Waits for executors that are missing, then begins a fault, or none, some time after this. */
    void begin() {
        context.executors().awaitCount(executorCount);
        List<ExecutorState> executors =
                new ArrayList<>(context.executors().states().values());
        ExecutorState any = executors.get(random.nextInt(executors.size()));
        ExecutorState mortal = executors.get(random.nextInt(1, Math.max(2, executors.size())));
        int durationMs = random.nextInt(500, MAX_DURATION_MS);
        int chance = random.nextInt(100);
        if (chance < 8) {
            start("executors killed", () -> LiveExecutors.kill(mortal));
        } else if (chance < 28) {
            start("executors stopped for a while", () -> stop(any, durationMs));
        } else if (chance < 40 && !devices.isEmpty()) {
            start("failures of all EFA devices", () -> breakDevices(durationMs));
        }
    }

    private void start(String what, Action action) {
        counts.merge(what, 1, Integer::sum);
        long delayNs = TimeUnit.MILLISECONDS.toNanos(random.nextInt(MAX_DELAY_MS));
        underWay = thread.submit(() -> {
            LockSupport.parkNanos(delayNs);
            action.run();
            return null;
        });
    }

    private static void stop(ExecutorState executor, int durationMs) throws Exception {
        LiveExecutors.signal(executor, "STOP");
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(durationMs));
        LiveExecutors.signal(executor, "CONT");
    }

    private void breakDevices(int durationMs) {
        DeviceFaults faults = EmulatedDevices.in(Path.of(devices)).faults();
        try (Fault noNew = faults.start(FaultRule.failingQueuePairCreation(NO_MEMORY));
                Fault broken = faults.start(FaultRule.brokenQueuePairs())) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(durationMs));
            counts.merge("operations that met a failed device", (int) (noNew.hits() + broken.hits()), Integer::sum);
        }
    }

    /** Returns when the fault is over. */
    void awaitEnd() throws Exception {
        underWay.get(1, TimeUnit.MINUTES);
    }

    /** How often what happened. */
    List<String> counts() {
        List<String> lines = new ArrayList<>();
        counts.forEach((what, count) -> lines.add(what + " " + count));
        return lines;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}

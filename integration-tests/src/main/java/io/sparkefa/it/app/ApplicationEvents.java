package io.sparkefa.it.app;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.spark.FetchFailed;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.executor.ShuffleReadMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.jspecify.annotations.Nullable;

/**
 * Sums up what the listener bus says. Spark constructs it ({@code spark.extraListeners}), early enough to see the first executor.
 * Thread-safe: written by the bus, read by the main thread.
 */
public final class ApplicationEvents extends SparkListener {
    private static final int DRAIN_TIMEOUT_MS = 30_000;
    private static volatile @Nullable ApplicationEvents current;

    private final Set<String> liveExecutors = new LinkedHashSet<>();
    private final Map<String, String> removedExecutors = new HashMap<>();
    private Sums sums = new Sums();

    private static final class Sums {
        long mapTasks;
        long failedTasks;
        long fetchFailures;
        long stageRetries;
        long remoteBlocks;
        long remoteBytes;
        long remoteBytesToDisk;
        long localBlocks;
        long localBytes;
        long recordsRead;
        long fetchWaitMs;
        long diskBytesSpilled;
    }

    public ApplicationEvents() {
        current = this;
    }

    /** The listener that Spark has made in this process. */
    public static ApplicationEvents current() {
        ApplicationEvents events = current;
        if (events == null) {
            throw new IllegalStateException(
                    "set spark.extraListeners=" + ApplicationEvents.class.getName() + " for this application");
        }
        return events;
    }

    /** What happened since the last call. */
    public TaskTotals drain(SparkContext spark) throws TimeoutException {
        spark.listenerBus().waitUntilEmpty(DRAIN_TIMEOUT_MS);
        synchronized (this) {
            Sums drained = sums;
            sums = new Sums();
            return new TaskTotals(
                    drained.mapTasks,
                    drained.failedTasks,
                    drained.fetchFailures,
                    drained.stageRetries,
                    drained.remoteBlocks,
                    drained.remoteBytes,
                    drained.remoteBytesToDisk,
                    drained.localBlocks,
                    drained.localBytes,
                    drained.recordsRead,
                    drained.fetchWaitMs,
                    drained.diskBytesSpilled);
        }
    }

    /** Since the last {@link #drain}. */
    synchronized long failedTasks() {
        return sums.failedTasks;
    }

    synchronized Set<String> liveExecutors() {
        return new LinkedHashSet<>(liveExecutors);
    }

    /** Executors that went away, with the reasons Spark gave. */
    synchronized Map<String, String> removedExecutors() {
        return new HashMap<>(removedExecutors);
    }

    @Override
    public synchronized void onExecutorAdded(SparkListenerExecutorAdded event) {
        liveExecutors.add(event.executorId());
    }

    @Override
    public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        liveExecutors.remove(event.executorId());
        removedExecutors.put(event.executorId(), event.reason());
    }

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
        // One without tasks does nothing: Spark makes it when a failure of the attempt before arrives late.
        if (event.stageInfo().attemptNumber() > 0 && event.stageInfo().numTasks() > 0) {
            sums.stageRetries++;
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
        if (!(event.reason() instanceof Success$)) {
            sums.failedTasks++;
            if (event.reason() instanceof FetchFailed) {
                sums.fetchFailures++;
            }
        } else if (event.taskType().equals("ShuffleMapTask")) {
            sums.mapTasks++;
        }
        // Spark passes null for tasks that died with their executor.
        @Nullable TaskMetrics metrics = event.taskMetrics();
        if (metrics == null) {
            return;
        }
        ShuffleReadMetrics read = metrics.shuffleReadMetrics();
        sums.remoteBlocks += read.remoteBlocksFetched();
        sums.remoteBytes += read.remoteBytesRead();
        sums.remoteBytesToDisk += read.remoteBytesReadToDisk();
        sums.localBlocks += read.localBlocksFetched();
        sums.localBytes += read.localBytesRead();
        sums.recordsRead += read.recordsRead();
        sums.fetchWaitMs += read.fetchWaitTime();
        sums.diskBytesSpilled += metrics.diskBytesSpilled();
    }
}

package io.sparkefa.transport.faulty;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Real time, on a thread of its own. What is still to come when it is closed never happens. */
public final class TimelineThread implements Timeline, AutoCloseable {

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "spark-efa-faults");
        thread.setDaemon(true);
        return thread;
    });

    public TimelineThread() {
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void after(long delayNs, Runnable action) {
        try {
            executor.schedule(action, delayNs, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            // Nobody waits for it any more.
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
